/*
 * number.c - decimal numbers from text, whatever the locale
 *
 * Nearly every number in a table has at most 15 digits and a small exponent.
 * Digits and power of ten are then both exact doubles, and one multiplication
 * or division rounds once: the nearest double (Clinger 1990).  The rest goes
 * to strtod() in the "C" locale, which the thread wears for that one call.
 */
#include "number.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* 10^22 is the largest power of ten that a double holds exactly. */
static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

#define EXACT_POWER 22
#define EXACT_DIGITS 15
#define EXPONENT_LIMIT 100000

/* What the text says, as far as it fits: digits * 10^exponent. */
struct decimal {
    int negative;
    int n_digits; /* all significant ones, also those that did not fit */
    uint64_t digits;
    long exponent;
};

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Take a run of digits; the number of them. */
static size_t take_digits(const char **at, const char *end, struct decimal *d)
{
    const char *start = *at;

    for (; *at < end && is_digit(**at); (*at)++) {
        if (d->n_digits == 0 && **at == '0')
            continue;
        if (d->n_digits < EXACT_DIGITS)
            d->digits = d->digits * 10 + (uint64_t)(**at - '0');
        d->n_digits++;
    }
    return (size_t)(*at - start);
}

static int take_exponent(const char **at, const char *end, struct decimal *d)
{
    long exponent = 0;
    int negative;

    if (*at == end || (**at != 'e' && **at != 'E'))
        return 1;
    (*at)++;
    negative = *at < end && **at == '-';
    if (*at < end && (**at == '-' || **at == '+'))
        (*at)++;
    if (*at == end)
        return 0;
    for (; *at < end && is_digit(**at); (*at)++)
        if (exponent < EXPONENT_LIMIT)
            exponent = exponent * 10 + (**at - '0');
    d->exponent += negative ? -exponent : exponent;
    return 1;
}

/* Check the whole grammar on the way; 0 when text[length] breaks it. */
static int take_decimal(const char *text, size_t length, struct decimal *d)
{
    const char *end = text + length;
    size_t n;

    memset(d, 0, sizeof *d);
    d->negative = text < end && *text == '-';
    if (text < end && (*text == '-' || *text == '+'))
        text++;
    n = take_digits(&text, end, d);
    if (text < end && *text == '.') {
        size_t fraction;

        text++;
        fraction = take_digits(&text, end, d);
        d->exponent -= (long)fraction;
        n += fraction;
    }
    return n > 0 && take_exponent(&text, end, d) && text == end;
}

static int spells_not_finite(const char *text, size_t length)
{
    if (length > 0 && (*text == '-' || *text == '+'))
        text++, length--;
    return (length == 3 && (strncasecmp(text, "nan", 3) == 0 ||
                            strncasecmp(text, "inf", 3) == 0)) ||
           (length == 8 && strncasecmp(text, "infinity", 8) == 0);
}

static double by_the_c_library(const char *text, size_t length)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before;
    char copy[NUMBER_LENGTH + 1];
    double value;

    if (plain == (locale_t)0)
        return (double)NAN;
    memcpy(copy, text, length);
    copy[length] = '\0';
    before = uselocale(plain);
    value = strtod(copy, NULL);
    uselocale(before);
    freelocale(plain);
    return value;
}

int number_parse(const char *text, size_t length, double *out)
{
    struct decimal d;
    double value;

    if (spells_not_finite(text, length))
        return NUMBER_NOT_FINITE;
    if (length > NUMBER_LENGTH || !take_decimal(text, length, &d))
        return NUMBER_MALFORMED;
    if (d.n_digits <= EXACT_DIGITS && d.exponent >= -EXACT_POWER &&
        d.exponent <= EXACT_POWER) {
        value = (double)d.digits;
        value = d.exponent < 0 ? value / powers[-d.exponent]
                               : value * powers[d.exponent];
        value = d.negative ? -value : value;
    } else {
        value = by_the_c_library(text, length);
    }
    if (!isfinite(value))
        return NUMBER_NOT_FINITE;
    *out = value;
    return NUMBER_OK;
}

int number_parse_integer(const char *text, size_t length, int64_t *out)
{
    const char *end = text + length;
    int negative = length > 0 && *text == '-';
    uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    uint64_t value = 0;

    if (length > 0 && (*text == '-' || *text == '+'))
        text++;
    if (text == end)
        return NUMBER_MALFORMED;
    for (; text < end; text++) {
        uint64_t digit = (uint64_t)(*text - '0');

        if (!is_digit(*text) || value > (limit - digit) / 10)
            return NUMBER_MALFORMED;
        value = value * 10 + digit;
    }
    /* In two steps, so that the smallest number is reached without overflow.
     */
    *out = negative ? -(int64_t)(value / 2) - (int64_t)(value - value / 2)
                    : (int64_t)value;
    return NUMBER_OK;
}
