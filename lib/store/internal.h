/*
 * internal.h - what the files of the container share
 */
#ifndef LTR_STORE_INTERNAL_H
#define LTR_STORE_INTERNAL_H

#include "base/file.h"
#include "store/store.h"

#define LTR_CHECKSUM_KEY "ltrec.checksum"
#define LTR_CHECKSUM_DIGITS 32 /* 16 of the header, 16 of the data */
#define LTR_NO_CHECKSUM "none" /* of programs that cannot compute it */

/* Limits of a file that is not lying. */
#define LTR_MOST_HEADER ((size_t)16 << 20)
#define LTR_MOST_TENSORS 4096
#define LTR_MOST_ENTRIES 4096

struct ltr_tensor {
    const char *name;
    enum ltr_dtype type;
    size_t n_dimensions;
    size_t shape[LTR_MOST_DIMENSIONS];
    size_t begin, end; /* bytes, from the start of the data */
};

struct ltr_entry {
    const char *key;
    const char *value;
    size_t value_at; /* offset of the value's first byte in the header */
};

/* What a header says, its strings living in a buffer of the caller's. */
struct ltr_header {
    struct ltr_tensor *tensors;
    size_t n_tensors, tensor_capacity;
    struct ltr_entry *entries;
    size_t n_entries, entry_capacity;
};

/*
 * Parse `text[size]`, in place: strings are unescaped and terminated where
 * they stand.  Checks the grammar and the limits, not what the offsets mean.
 * The arrays are the caller's to free, also after a failure.
 */
int ltr_header_parse(ltrec_context *ctx, char *text, size_t size,
                     struct ltr_header *header, ltrec_error *err);

struct ltr_reader {
    ltrec_context *ctx;
    struct ltr_bytes bytes; /* ours, unless parsed from a caller's memory */
    const unsigned char *data;
    size_t data_size;
    char *text; /* the header, unescaped; names point into it */
    size_t text_size;
    struct ltr_header header;
};

/* A metadata entry, or NULL. */
const struct ltr_entry *ltr_store_find_entry(const struct ltr_reader *reader,
                                             const char *key);

/* The bytes of the UTF-8 character at text[left], or 0 when it is none. */
size_t ltr_utf8_length(const char *text, size_t left);

/* "F32" and the like; LTR_DTYPES when unknown. */
const char *ltr_dtype_name(enum ltr_dtype type);
size_t ltr_dtype_size(enum ltr_dtype type);
enum ltr_dtype ltr_dtype_of(const char *name);

/* 16 lower-case hex digits, not terminated. */
void ltr_checksum_digits(uint64_t sum, char *digits);

#endif /* LTR_STORE_INTERNAL_H */
