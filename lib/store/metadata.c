/*
 * metadata.c - what a file says of itself: texts, numbers, and real numbers
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "store/internal.h"

const struct ltr_entry *ltr_store_find_entry(const struct ltr_reader *reader,
                                             const char *key)
{
    const struct ltr_header *h = &reader->header;

    for (size_t i = 0; i < h->n_entries; i++)
        if (strcmp(h->entries[i].key, key) == 0)
            return &h->entries[i];
    return NULL;
}

const char *ltr_store_find_text(const struct ltr_reader *reader,
                                const char *key)
{
    const struct ltr_entry *entry = ltr_store_find_entry(reader, key);

    return entry ? entry->value : NULL;
}

int ltr_store_find_number(const struct ltr_reader *reader, const char *key,
                          uint64_t least, uint64_t most, uint64_t *out,
                          ltrec_error *err)
{
    const char *text = ltr_store_find_text(reader, key);
    uint64_t value = 0;

    for (const char *c = text; c && *c; c++) {
        uint64_t digit = (uint64_t)(*c - '0');

        if (*c < '0' || *c > '9' || value > (UINT64_MAX - digit) / 10) {
            text = "";
            break;
        }
        value = value * 10 + digit;
    }
    if (!text)
        return ltr_fail(err, LTREC_ERR_FORMAT, "store: no '%s'", key);
    if (!*text || value < least || value > most)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "store: '%s' is '%.40s', wanted %llu to %llu", key,
                        text, (unsigned long long)least,
                        (unsigned long long)most);
    *out = value;
    return LTREC_OK;
}

int ltr_store_find_number_or(const struct ltr_reader *reader, const char *key,
                             uint64_t missing, uint64_t *out, ltrec_error *err)
{
    *out = missing;
    return ltr_store_find_text(reader, key)
               ? ltr_store_find_number(reader, key, 0, UINT64_MAX, out, err)
               : LTREC_OK;
}

/* What ltr_store_real() writes: digits, a point, an exponent. */
static int parse_real(const char *text, double *out)
{
    long double value = 0;
    int negative = *text == '-', digits = 0, exponent = 0, scale = 0;
    int scale_negative = 0;

    text += negative;
    for (; (*text >= '0' && *text <= '9') || *text == '.'; text++) {
        if (*text == '.') {
            if (exponent || digits == 0)
                return 0;
            exponent = 1;
        } else if (digits++ < 30) {
            value = value * 10 + (*text - '0');
            exponent += exponent > 0;
        } else {
            return 0;
        }
    }
    if (*text == 'e') {
        text++;
        scale_negative = *text == '-';
        text += *text == '-' || *text == '+';
        for (; *text >= '0' && *text <= '9' && scale < 1000; text++)
            scale = scale * 10 + (*text - '0');
    }
    scale = scale_negative ? -scale : scale;
    scale -= exponent > 0 ? exponent - 1 : 0;
    *out = (double)(value * powl(10, (long double)scale));
    *out = negative ? -*out : *out;
    return digits > 0 && *text == '\0' && isfinite(*out);
}

int ltr_store_find_real(const struct ltr_reader *reader, const char *key,
                        double least, double most, double *out,
                        ltrec_error *err)
{
    const char *text = ltr_store_find_text(reader, key);
    double value;

    if (!text)
        return ltr_fail(err, LTREC_ERR_FORMAT, "store: no '%s'", key);
    if (!parse_real(text, &value) || value < least || value > most)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "store: '%s' is '%.40s', out of its range", key, text);
    *out = value;
    return LTREC_OK;
}
