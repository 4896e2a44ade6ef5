/*
 * sieve.c - searches going through rows of tracks
 *
 * By their codes, mostly: codes.h proves which need not be scored.
 */
#include "index/sieve.h"

#include <math.h>

#include "index/chunk.h"

/* Rows scored per call of a kernel: 1 KiB of scores, on the stack. */
#define SCAN_ROWS 256

/* Tracks fetched together, so that one waits for memory while others do. */
#define HITS 128
#define LINE_FLOATS 16

/* Blocks looked at for a floor, and answers for which that pays. */
#define WARM_BLOCKS 16
#define WARM_K 32

/* The sieve pays when it keeps fewer than one in so many. */
#define LEAST_REST 16

int ltr_sieve_pays(const struct ltr_view *view, size_t k)
{
    return ltr_view_coded(view) && k < view->rows / LEAST_REST;
}

/* A filter is asked only about the few tracks that would be kept. */
void ltr_sieve_offer(struct ltr_search *search, float score, size_t row)
{
    struct ltr_topk *top = &search->top;
    uint64_t id;

    if (top->count == top->k && score < top->scores[0])
        return;
    id = search->view->tracks->ids[row];
    if (ltr_view_has(search->view, row) &&
        ltr_filter_passes(&search->filter, id))
        ltr_topk_offer(top, score, id);
}

static inline float score(const struct ltr_search *s, size_t row)
{
    const struct ltr_tracks *t = s->view->tracks;

    return s->index->kernels->dot(t->vectors + row * t->dim, s->query, t->dim);
}

void ltr_sieve_scan(struct ltr_search *search, size_t from, size_t to)
{
    const struct ltr_tracks *t = search->view->tracks;
    float scores[SCAN_ROWS];

    for (size_t first = from; first < to; first += SCAN_ROWS) {
        size_t rows = to - first < SCAN_ROWS ? to - first : SCAN_ROWS;

        search->index->kernels->dot_rows(scores, t->vectors + first * t->dim,
                                         rows, search->query, t->dim);
        for (size_t r = 0; r < rows; r++)
            ltr_sieve_offer(search, scores[r], first + r);
    }
}

void ltr_sieve_look_up(struct ltr_search *search)
{
    struct ltr_filter_walk walk = ltr_filter_walk(&search->filter);
    uint64_t id;

    while (ltr_filter_next(&walk, &id)) {
        size_t row = ltr_view_row(search->view, id);

        if (row != LTR_NO_ROW && !ltr_filter_excludes(&search->filter, id))
            ltr_topk_offer(&search->top, score(search, row), id);
    }
}

/* ---- By codes ----------------------------------------------------------- */

struct hits {
    struct ltr_search *const *searches;
    struct ltr_sift_query *queries;
    size_t n;
    struct {
        size_t row;
        size_t query;
    } at[HITS];
};

/* Nothing below the k-th best, or below what k tracks are known to reach. */
static void raise_floor(struct ltr_search *s, float score)
{
    if (score > s->floor) {
        s->floor = score;
        ltr_code_query_demand(&s->code, score);
    }
}

static void score_hits(struct hits *h)
{
    for (size_t i = 0; i < h->n; i++) {
        size_t q = h->at[i].query;
        struct ltr_search *s = h->searches[q];

        ltr_sieve_offer(s, score(s, h->at[i].row), h->at[i].row);
        if (s->top.count == s->top.k && s->top.scores[0] > s->floor) {
            raise_floor(s, s->top.scores[0]);
            h->queries[q] = s->code.sift;
        }
    }
    h->n = 0;
}

static void note(struct hits *h, size_t query, size_t row)
{
    const struct ltr_tracks *t = h->searches[query]->view->tracks;
    const float *vector = t->vectors + row * t->dim;

    for (size_t i = 0; i < t->dim; i += LINE_FLOATS)
        __builtin_prefetch(vector + i);
    h->at[h->n].row = row;
    h->at[h->n++].query = query;
    if (h->n == HITS)
        score_hits(h);
}

/* Those rows of [from, to) that query `q` has among blocks `first` ... */
static void note_masks(struct hits *h, size_t q, const uint16_t *masks,
                       size_t first, size_t n_blocks, size_t from, size_t to)
{
    unsigned any = 0;

    for (size_t b = 0; b < n_blocks; b++)
        any |= masks[b];
    for (size_t b = 0; any && b < n_blocks; b++) {
        size_t row = (first + b) * LTR_BLOCK;

        for (unsigned mask = masks[b]; mask != 0; mask >>= 1, row++)
            if ((mask & 1) && row >= from && row < to)
                note(h, q, row);
    }
}

/*
 * While a search has no floor everything passes, so the first calls are for
 * few blocks.
 */
static size_t first_step(struct ltr_search *const *searches, size_t n,
                         size_t most)
{
    for (size_t q = 0; q < n; q++)
        if (searches[q]->floor == -INFINITY)
            return 1;
    return most;
}

void ltr_sieve(struct ltr_search *const *searches, size_t n, size_t from,
               size_t to)
{
    struct ltr_sift_query queries[LTR_SIEVE_QUERIES];
    uint16_t masks[LTR_SIEVE_QUERIES * LTR_CHUNK];
    struct hits hits = {.searches = searches, .queries = queries, .n = 0};
    const struct ltr_tracks *t = searches[0]->view->tracks;
    size_t end = ltr_codes_blocks(to), chunk = ltr_chunk_blocks(t, n);
    size_t most = first_step(searches, n, chunk), step;

    if (from >= to)
        return;
    for (size_t q = 0; q < n; q++)
        queries[q] = searches[q]->code.sift;
    for (size_t first = from / LTR_BLOCK; first < end; first += step) {
        step = end - first < most ? end - first : most;
        most = 2 * most < chunk ? 2 * most : chunk;
        ltr_chunk_sift(searches[0]->index, t, first, step, queries, n, masks);
        for (size_t q = 0; q < n; q++)
            note_masks(&hits, q, masks + q * step, first, step, from, to);
        score_hits(&hits);
    }
}

/* The rows of most product with the query's code, by number; how many. */
static size_t best_by_code(const struct ltr_search *s, size_t first,
                           size_t n_blocks, float *products, uint64_t *rows)
{
    float all[WARM_BLOCKS * LTR_BLOCK];
    struct ltr_topk top;

    ltr_topk_init(&top, s->top.k, products, rows);
    ltr_chunk_products(s->index, s->view->tracks, first, n_blocks,
                       &s->code.sift, all);
    for (size_t i = 0; i < n_blocks * LTR_BLOCK; i++)
        if (top.count < top.k || all[i] > top.scores[0])
            ltr_topk_offer(&top, all[i], first * LTR_BLOCK + i);
    return top.count;
}

void ltr_sieve_warm(struct ltr_search *search, size_t from, size_t to)
{
    size_t first = ltr_codes_blocks(from), end = to / LTR_BLOCK, n;
    float products[WARM_K], least = INFINITY;
    uint64_t rows[WARM_K];

    end = end > first + WARM_BLOCKS ? first + WARM_BLOCKS : end;
    if (end <= first || search->top.k > WARM_K || search->floor > -INFINITY)
        return;
    n = best_by_code(search, first, end - first, products, rows);
    if (n < search->top.k)
        return;
    for (size_t i = 0; i < n; i++) {
        uint64_t id = search->view->tracks->ids[rows[i]];

        if (!ltr_view_has(search->view, rows[i]) ||
            !ltr_filter_passes(&search->filter, id))
            return;
        least = fminf(least, score(search, rows[i]));
    }
    raise_floor(search, least);
}

/* ---- A search from beginning to end ------------------------------------- */

void ltr_sieve_begin(struct ltr_search *search, size_t k, uint64_t *ids,
                     float *similarities, int8_t *codes)
{
    size_t dim = search->view->tracks->dim;

    ltr_topk_init(&search->top, k, similarities, ids);
    search->floor = -INFINITY;
    search->demand.score = -INFINITY;
    if (codes)
        ltr_code_query_init(&search->code, codes, search->query, dim,
                            search->length,
                            ltr_tracks_coding(search->view->tracks));
}

const struct ltr_demand *ltr_sieve_demand(struct ltr_search *search)
{
    if (search->floor == -INFINITY)
        return NULL;
    if (search->floor > search->demand.score)
        search->demand = ltr_lists_demand(
            search->length, search->view->tracks->dim, search->floor);
    return &search->demand;
}

/* Rounding must not leave a cosine above 1. */
size_t ltr_sieve_finish(struct ltr_search *search)
{
    size_t n = ltr_topk_finish(&search->top);

    for (size_t i = 0; i < n; i++) {
        double cosine = (double)search->top.scores[i] / search->length;

        search->top.scores[i] = (float)fmax(-1, fmin(1, cosine));
    }
    return n;
}
