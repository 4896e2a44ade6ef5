/*
 * sieve.h - searches going through rows of tracks
 *
 * Every way of searching scores a track with the same kernel on the same two
 * vectors, so a similarity has the same bits alone, in a batch, under any
 * filter, in any order of rows and on any thread.
 *
 * Dividing by one positive number, the query's length, cannot change an
 * order, so it is left to the end and done to the k answers instead of to a
 * copy of the query.  That is why a search needs no memory.
 */
#ifndef LTR_INDEX_SIEVE_H
#define LTR_INDEX_SIEVE_H

#include "index/index_filter.h"
#include "index/index_parts.h"
#include "math/topk.h"

/* Queries that share a pass: a chunk of codes comes from memory once, and from
   the second-level cache for each group that a kernel takes at a time. */
#define LTR_SIEVE_QUERIES 256

struct ltr_search {
    const ltrec_index *index;
    const struct ltr_view *view;
    const float *query;
    double length;
    struct ltr_filter filter;
    struct ltr_topk top;
    float floor; /* so many tracks reach this that lesser ones don't count */
    struct ltr_code_query code; /* demands the floor */
    struct ltr_demand demand;   /* as of the last ltr_sieve_demand() */
};

/* Everything is still to be looked at; `codes` may be NULL when none are. */
void ltr_sieve_begin(struct ltr_search *search, size_t k, uint64_t *ids,
                     float *similarities, int8_t *codes);

/* Not for an answer that is most of the catalogue. */
int ltr_sieve_pays(const struct ltr_view *view, size_t k);

/* A row and its score. */
void ltr_sieve_offer(struct ltr_search *search, float score, size_t row);

/*
 * Raise the floor to what some of the rows [from, to) reach, which are coded
 * and likely to be near: the best by their codes, scored.  They are answers
 * only when the sieve comes by.
 */
void ltr_sieve_warm(struct ltr_search *search, size_t from, size_t to);

/* Rows [from, to), all of them coded, for up to LTR_SIEVE_QUERIES searches. */
void ltr_sieve(struct ltr_search *const *searches, size_t n, size_t from,
               size_t to);

/* Rows [from, to) in float. */
void ltr_sieve_scan(struct ltr_search *search, size_t from, size_t to);

/* Only the tracks that the filter allows, each looked up. */
void ltr_sieve_look_up(struct ltr_search *search);

/* What a further track must meet, or NULL while any may be kept. */
const struct ltr_demand *ltr_sieve_demand(struct ltr_search *search);

/* Sort the answers and divide; how many there are. */
size_t ltr_sieve_finish(struct ltr_search *search);

#endif /* LTR_INDEX_SIEVE_H */
