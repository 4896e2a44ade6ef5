/*
 * forged_file.h - files of the library changed with care: signed again, so
 * that only what they say can give them away
 */
#ifndef FORGED_FILE_H
#define FORGED_FILE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "store/internal.h"

struct forged {
    unsigned char *bytes; /* from malloc() */
    size_t size;
};

static inline size_t forged_header(const struct forged *file)
{
    size_t length = 0;

    for (size_t i = 0; i < 8; i++)
        length |= (size_t)file->bytes[i] << (8 * i);
    return length;
}

/* Where `text` begins in the header, or SIZE_MAX. */
static inline size_t forged_find(const struct forged *file, const char *text)
{
    size_t n = strlen(text), end = 8 + forged_header(file);

    for (size_t i = 8; i + n <= end && end <= file->size; i++)
        if (memcmp(file->bytes + i, text, n) == 0)
            return i;
    return SIZE_MAX;
}

static inline int forged_order(const void *left, const void *right)
{
    const struct ltr_tensor *a = left, *b = right;

    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    return a->end < b->end ? -1 : a->end > b->end;
}

/* The sum over the tensors as they follow each other, if they do. */
static inline uint64_t forged_data_sum(ltrec_context *ctx,
                                       const struct forged *file)
{
    size_t header = forged_header(file), data = file->size - 8 - header;
    struct ltr_header parsed = {0};
    char *text = malloc(header + 1);
    uint64_t sum = 0;

    memcpy(text, file->bytes + 8, header);
    if (ltr_header_parse(ctx, text, header, &parsed, NULL) == LTREC_OK &&
        parsed.n_tensors > 0)
        qsort(parsed.tensors, parsed.n_tensors, sizeof *parsed.tensors,
              forged_order);
    for (size_t i = 0; i < parsed.n_tensors; i++) {
        const struct ltr_tensor *t = &parsed.tensors[i];

        if (t->begin <= t->end && t->end <= data)
            sum = ltr_checksum(sum, file->bytes + 8 + header + t->begin,
                               t->end - t->begin);
    }
    ltr_free(ctx, parsed.tensors);
    ltr_free(ctx, parsed.entries);
    free(text);
    return sum;
}

/* Make the checksums right for what the file has become. */
static inline void forged_sign(ltrec_context *ctx, struct forged *file)
{
    static const char key[] = "\"" LTR_CHECKSUM_KEY "\":\"";
    size_t header = forged_header(file), at = forged_find(file, key);
    char *digits;

    if (at == SIZE_MAX || at + strlen(key) + LTR_CHECKSUM_DIGITS > 8 + header)
        return;
    digits = (char *)file->bytes + at + strlen(key);
    memset(digits, '0', LTR_CHECKSUM_DIGITS);
    ltr_checksum_digits(ltr_checksum(0, file->bytes + 8, header), digits);
    ltr_checksum_digits(forged_data_sum(ctx, file), digits + 16);
}

/* A copy with `cut` bytes of the header at `at` replaced by `text`. */
static inline struct forged forged_splice(ltrec_context *ctx,
                                          const struct forged *from, size_t at,
                                          size_t cut, const char *text,
                                          size_t n)
{
    size_t header = forged_header(from), data = from->size - 8 - header;
    size_t whole = header - cut + n, padded = (whole + 8 + 63) / 64 * 64 - 8;
    struct forged to = {malloc(8 + padded + data), 8 + padded + data};

    for (size_t i = 0; i < 8; i++)
        to.bytes[i] = (unsigned char)((uint64_t)padded >> (8 * i));
    memcpy(to.bytes + 8, from->bytes + 8, at - 8);
    memcpy(to.bytes + at, text, n);
    memcpy(to.bytes + at + n, from->bytes + at + cut, 8 + header - at - cut);
    memset(to.bytes + 8 + whole, ' ', padded - whole);
    memcpy(to.bytes + 8 + padded, from->bytes + 8 + header, data);
    forged_sign(ctx, &to);
    return to;
}

/* The first `find` in the header replaced; no bytes when it is not there. */
static inline struct forged forged_replace(ltrec_context *ctx,
                                           const struct forged *from,
                                           const char *find,
                                           const char *replace)
{
    size_t at = forged_find(from, find);

    if (at == SIZE_MAX)
        return (struct forged){NULL, 0};
    return forged_splice(ctx, from, at, strlen(find), replace,
                         strlen(replace));
}

#endif /* FORGED_FILE_H */
