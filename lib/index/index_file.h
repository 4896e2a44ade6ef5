/*
 * index_file.h - what saving and opening an index agree on
 *
 * Three tensors: `ids` [n], `vectors` [n][dim] and `order` [n], the rows by
 * ascending id.  The order lets a mapped index find an id without
 * building a table first.  Since format 2 there are also the codes, so that a
 * mapped index need not make them, and since format 3, when there are any,
 * the lists.  docs/format.md has the bytes.
 */
#ifndef LTR_INDEX_FILE_H
#define LTR_INDEX_FILE_H

#include "index/index_parts.h"

#define LTR_INDEX_KIND "index"
#define LTR_INDEX_FORMAT 3

/* Blocks that a file of `format` has codes of. */
static inline size_t ltr_index_file_blocks(size_t rows, uint64_t format)
{
    return format == 2 ? ltr_codes_blocks(rows) : rows / LTR_BLOCK;
}

#endif /* LTR_INDEX_FILE_H */
