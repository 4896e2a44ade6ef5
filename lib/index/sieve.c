/*
 * sieve.c - searches going through rows of tracks
 *
 * By their codes, mostly: codes.h proves which need not be scored.
 */
#include "index/sieve.h"

#include <math.h>

/* Rows scored per call of a kernel: 1 KiB of scores, on the stack. */
#define SCAN_ROWS 256

/* Blocks sieved per call of a kernel, at most. */
#define CHUNK 16

/* Tracks fetched together, so that one waits for memory while others do. */
#define HITS 128
#define LINE_FLOATS 16

/* The sieve pays when it keeps fewer than one in so many. */
#define LEAST_REST 16

int ltr_sieve_pays(const struct ltr_view *view, size_t k)
{
    return view->tracks->codes.codes && k < view->rows / LEAST_REST;
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

static void score_hits(struct hits *h)
{
    for (size_t i = 0; i < h->n; i++) {
        size_t q = h->at[i].query;
        struct ltr_search *s = h->searches[q];
        struct ltr_topk *top = &s->top;
        float before = top->count == top->k ? top->scores[0] : -INFINITY;

        ltr_sieve_offer(s, score(s, h->at[i].row), h->at[i].row);
        if (top->count == top->k && top->scores[0] > before) {
            ltr_code_query_demand(&s->code, top->scores[0]);
            h->queries[q].threshold = s->code.sift.threshold;
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
 * While a search has no k answers everything passes, so the first calls are
 * for few blocks.
 */
static size_t first_step(struct ltr_search *const *searches, size_t n)
{
    for (size_t q = 0; q < n; q++)
        if (searches[q]->top.count < searches[q]->top.k)
            return 1;
    return CHUNK;
}

void ltr_sieve(struct ltr_search *const *searches, size_t n, size_t from,
               size_t to)
{
    struct ltr_sift_query queries[LTR_SIEVE_QUERIES];
    uint16_t masks[LTR_SIEVE_QUERIES * CHUNK];
    struct hits hits = {.searches = searches, .queries = queries, .n = 0};
    size_t end = ltr_codes_blocks(to), most = first_step(searches, n), step;
    const struct ltr_sift_rows *codes = &searches[0]->view->tracks->codes;

    if (from >= to)
        return;
    for (size_t q = 0; q < n; q++)
        queries[q] = searches[q]->code.sift;
    for (size_t first = from / LTR_BLOCK; first < end; first += step) {
        struct ltr_sift_rows rows = ltr_codes_from(codes, first);

        step = end - first < most ? end - first : most;
        most = 2 * most < CHUNK ? 2 * most : CHUNK;
        searches[0]->index->sift(masks, &rows, step, queries, n);
        for (size_t q = 0; q < n; q++)
            note_masks(&hits, q, masks + q * step, first, step, from, to);
        score_hits(&hits);
    }
}

const struct ltr_demand *ltr_sieve_demand(struct ltr_search *search)
{
    const struct ltr_topk *top = &search->top;

    if (top->count < top->k)
        return NULL;
    if (top->scores[0] > search->demand.score)
        search->demand = ltr_lists_demand(
            search->length, search->view->tracks->dim, top->scores[0]);
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
