/*
 * kaiser.h - the window that filters are designed with
 */
#ifndef LTR_DSP_KAISER_H
#define LTR_DSP_KAISER_H

/*
 * Kaiser's window of parameter `beta` (1974) at a part of its half, -1 to 1,
 * where its middle is I0(beta) and its ends are 1.  For beta up to 13.
 */
double ltr_kaiser(double part, double beta);

#endif /* LTR_DSP_KAISER_H */
