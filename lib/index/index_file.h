/*
 * index_file.h - what saving and opening an index agree on
 *
 * Three tensors: `ids` [n], `vectors` [n][dim] and `order` [n], the rows by
 * ascending id.  The order lets a mapped index find an id without
 * building a table first.  Since format 2 there are also the codes, so that a
 * mapped index need not make them, since format 4 in halves, and since format
 * 3, when there are any, the lists.  docs/format.md has the bytes.
 */
#ifndef LTR_INDEX_FILE_H
#define LTR_INDEX_FILE_H

#include "index/index_parts.h"

#define LTR_INDEX_KIND "index"
#define LTR_INDEX_FORMAT 4

/* The tensors of struct ltr_sift_halves, in its order, in format 4. */
#define LTR_HALVES_PARTS 6
static const struct ltr_halves_part {
    const char *name;
    enum ltr_dtype type; /* U8 [blocks][pairs][16][4], else [blocks][16] */
} ltr_halves_parts[LTR_HALVES_PARTS] = {
    {"uppers", LTR_U8},  {"lowers", LTR_U8},         {"upper_scales", LTR_F32},
    {"scales", LTR_F32}, {"upper_margins", LTR_U16}, {"margins", LTR_U16},
};

/* Blocks that a file of `format` has codes of. */
static inline size_t ltr_index_file_blocks(size_t rows, uint64_t format)
{
    return format == 2 ? ltr_codes_blocks(rows) : rows / LTR_BLOCK;
}

#endif /* LTR_INDEX_FILE_H */
