/*
 * number.h - decimal numbers from text, whatever the locale
 *
 * strtod() reads "0.25" as 0 where the locale has a decimal comma, and takes
 * hexadecimal, leading blanks and "nan(x)" besides.  Here a number is
 *
 *     [+-] digits [. digits] [e [+-] digits]
 *
 * with a digit on at least one side of the point and nothing before or after,
 * and the result is the nearest double.
 */
#ifndef NUMBER_H
#define NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* No number worth reading is longer. */
#define NUMBER_LENGTH 128

enum {
    NUMBER_OK = 0,
    NUMBER_MALFORMED = 1,
    NUMBER_NOT_FINITE = 2 /* nan, inf, infinity, or too large for a double */
};

/* Read text[length].  `*out` is written only with NUMBER_OK. */
int number_parse(const char *text, size_t length, double *out);

/* Whole numbers only, within their range. */
int number_parse_integer(const char *text, size_t length, int64_t *out);

#endif /* NUMBER_H */
