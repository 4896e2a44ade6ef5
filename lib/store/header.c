/*
 * header.c - the JSON of a safetensors header
 *
 * Only the JSON that such a header can be: an object of objects, two levels
 * deep, strings and whole numbers.  A cursor walks over it once; there is no
 * recursion and nothing is read that the grammar did not announce.
 */
#include "store/internal.h"

#include <string.h>

#include "base/context.h"
#include "base/error.h"

struct cursor {
    ltrec_context *ctx;
    char *text;
    size_t size, at;
    ltrec_error *err;
};

static int bad(struct cursor *c, const char *wanted)
{
    return ltr_fail(c->err, LTREC_ERR_FORMAT,
                    "store: header, byte %zu: wanted %s", c->at, wanted);
}

static void skip_space(struct cursor *c)
{
    while (c->at < c->size &&
           (c->text[c->at] == ' ' || c->text[c->at] == '\t' ||
            c->text[c->at] == '\n' || c->text[c->at] == '\r'))
        c->at++;
}

/* Step over `mark` if it comes next. */
static int take(struct cursor *c, char mark)
{
    skip_space(c);
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

static int hex4(const struct cursor *c, unsigned *out)
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
static size_t take_unicode(struct cursor *c, char *to)
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
static size_t take_escape(struct cursor *c, char *to)
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

/* A string, unescaped in place; its closing quote becomes its end. */
static int take_string(struct cursor *c, const char **out)
{
    char *to;

    if (!take(c, '"'))
        return bad(c, "a string");
    to = c->text + c->at;
    *out = to;
    while (c->at < c->size && c->text[c->at] != '"') {
        size_t n;

        if (c->text[c->at] == '\\') {
            c->at++;
            n = take_escape(c, to);
            if (n == 0)
                return bad(c, "an escape of JSON");
        } else {
            n = ltr_utf8_length(c->text + c->at, c->size - c->at);
            if (n == 0 || (unsigned char)c->text[c->at] < 0x20)
                return bad(c, "UTF-8");
            memmove(to, c->text + c->at, n);
            c->at += n;
        }
        to += n;
    }
    if (c->at >= c->size)
        return bad(c, "the end of a string");
    c->at++;
    *to = '\0';
    return LTREC_OK;
}

/* ---- Numbers and the parts of a tensor ---------------------------------- */

static int take_number(struct cursor *c, size_t *out)
{
    size_t start, value = 0;

    skip_space(c);
    start = c->at;
    while (c->at < c->size && c->text[c->at] >= '0' && c->text[c->at] <= '9') {
        size_t digit = (size_t)(c->text[c->at] - '0');

        if (value > (SIZE_MAX - digit) / 10)
            return bad(c, "a smaller number");
        value = value * 10 + digit;
        c->at++;
    }
    if (c->at == start || (c->text[start] == '0' && c->at > start + 1))
        return bad(c, "a whole number");
    *out = value;
    return LTREC_OK;
}

static int take_numbers(struct cursor *c, size_t most, size_t *out,
                        size_t *count)
{
    int status;

    *count = 0;
    if (!take(c, '['))
        return bad(c, "'['");
    if (take(c, ']'))
        return LTREC_OK;
    do {
        if (*count == most)
            return bad(c, "fewer numbers");
        status = take_number(c, &out[*count]);
        if (status != LTREC_OK)
            return status;
        ++*count;
    } while (take(c, ','));
    return take(c, ']') ? LTREC_OK : bad(c, "']'");
}

static int take_type(struct cursor *c, enum ltr_dtype *type)
{
    const char *name;
    int status = take_string(c, &name);

    if (status != LTREC_OK)
        return status;
    *type = ltr_dtype_of(name);
    return *type != LTR_DTYPES ? LTREC_OK : bad(c, "a known dtype before it");
}

/* One field of a tensor; `seen` collects which there were. */
static int take_field(struct cursor *c, struct ltr_tensor *t, unsigned *seen)
{
    size_t offsets[2], n;
    const char *key;
    unsigned bit;
    int status = take_string(c, &key);

    if (status != LTREC_OK)
        return status;
    if (!take(c, ':'))
        return bad(c, "':'");
    if (strcmp(key, "dtype") == 0) {
        bit = 1;
        status = take_type(c, &t->type);
    } else if (strcmp(key, "shape") == 0) {
        bit = 2;
        status =
            take_numbers(c, LTR_MOST_DIMENSIONS, t->shape, &t->n_dimensions);
    } else if (strcmp(key, "data_offsets") == 0) {
        bit = 4;
        status = take_numbers(c, 2, offsets, &n);
        if (status == LTREC_OK && n != 2)
            return bad(c, "two offsets before it");
        t->begin = offsets[0];
        t->end = offsets[1];
    } else {
        return bad(c, "dtype, shape or data_offsets before it");
    }
    if (*seen & bit)
        return bad(c, "each field once");
    *seen |= bit;
    return status;
}

static int take_tensor(struct cursor *c, struct ltr_tensor *t)
{
    unsigned seen = 0;
    int status;

    if (!take(c, '{'))
        return bad(c, "'{'");
    do {
        status = take_field(c, t, &seen);
        if (status != LTREC_OK)
            return status;
    } while (take(c, ','));
    if (!take(c, '}'))
        return bad(c, "'}'");
    return seen == 7 ? LTREC_OK : bad(c, "dtype, shape and data_offsets");
}

/* ---- The whole ---------------------------------------------------------- */

/* Room for one more element; doubling, so that lies cost what they are. */
static void *grow(struct cursor *c, void *old, size_t count, size_t *capacity,
                  size_t size)
{
    size_t wanted = *capacity ? 2 * *capacity : 16;
    void *new;

    if (count < *capacity)
        return old;
    new = ltr_alloc(c->ctx, wanted, size);
    if (!new) {
        ltr_fail(c->err, LTREC_ERR_MEMORY, "store: no memory");
        return NULL;
    }
    if (count > 0)
        memcpy(new, old, count * size);
    ltr_free(c->ctx, old);
    *capacity = wanted;
    return new;
}

static int take_entry(struct cursor *c, struct ltr_header *h)
{
    struct ltr_entry *entry;
    void *grown = grow(c, h->entries, h->n_entries, &h->entry_capacity,
                       sizeof *h->entries);
    int status;

    if (!grown)
        return LTREC_ERR_MEMORY;
    h->entries = grown;
    if (h->n_entries == LTR_MOST_ENTRIES)
        return bad(c, "fewer metadata entries");
    entry = &h->entries[h->n_entries];
    status = take_string(c, &entry->key);
    if (status != LTREC_OK)
        return status;
    if (!take(c, ':'))
        return bad(c, "':'");
    skip_space(c);
    entry->value_at = c->at + 1;
    status = take_string(c, &entry->value);
    if (status != LTREC_OK)
        return status;
    for (size_t i = 0; i < h->n_entries; i++)
        if (strcmp(h->entries[i].key, entry->key) == 0)
            return bad(c, "each metadata key once");
    h->n_entries++;
    return LTREC_OK;
}

static int take_metadata(struct cursor *c, struct ltr_header *h)
{
    int status;

    if (h->n_entries > 0)
        return bad(c, "__metadata__ once");
    if (!take(c, '{'))
        return bad(c, "'{'");
    if (take(c, '}'))
        return LTREC_OK;
    do {
        status = take_entry(c, h);
        if (status != LTREC_OK)
            return status;
    } while (take(c, ','));
    return take(c, '}') ? LTREC_OK : bad(c, "'}'");
}

static int take_member(struct cursor *c, struct ltr_header *h)
{
    const char *name;
    struct ltr_tensor *tensor;
    void *grown;
    int status = take_string(c, &name);

    if (status != LTREC_OK)
        return status;
    if (!take(c, ':'))
        return bad(c, "':'");
    if (strcmp(name, "__metadata__") == 0)
        return take_metadata(c, h);
    if (h->n_tensors == LTR_MOST_TENSORS)
        return bad(c, "fewer tensors");
    grown = grow(c, h->tensors, h->n_tensors, &h->tensor_capacity,
                 sizeof *h->tensors);
    if (!grown)
        return LTREC_ERR_MEMORY;
    h->tensors = grown;
    for (size_t i = 0; i < h->n_tensors; i++)
        if (strcmp(h->tensors[i].name, name) == 0)
            return bad(c, "each tensor name once");
    tensor = &h->tensors[h->n_tensors];
    tensor->name = name;
    status = take_tensor(c, tensor);
    h->n_tensors += status == LTREC_OK;
    return status;
}

int ltr_header_parse(ltrec_context *ctx, char *text, size_t size,
                     struct ltr_header *header, ltrec_error *err)
{
    struct cursor c = {ctx, text, size, 0, err};
    int status = LTREC_OK;

    if (size == 0 || text[0] != '{')
        return bad(&c, "'{'");
    c.at = 1;
    if (!take(&c, '}')) {
        do {
            status = take_member(&c, header);
            if (status != LTREC_OK)
                return status;
        } while (take(&c, ','));
        if (!take(&c, '}'))
            return bad(&c, "'}'");
    }
    skip_space(&c);
    return c.at == size ? LTREC_OK : bad(&c, "nothing but spaces");
}
