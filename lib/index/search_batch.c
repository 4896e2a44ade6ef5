/*
 * search_batch.c - the nearest tracks to many queries
 *
 * Queries share the passes over the codes.  Where there are lists, those that
 * look into the same list go through it together: first each marks its nearest
 * lists, then every list is visited by those who marked it.
 */
#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "base/pool.h"
#include "index/probe.h"

/* Queries that mark lists together; a multiple of a word's bits. */
#define GROUP 1024
#define WORD_BITS 64

/* How many of the nearest lists an exact search looks into first. */
#define FIRST 2

struct batch {
    const ltrec_index *index;
    const struct ltr_view *view;
    const float *queries; /* [n][dim] */
    size_t n;
    size_t k;
    size_t group;        /* queries a task */
    size_t probes;       /* lists each looks into; 0: all that may */
    int8_t *codes;       /* [n][bytes of a code], or NULL to score all */
    uint64_t *ids;       /* [n][k] */
    float *similarities; /* [n][k] */
    size_t *n_found;     /* [n] */

    struct ltr_search *searches; /* [n] */
    float *weights;              /* [workers][group][padded lists] */
    uint64_t *marks;             /* [workers][lists][words of a group] */
    struct ltr_limit *limits;    /* [n] */
};

/* One task's share of it. */
struct group {
    const struct batch *b;
    struct ltr_search *searches; /* [n] */
    size_t n;
    size_t words;
    float *weights;
    uint64_t *marks;
    struct ltr_limit *limits; /* [n] of the lists looked into first */
};

/* ---- Without lists ------------------------------------------------------ */

static void scan_all(struct ltr_search *searches, const float *queries,
                     size_t n, size_t from, size_t to)
{
    const ltrec_index *index = searches[0].index;
    const struct ltr_tracks *t = searches[0].view->tracks;
    float scores[LTR_SIEVE_QUERIES];

    for (size_t row = from; row < to; row++) {
        /* The other way round than ltr_sieve_scan(), for the same bits. */
        index->kernels->dot_rows(scores, queries, n, t->vectors + row * t->dim,
                                 t->dim);
        for (size_t q = 0; q < n; q++)
            ltr_sieve_offer(&searches[q], scores[q], row);
    }
}

/* Rows that are in no list, and those that have no code. */
static void pass(const struct group *g)
{
    const struct ltr_view *view = g->b->view;
    size_t coded = g->b->codes ? ltr_view_coded(view) : 0, n;

    for (size_t first = 0; first < g->n; first += n) {
        struct ltr_search *searches[LTR_SIEVE_QUERIES];

        n = g->n - first;
        n = n < LTR_SIEVE_QUERIES ? n : LTR_SIEVE_QUERIES;
        for (size_t q = 0; q < n; q++) {
            searches[q] = &g->searches[first + q];
            ltr_sieve_warm(searches[q], 0, coded);
        }
        ltr_sieve(searches, n, ltr_lists_rows(&view->tracks->lists), coded);
        scan_all(searches[0], searches[0]->query, n, coded, view->rows);
    }
}

/* ---- With lists --------------------------------------------------------- */

static void mark(const struct group *g, size_t list, size_t q)
{
    g->marks[list * g->words + q / WORD_BITS] |= (uint64_t)1 << q % WORD_BITS;
}

static const float *weights_of(const struct group *g, size_t q)
{
    const struct ltr_lists *lists = &g->b->view->tracks->lists;

    return g->weights + q * ltr_lists_padded(lists);
}

static void weigh(const struct group *g)
{
    const struct ltr_tracks *t = g->b->view->tracks;
    struct ltr_sift_query queries[LTR_WEIGH_AT_ONCE];
    size_t n;

    for (size_t first = 0; first < g->n; first += n) {
        n = g->n - first < LTR_WEIGH_AT_ONCE ? g->n - first
                                             : LTR_WEIGH_AT_ONCE;
        for (size_t q = 0; q < n; q++)
            queries[q] = g->searches[first + q].code.sift;
        ltr_lists_weigh(&t->lists, g->b->index->dots, queries, n, t->dim,
                        g->weights + first * ltr_lists_padded(&t->lists));
    }
}

/* Its `n` nearest lists; the nearest of all gives it a floor. */
static void mark_nearest(const struct group *g, size_t q, size_t n)
{
    size_t n_lists = g->b->view->tracks->lists.n, nearest = 0;
    const float *weights = weights_of(g, q);
    struct ltr_limit limit = ltr_nearest_limit(weights, n_lists, n);

    g->limits[q] = limit;
    for (size_t list = 0; list < n_lists; list++)
        if (ltr_limit_has(limit, list, weights[list])) {
            mark(g, list, q);
            if (weights[list] > weights[nearest])
                nearest = list;
        }
    ltr_probe_warm(&g->searches[q], nearest);
}

/* The lists beyond its nearest that may have an answer to query `q`. */
static void mark_others(const struct group *g, size_t q)
{
    const struct ltr_lists *lists = &g->b->view->tracks->lists;
    struct ltr_search *s = &g->searches[q];
    const struct ltr_demand *demand = ltr_sieve_demand(s);
    const float *weights = weights_of(g, q);

    for (size_t list = 0; list < lists->n; list++)
        if (!ltr_limit_has(g->limits[q], list, weights[list]) &&
            (!demand || ltr_lists_first(lists, list, weights[list], &s->code,
                                        demand) < lists->begins[list + 1]))
            mark(g, list, q);
}

/* Searches about to go through rows of a list together. */
struct visit {
    struct ltr_search *searches[LTR_SIEVE_QUERIES];
    size_t n;
    size_t from; /* the first row that any of them wants */
    size_t to;
};

static void go(struct visit *v)
{
    if (v->n > 0)
        ltr_sieve(v->searches, v->n, v->from, v->to);
    v->n = 0;
}

static void join(struct visit *v, struct ltr_search *s, size_t from)
{
    v->from = v->n == 0 || from < v->from ? from : v->from;
    v->searches[v->n++] = s;
    if (v->n == LTR_SIEVE_QUERIES)
        go(v);
}

/*
 * Those who marked the list, in two parties: one for the whole of it, and one
 * for the rows of its far half.
 */
static void visit_list(const struct group *g, size_t list)
{
    const struct ltr_lists *lists = &g->b->view->tracks->lists;
    size_t begin = lists->begins[list], end = lists->begins[list + 1];
    size_t coded = ltr_view_coded(g->b->view);
    struct visit whole = {.n = 0, .to = end < coded ? end : coded};
    struct visit far = whole;

    for (size_t w = 0; w < g->words; w++) {
        uint64_t *marks = &g->marks[list * g->words + w];

        for (; *marks != 0; *marks &= *marks - 1) {
            size_t q = w * WORD_BITS + (size_t)__builtin_ctzll(*marks);
            struct ltr_search *s = &g->searches[q];
            const struct ltr_demand *demand = ltr_sieve_demand(s);
            size_t from = begin;

            if (demand)
                from = ltr_lists_first(lists, list, weights_of(g, q)[list],
                                       &s->code, demand);
            if (from < whole.to)
                join(from - begin > (end - begin) / 2 ? &far : &whole, s,
                     from);
        }
    }
    go(&whole);
    go(&far);
}

static void visit_all(const struct group *g)
{
    for (size_t list = 0; list < g->b->view->tracks->lists.n; list++)
        visit_list(g, list);
}

static void probe(const struct group *g)
{
    size_t probes = g->b->probes;

    weigh(g);
    for (size_t q = 0; q < g->n; q++)
        mark_nearest(g, q, probes ? probes : FIRST);
    visit_all(g);
    for (size_t q = 0; q < g->n; q++)
        if (!probes || g->searches[q].top.count < g->b->k)
            mark_others(g, q);
    visit_all(g);
}

/* ---- All ---------------------------------------------------------------- */

static void begin(const struct batch *b, size_t i)
{
    const struct ltr_tracks *t = b->view->tracks;
    struct ltr_search *s = &b->searches[i];

    *s = (struct ltr_search){
        .index = b->index, .view = b->view, .query = b->queries + i * t->dim};
    s->length = ltr_index_length(s->query, t->dim);
    ltr_sieve_begin(s, b->k, b->ids + i * b->k, b->similarities + i * b->k,
                    b->codes ? b->codes + i * ltr_codes_bytes(t->dim) : NULL);
}

static void search_group(void *arg, size_t i, size_t worker)
{
    const struct batch *b = arg;
    const struct ltr_lists *lists = &b->view->tracks->lists;
    size_t first = i * b->group, left = b->n - first;
    size_t words = (b->group + WORD_BITS - 1) / WORD_BITS;
    struct group g = {.b = b,
                      .searches = b->searches + first,
                      .n = left < b->group ? left : b->group,
                      .words = words};

    for (size_t q = 0; q < g.n; q++)
        begin(b, first + q);
    if (b->weights) {
        g.weights = b->weights + worker * b->group * ltr_lists_padded(lists);
        g.marks = b->marks + worker * lists->n * words;
        g.limits = b->limits + first;
        probe(&g);
    }
    pass(&g);
    for (size_t q = 0; q < g.n; q++)
        b->n_found[first + q] = ltr_sieve_finish(&g.searches[q]);
}

/* As many groups as workers, if that fills them: it changes no bits. */
static size_t group_size(const ltrec_index *index, size_t n)
{
    size_t workers = ltr_workers(index->ctx);
    size_t share = n / workers + (n % workers != 0);

    return share < GROUP ? share : GROUP;
}

static void give_back(struct batch *b)
{
    ltr_free(b->index->ctx, b->searches);
    ltr_free(b->index->ctx, b->codes);
    ltr_free(b->index->ctx, b->weights);
    ltr_free(b->index->ctx, b->marks);
    ltr_free(b->index->ctx, b->limits);
}

/* In plain C integers are no quicker, and memory is shared anyway. */
static int pays(const struct batch *b)
{
    return ltr_sieve_pays(b->view, b->k) &&
           (b->index->sift != ltr_sift_portable ||
            b->view->tracks->lists.n > 0);
}

static int take_room(struct batch *b)
{
    ltrec_context *ctx = b->index->ctx;
    const struct ltr_lists *lists = &b->view->tracks->lists;
    size_t workers = ltr_workers(ctx);
    size_t words = (b->group + WORD_BITS - 1) / WORD_BITS;

    b->searches = ltr_alloc(ctx, b->n, sizeof *b->searches);
    if (!b->searches)
        return LTREC_ERR_MEMORY;
    if (!pays(b))
        return LTREC_OK;
    b->codes = ltr_alloc(ctx, b->n, ltr_codes_bytes(b->index->dim));
    if (b->codes && lists->n > 0) {
        b->weights = ltr_alloc(ctx, workers * b->group,
                               ltr_lists_padded(lists) * sizeof *b->weights);
        b->marks =
            ltr_alloc(ctx, workers * words, lists->n * sizeof *b->marks);
        b->limits = ltr_alloc(ctx, b->n, sizeof *b->limits);
    }
    return b->codes && (lists->n == 0 || (b->weights && b->marks && b->limits))
               ? LTREC_OK
               : LTREC_ERR_MEMORY;
}

static int check(const ltrec_index *index, size_t n, const float *queries,
                 size_t *n_found, ltrec_error *err)
{
    for (size_t i = 0; i < n; i++) {
        n_found[i] = 0;
        if (ltr_index_length(queries + i * index->dim, index->dim) == 0)
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "index: query %zu is zero, not finite or not of a "
                            "length from 1e-18 to 1e18",
                            i);
    }
    return LTREC_OK;
}

int ltr_search_view(const ltrec_index *index, const struct ltr_view *view,
                    size_t n, const float *queries, size_t k, uint64_t *ids,
                    float *similarities, size_t *n_found)
{
    const struct ltr_search any = {.index = index, .view = view};
    struct batch b = {
        .index = index,
        .view = view,
        .queries = queries,
        .n = n,
        .k = k,
        .group = group_size(index, n),
        .probes = ltr_probes(&any, k),
        .ids = ids,
        .similarities = similarities,
        .n_found = n_found,
    };
    int status = take_room(&b);

    if (status == LTREC_OK)
        ltr_parallel(index->ctx, (n + b.group - 1) / b.group, search_group,
                     &b);
    give_back(&b);
    return status;
}

int ltrec_index_search_batch(const ltrec_index *index, size_t n,
                             const float *queries, size_t k, uint64_t *ids,
                             float *similarities, size_t *n_found,
                             ltrec_error *err)
{
    struct ltr_reading reading;
    int status;

    if (!index || (n > 0 && (!queries || !n_found)) ||
        (n > 0 && k > 0 && (!ids || !similarities)))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "index: needs an index, %zu queries and room for "
                        "%zu answers each",
                        n, k);
    status = check(index, n, queries, n_found, err);
    if (status != LTREC_OK || n == 0 || k == 0)
        return status;
    reading = ltr_index_enter(index);
    status = ltr_search_view(index, &reading.view, n, queries, k, ids,
                             similarities, n_found);
    ltr_index_leave(index, reading);
    return status == LTREC_OK ? status
                              : ltr_fail(err, status, "index: no memory");
}
