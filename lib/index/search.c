/*
 * search.c - the nearest tracks, by looking at every one of them
 *
 * At its code, mostly: codes.h proves which tracks need not be scored.
 *
 * Dividing by one positive number, the query's length, cannot change an
 * order, so it is left to the end and done to the k answers instead of to a
 * copy of the query.  That is why a search needs no memory.
 *
 * Every way of searching scores a track with the same kernel on the same two
 * vectors, so a similarity has the same bits alone, in a batch, under any
 * filter and on any thread.
 */
#include "index/index_parts.h"

#include <inttypes.h>
#include <math.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "base/pool.h"
#include "index/filter.h"
#include "math/topk.h"

/* Rows scored per call of a kernel: 1 KiB of scores, on the stack. */
#define SCAN_ROWS 256

/* Queries that share a pass over the catalogue: their codes stay in the
   first-level cache while the tracks go by. */
#define GROUP 32

/* Blocks sieved per call of a kernel. */
#define CHUNK 8

/* The sieve pays when it keeps fewer than one in so many. */
#define LEAST_REST 16

/* Looking tracks up one by one pays below this part of the catalogue. */
#define LOOK_UP_PART 8

struct search {
    const ltrec_index *index;
    const float *query;
    double length;
    struct ltr_filter filter;
    struct ltr_topk top;
    struct ltr_code_query code;
};

/* ---- One search --------------------------------------------------------- */

/* A filter is asked only about the few tracks that would be kept. */
static inline void offer(struct search *s, float score, uint64_t id)
{
    struct ltr_topk *top = &s->top;

    if (top->count == top->k && score < top->scores[0])
        return;
    if (ltr_filter_passes(&s->filter, id))
        ltr_topk_offer(top, score, id);
}

static void scan(struct search *s)
{
    const ltrec_index *index = s->index;
    float scores[SCAN_ROWS];

    for (size_t first = 0; first < index->count; first += SCAN_ROWS) {
        size_t left = index->count - first;
        size_t rows = left < SCAN_ROWS ? left : SCAN_ROWS;

        index->kernels->dot_rows(scores, index->vectors + first * index->dim,
                                 rows, s->query, index->dim);
        for (size_t r = 0; r < rows; r++)
            offer(s, scores[r], index->ids[first + r]);
    }
}

/* ---- By codes ----------------------------------------------------------- */

/* Score what the sieve left of a chunk that begins with block `first`. */
static void score_rest(struct search *s, const uint16_t *masks, size_t first,
                       size_t n_blocks)
{
    const ltrec_index *index = s->index;

    for (size_t b = 0; b < n_blocks; b++) {
        size_t row = (first + b) * LTR_BLOCK;

        for (unsigned mask = masks[b]; mask != 0; mask >>= 1, row++)
            if ((mask & 1) && row < index->count)
                offer(s,
                      index->kernels->dot(index->vectors + row * index->dim,
                                          s->query, index->dim),
                      index->ids[row]);
    }
}

/* `n` searches in one pass over the codes. */
static void sieve(const ltrec_index *index, struct search *searches, size_t n)
{
    size_t blocks = ltr_codes_blocks(index->count), step;
    struct ltr_sift_query queries[GROUP];
    uint16_t masks[GROUP * CHUNK];

    for (size_t q = 0; q < n; q++)
        queries[q] = searches[q].code.sift;
    for (size_t first = 0; first < blocks; first += step) {
        struct ltr_sift_rows rows = index->codes;

        step = blocks - first < CHUNK ? blocks - first : CHUNK;
        rows.codes += first * rows.quads * LTR_BLOCK * LTR_QUAD;
        rows.scales += first * LTR_BLOCK;
        rows.margins += first * LTR_BLOCK;
        index->sift(masks, &rows, step, queries, n);
        for (size_t q = 0; q < n; q++) {
            struct ltr_topk *top = &searches[q].top;

            score_rest(&searches[q], masks + q * step, first, step);
            if (top->count == top->k) {
                ltr_code_query_demand(&searches[q].code, top->scores[0]);
                queries[q].threshold = searches[q].code.sift.threshold;
            }
        }
    }
}

static void look_up(struct search *s)
{
    const ltrec_index *index = s->index;
    const struct ltr_filter *f = &s->filter;

    for (size_t i = 0; i < f->n_allowed; i++) {
        uint64_t id = f->allowed[i];
        size_t row = ltr_index_row(index, id);

        if (row == LTR_NO_ROW || (i > 0 && f->allowed[i - 1] == id) ||
            ltr_filter_excludes(f, id))
            continue;
        ltr_topk_offer(&s->top,
                       index->kernels->dot(index->vectors + row * index->dim,
                                           s->query, index->dim),
                       id);
    }
}

/* Sort the answers and divide; rounding must not leave a cosine above 1. */
static size_t finish(struct search *s)
{
    size_t n = ltr_topk_finish(&s->top);

    for (size_t i = 0; i < n; i++) {
        double cosine = (double)s->top.scores[i] / s->length;

        s->top.scores[i] = (float)fmax(-1, fmin(1, cosine));
    }
    return n;
}

/* Not for an answer that is most of the catalogue. */
static int pays_to_sieve(const ltrec_index *index, size_t k)
{
    return index->codes.codes && k < index->count / LEAST_REST;
}

static int run(struct search *s, size_t k, uint64_t *ids, float *similarities,
               size_t *n_found)
{
    const ltrec_index *index = s->index;
    const struct ltr_filter *f = &s->filter;
    int8_t codes[LTR_MOST_CODED];
    ltr_fpu saved;

    s->length = ltr_index_length(s->query, index->dim);
    if (s->length == 0 || (k > 0 && (!ids || !similarities)))
        return LTREC_ERR_ARGUMENT;
    if (k == 0)
        return LTREC_OK;
    ltr_topk_init(&s->top, k, similarities, ids);
    saved = ltr_flush_begin();
    if (f->allowed && f->n_allowed < index->count / LOOK_UP_PART)
        look_up(s);
    else if (pays_to_sieve(index, k)) {
        ltr_code_query_init(&s->code, codes, s->query, index->dim, s->length);
        sieve(index, s, 1);
    } else
        scan(s);
    *n_found = finish(s);
    ltr_flush_end(saved);
    return LTREC_OK;
}

int ltrec_index_search(const ltrec_index *index, const float *query, size_t k,
                       uint64_t *ids, float *similarities, size_t *n_found)
{
    struct search s = {.index = index, .query = query};

    if (!n_found)
        return LTREC_ERR_ARGUMENT;
    *n_found = 0;
    if (!index || !query)
        return LTREC_ERR_ARGUMENT;
    return run(&s, k, ids, similarities, n_found);
}

int ltrec_index_search_filtered(const ltrec_index *index, const float *query,
                                size_t k, const ltrec_index_filter *filter,
                                uint64_t *ids, float *similarities,
                                size_t *n_found)
{
    struct search s = {.index = index, .query = query};
    int status;

    if (!n_found)
        return LTREC_ERR_ARGUMENT;
    *n_found = 0;
    if (!index || !query)
        return LTREC_ERR_ARGUMENT;
    status = ltr_filter_read(&s.filter, filter, NULL);
    if (status != LTREC_OK)
        return status;
    return run(&s, k, ids, similarities, n_found);
}

int ltrec_index_search_id(const ltrec_index *index, uint64_t id, size_t k,
                          const ltrec_index_filter *filter, uint64_t *ids,
                          float *similarities, size_t *n_found)
{
    struct search s = {.index = index};
    size_t row;
    int status;

    if (!n_found)
        return LTREC_ERR_ARGUMENT;
    *n_found = 0;
    row = index ? ltr_index_row(index, id) : LTR_NO_ROW;
    if (row == LTR_NO_ROW)
        return LTREC_ERR_ARGUMENT;
    status = ltr_filter_read(&s.filter, filter, NULL);
    if (status != LTREC_OK)
        return status;
    s.filter.itself = &id;
    s.query = index->vectors + row * index->dim;
    return run(&s, k, ids, similarities, n_found);
}

/* ---- Many searches ------------------------------------------------------ */

struct batch {
    const ltrec_index *index;
    const float *queries; /* [n][dim] */
    size_t n;
    size_t group; /* queries a pass, at most GROUP */
    size_t k;
    int8_t *codes;       /* [n][quads of the index], or NULL to score all */
    uint64_t *ids;       /* [n][k] */
    float *similarities; /* [n][k] */
    size_t *n_found;     /* [n] */
};

static void scan_group(const ltrec_index *index, struct search *searches,
                       const float *queries, size_t n)
{
    float scores[GROUP];

    for (size_t row = 0; row < index->count; row++) {
        /* The other way round than scan(), for the same bits. */
        index->kernels->dot_rows(
            scores, queries, n, index->vectors + row * index->dim, index->dim);
        for (size_t q = 0; q < n; q++)
            offer(&searches[q], scores[q], index->ids[row]);
    }
}

static void search_group(void *arg, size_t i, size_t worker)
{
    const struct batch *b = arg;
    const ltrec_index *index = b->index;
    size_t first = i * b->group, left = b->n - first;
    size_t n = left < b->group ? left : b->group;
    const float *queries = b->queries + first * index->dim;
    struct search searches[GROUP];

    (void)worker;
    for (size_t q = 0; q < n; q++) {
        const float *query = queries + q * index->dim;
        size_t at = (first + q) * b->k;

        searches[q] =
            (struct search){.index = index,
                            .query = query,
                            .length = ltr_index_length(query, index->dim)};
        ltr_topk_init(&searches[q].top, b->k, b->similarities + at,
                      b->ids + at);
        if (b->codes)
            ltr_code_query_init(&searches[q].code,
                                b->codes + (first + q) * index->codes.quads *
                                               LTR_QUAD,
                                query, index->dim, searches[q].length);
    }
    if (b->codes)
        sieve(index, searches, n);
    else
        scan_group(index, searches, queries, n);
    for (size_t q = 0; q < n; q++)
        b->n_found[first + q] = finish(&searches[q]);
}

/* As many groups as workers, if that fills them: it changes no bits. */
static size_t group_size(const ltrec_index *index, size_t n)
{
    size_t workers = ltr_workers(index->ctx);
    size_t share = n / workers + (n % workers != 0);

    return share < GROUP ? share : GROUP;
}

int ltrec_index_search_batch(const ltrec_index *index, size_t n,
                             const float *queries, size_t k, uint64_t *ids,
                             float *similarities, size_t *n_found,
                             ltrec_error *err)
{
    struct batch b = {
        .index = index,
        .queries = queries,
        .n = n,
        .k = k,
        .ids = ids,
        .n_found = n_found,
        .group = 0,
        .codes = NULL,
        .similarities = similarities,
    };

    if (!index || (n > 0 && (!queries || !n_found)) ||
        (n > 0 && k > 0 && (!ids || !similarities)))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "index: needs an index, %zu queries and room for "
                        "%zu answers each",
                        n, k);
    for (size_t i = 0; i < n; i++) {
        n_found[i] = 0;
        if (ltr_index_length(queries + i * index->dim, index->dim) == 0)
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "index: query %zu is zero, not finite or not of a "
                            "length from 1e-18 to 1e18",
                            i);
    }
    if (n == 0 || k == 0)
        return LTREC_OK;
    b.group = group_size(index, n);
    /* In plain C integers are no quicker, and memory is shared anyway. */
    if (pays_to_sieve(index, k) && index->sift != ltr_sift_portable) {
        b.codes = ltr_alloc(index->ctx, n, index->codes.quads * LTR_QUAD);
        if (!b.codes)
            return ltr_fail(err, LTREC_ERR_MEMORY, "index: no memory");
    }
    ltr_parallel(index->ctx, (n + b.group - 1) / b.group, search_group, &b);
    ltr_free(index->ctx, b.codes);
    return LTREC_OK;
}
