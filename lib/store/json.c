/*
 * json.c - the JSON that a safetensors header can be, piece by piece
 *
 * Strings and whole numbers; there is no recursion and nothing is read that
 * the grammar did not announce.
 */
#include "store/json.h"

#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "store/internal.h"

int ltr_json_bad(struct ltr_json *c, const char *wanted)
{
    return ltr_fail(c->err, LTREC_ERR_FORMAT,
                    "store: header, byte %zu: wanted %s", c->at, wanted);
}

void ltr_json_skip_space(struct ltr_json *c)
{
    while (c->at < c->size &&
           (c->text[c->at] == ' ' || c->text[c->at] == '\t' ||
            c->text[c->at] == '\n' || c->text[c->at] == '\r'))
        c->at++;
}

int ltr_json_take(struct ltr_json *c, char mark)
{
    ltr_json_skip_space(c);
    if (c->at >= c->size || c->text[c->at] != mark)
        return 0;
    c->at++;
    return 1;
}

/* ---- Strings ------------------------------------------------------------ */

/* The bytes that a first byte announces, or 0. */
static size_t utf8_announced(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return 2;
    if (first >= 0xe0 && first < 0xf0)
        return 3;
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

size_t ltr_utf8_length(const char *text, size_t left)
{
    unsigned char first = (unsigned char)text[0], second;
    size_t n = utf8_announced(first);

    if (n == 0 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return 0;
    second = n > 2 ? (unsigned char)text[1] : 0;
    /* What a shorter form could say, surrogates, and past U+10FFFF. */
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
        (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f))
        return 0;
    return n;
}

static int hex4(const struct ltr_json *c, unsigned *out)
{
    *out = 0;
    if (c->size - c->at < 4)
        return 0;
    for (size_t i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef";
        char digit = c->text[c->at + i];
        const char *found;

        if (digit >= 'A' && digit <= 'F')
            digit = (char)(digit - 'A' + 'a');
        found = digit ? strchr(digits, digit) : NULL;
        if (!found)
            return 0;
        *out = *out * 16 + (unsigned)(found - digits);
    }
    return 1;
}

/* \uXXXX, or two for a character past U+FFFF; returns bytes put, 0 if bad. */
static size_t take_unicode(struct ltr_json *c, char *to)
{
    unsigned code, low;

    if (!hex4(c, &code) || code == 0 || (code >= 0xdc00 && code < 0xe000))
        return 0;
    c->at += 4;
    if (code >= 0xd800 && code < 0xdc00) {
        if (c->size - c->at < 6 || c->text[c->at] != '\\' ||
            c->text[c->at + 1] != 'u')
            return 0;
        c->at += 2;
        if (!hex4(c, &low) || low < 0xdc00 || low >= 0xe000)
            return 0;
        c->at += 4;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xc0 | code >> 6);
        to[1] = (char)(0x80 | (code & 63));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xe0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 63));
        to[2] = (char)(0x80 | (code & 63));
        return 3;
    }
    to[0] = (char)(0xf0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 63));
    to[2] = (char)(0x80 | (code >> 6 & 63));
    to[3] = (char)(0x80 | (code & 63));
    return 4;
}

/* An escape after its backslash; what it stands for is never longer. */
static size_t take_escape(struct ltr_json *c, char *to)
{
    static const char plain[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *found;
    char kind;

    if (c->at >= c->size)
        return 0;
    kind = c->text[c->at++];
    if (kind == 'u')
        return take_unicode(c, to);
    found = kind ? strchr(plain, kind) : NULL;
    if (!found)
        return 0;
    *to = meant[found - plain];
    return 1;
}

int ltr_json_string(struct ltr_json *c, const char **out)
{
    char *to;

    if (!ltr_json_take(c, '"'))
        return ltr_json_bad(c, "a string");
    to = c->text + c->at;
    *out = to;
    while (c->at < c->size && c->text[c->at] != '"') {
        size_t n;

        if (c->text[c->at] == '\\') {
            c->at++;
            n = take_escape(c, to);
            if (n == 0)
                return ltr_json_bad(c, "an escape of JSON");
        } else {
            n = ltr_utf8_length(c->text + c->at, c->size - c->at);
            if (n == 0 || (unsigned char)c->text[c->at] < 0x20)
                return ltr_json_bad(c, "UTF-8");
            memmove(to, c->text + c->at, n);
            c->at += n;
        }
        to += n;
    }
    if (c->at >= c->size)
        return ltr_json_bad(c, "the end of a string");
    c->at++;
    *to = '\0';
    return LTREC_OK;
}

/* ---- Numbers ------------------------------------------------------------ */

static int take_number(struct ltr_json *c, size_t *out)
{
    size_t start, value = 0;

    ltr_json_skip_space(c);
    start = c->at;
    while (c->at < c->size && c->text[c->at] >= '0' && c->text[c->at] <= '9') {
        size_t digit = (size_t)(c->text[c->at] - '0');

        if (value > (SIZE_MAX - digit) / 10)
            return ltr_json_bad(c, "a smaller number");
        value = value * 10 + digit;
        c->at++;
    }
    if (c->at == start || (c->text[start] == '0' && c->at > start + 1))
        return ltr_json_bad(c, "a whole number");
    *out = value;
    return LTREC_OK;
}

int ltr_json_numbers(struct ltr_json *c, size_t most, size_t *out,
                     size_t *count)
{
    int status;

    *count = 0;
    if (!ltr_json_take(c, '['))
        return ltr_json_bad(c, "'['");
    if (ltr_json_take(c, ']'))
        return LTREC_OK;
    do {
        if (*count == most)
            return ltr_json_bad(c, "fewer numbers");
        status = take_number(c, &out[*count]);
        if (status != LTREC_OK)
            return status;
        ++*count;
    } while (ltr_json_take(c, ','));
    return ltr_json_take(c, ']') ? LTREC_OK : ltr_json_bad(c, "']'");
}
