/*
 * kaiser.c - the window that filters are designed with
 */
#include "dsp/kaiser.h"

/*
 * The modified Bessel function of order 0 at 2 sqrt(y): the sum of
 * y^k / (k!)^2, of which what is left out is 1e-16 for y up to 42.
 */
static double bessel(double y)
{
    double sum = 1;

    for (int k = 26; k > 0; k--)
        sum = 1 + sum * y * (1.0 / (k * k));
    return sum;
}

double ltr_kaiser(double part, double beta)
{
    return bessel(beta * beta / 4 * (1 - part * part));
}
