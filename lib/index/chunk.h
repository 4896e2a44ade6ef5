/*
 * chunk.h - some blocks of tracks' codes, sifted
 *
 * One query goes through the upper halves and, in blocks where those leave
 * more than a few rows, through whole codes.  For several the halves are
 * joined first, once for all of them.
 */
#ifndef LTR_INDEX_CHUNK_H
#define LTR_INDEX_CHUNK_H

#include "index/index_parts.h"

/* Blocks at a time, of one query and of several. */
#define LTR_CHUNK_ALONE 64
#define LTR_CHUNK 16

/* How many at most for `n` queries. */
size_t ltr_chunk_blocks(const struct ltr_tracks *tracks, size_t n);

/*
 * masks[n][n_blocks] of rows that may reach their query's threshold, as of
 * ltr_sift(), in the blocks from `first` on.
 */
void ltr_chunk_sift(const ltrec_index *index, const struct ltr_tracks *tracks,
                    size_t first, size_t n_blocks,
                    const struct ltr_sift_query *queries, size_t n,
                    uint16_t *masks);

/* products[rows] = scale * dot product of whole codes, of one query. */
void ltr_chunk_products(const ltrec_index *index,
                        const struct ltr_tracks *tracks, size_t first,
                        size_t n_blocks, const struct ltr_sift_query *query,
                        float *products);

#endif /* LTR_INDEX_CHUNK_H */
