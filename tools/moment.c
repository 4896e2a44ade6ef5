/*
 * moment.c - when something was played
 */
#include "moment.h"

#include <string.h>

#include "number.h"

struct scanner {
    const char *at, *end;
};

struct date {
    int64_t year, month, day, hour, minute, second;
};

/* A number of `least` to `most` digits. */
static int take_number(struct scanner *s, size_t least, size_t most,
                       int64_t *out)
{
    size_t n = 0;

    *out = 0;
    for (; s->at < s->end && n < most && *s->at >= '0' && *s->at <= '9'; n++)
        *out = *out * 10 + (*s->at++ - '0');
    return n >= least;
}

static int take(struct scanner *s, char wanted)
{
    if (s->at == s->end || *s->at != wanted)
        return 0;
    s->at++;
    return 1;
}

/* 17:20 or 17:20:00. */
static int take_time(struct scanner *s, struct date *d)
{
    if (!take_number(s, 1, 2, &d->hour) || !take(s, ':') ||
        !take_number(s, 2, 2, &d->minute))
        return 0;
    return !take(s, ':') || take_number(s, 2, 2, &d->second);
}

static int take_iso(struct scanner *s, struct date *d)
{
    if (!take_number(s, 4, 4, &d->year) || !take(s, '-') ||
        !take_number(s, 2, 2, &d->month) || !take(s, '-') ||
        !take_number(s, 2, 2, &d->day))
        return 0;
    if (s->at == s->end)
        return 1;
    if ((!take(s, 'T') && !take(s, ' ')) || !take_time(s, d))
        return 0;
    (void)take(s, 'Z');
    return s->at == s->end;
}

static int take_month(struct scanner *s, int64_t *month)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int i = 0; s->end - s->at >= 3 && i < 12; i++)
        if (memcmp(s->at, names + (size_t)i * 3, 3) == 0) {
            *month = i + 1;
            s->at += 3;
            return 1;
        }
    return 0;
}

static int take_words(struct scanner *s, struct date *d)
{
    if (!take_number(s, 1, 2, &d->day) || !take(s, ' ') ||
        !take_month(s, &d->month) || !take(s, ' ') ||
        !take_number(s, 4, 4, &d->year))
        return 0;
    (void)take(s, ',');
    return take(s, ' ') && take_time(s, d) && s->at == s->end;
}

/* Days since 1970 of the Gregorian calendar; years begin in March here. */
static int64_t days_of(const struct date *d)
{
    int64_t year = d->year - (d->month <= 2);
    int64_t month = (d->month + 9) % 12;
    int64_t day = (153 * month + 2) / 5 + d->day - 1;

    return 365 * year + year / 4 - year / 100 + year / 400 + day - 719468;
}

static int is_date(const struct date *d)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30,
                                  31, 31, 30, 31, 30, 31};
    int leap = d->year % 4 == 0 && (d->year % 100 != 0 || d->year % 400 == 0);

    return d->year >= 1 && d->month >= 1 && d->month <= 12 && d->day >= 1 &&
           d->day <= lengths[d->month - 1] + (leap && d->month == 2) &&
           d->hour <= 23 && d->minute <= 59 && d->second <= 60;
}

int moment_parse(const char *text, size_t length, int64_t *seconds)
{
    struct scanner iso = {text, text + length}, words = iso;
    struct date date = {0};

    if (number_parse_integer(text, length, seconds) == NUMBER_OK)
        return 1;
    if (!take_iso(&iso, &date)) {
        memset(&date, 0, sizeof date);
        if (!take_words(&words, &date))
            return 0;
    }
    if (!is_date(&date))
        return 0;
    *seconds = days_of(&date) * 86400 + date.hour * 3600 + date.minute * 60 +
               date.second;
    return 1;
}
