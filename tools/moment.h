/*
 * moment.h - when something was played
 */
#ifndef MOMENT_H
#define MOMENT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Seconds since 1970 from text[length], which is one of
 *
 *     1606065600               a whole number, as it is
 *     2020-11-22T17:20:00Z     with "T" or a blank, seconds and "Z" optional
 *     22 Nov 2020 17:20        the exports of Last.fm, a comma after the year
 *                              and seconds allowed
 *
 * in universal time, years 1 to 9999.  0 when it is none, otherwise 1.
 */
int moment_parse(const char *text, size_t length, int64_t *seconds);

#endif /* MOMENT_H */
