/*
 * compact.c - rows of nobody left out, the others put into lists
 */
#include "index/calibrate.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "base/options.h"
#include "base/pool.h"
#include "math/sort.h"

/* Fewer tracks are gone through faster than chosen from. */
#define LEAST_LISTED 4096

/* Rows that k-means learns from, a list. */
#define SAMPLE_ROWS 50

/* One row in so many is kept from k-means, to be asked afterwards. */
#define HELD_OUT 16

/* Room for what is added next, one part in so many. */
#define SPARE_PART 16
#define LEAST_SPARE 64

/* Rows in no list are put into lists when they are one in so many. */
#define TAIL_PART 64

#define ANGLE_ROWS 1024

static const ltrec_index_compact_options defaults = {
    .size = sizeof defaults,
    .seed = 1,
};

void ltrec_index_compact_options_init(ltrec_index_compact_options *options,
                                      size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

struct compaction {
    ltrec_index *index;
    const ltrec_index_compact_options *options; /* NULL: keep the lists */
    struct ltr_view view;                       /* what is compacted */
    size_t n;                                   /* tracks that are there */
    uint32_t *rows;    /* [n] their rows; then in order of the lists */
    uint32_t *list_of; /* [n] */
    uint64_t *keys;    /* [n] list and angle */
    struct ltr_lists lists;
    struct ltr_steps steps;
};

static void free_all(struct compaction *c)
{
    ltrec_context *ctx = c->index->ctx;

    ltr_free(ctx, c->rows);
    ltr_free(ctx, c->list_of);
    ltr_free(ctx, c->keys);
    ltr_lists_free(ctx, &c->lists);
}

/* ---- Lists -------------------------------------------------------------- */

static size_t lists_for(size_t n, size_t dim)
{
    double lists = 2 * sqrt((double)n);

    if (n < LEAST_LISTED || !ltr_codes_fit(dim))
        return 0;
    return lists < LTR_MOST_LISTS ? (size_t)lists : LTR_MOST_LISTS;
}

/* Evenly spread over the rows that are not held out. */
static int train(struct compaction *c)
{
    size_t usable = c->n - c->n / HELD_OUT;
    size_t n = c->lists.n * SAMPLE_ROWS;
    struct ltr_rows sample = {&c->view, NULL, n < usable ? n : usable};
    uint32_t *numbers = ltr_alloc(c->index->ctx, sample.n, sizeof *numbers);
    int status = LTREC_ERR_MEMORY;

    if (numbers) {
        for (size_t i = 0; i < sample.n; i++) {
            size_t at = i * usable / sample.n;

            numbers[i] =
                c->rows[at / (HELD_OUT - 1) * HELD_OUT + at % (HELD_OUT - 1)];
        }
        sample.numbers = numbers;
        status = ltr_kmeans_train(c->index, &c->lists, &sample,
                                  c->options->seed, &c->steps);
    }
    ltr_free(c->index->ctx, numbers);
    return status;
}

/* Angles are not negative, so their bits are in their order. */
static void make_keys(void *arg, size_t task, size_t worker)
{
    struct compaction *c = arg;
    size_t dim = c->index->dim, first = task * ANGLE_ROWS;
    size_t end = c->n - first < ANGLE_ROWS ? c->n : first + ANGLE_ROWS;

    (void)worker;
    for (size_t i = first; i < end; i++) {
        const float *x = c->view.tracks->vectors + c->rows[i] * dim;
        float angle =
            ltr_lists_angle(c->lists.centroids + c->list_of[i] * dim, x, dim);
        uint32_t bits;

        memcpy(&bits, &angle, sizeof bits);
        c->keys[i] = (uint64_t)c->list_of[i] << 32 | bits;
    }
}

/* The rows by list, and in a list by angle. */
static int sort_rows(struct compaction *c)
{
    ltrec_context *ctx = c->index->ctx;
    uint32_t *order = ltr_alloc(ctx, c->n, 2 * sizeof *order);

    c->keys = ltr_alloc(ctx, c->n, sizeof *c->keys);
    if (!order || !c->keys) {
        ltr_free(ctx, order);
        return LTREC_ERR_MEMORY;
    }
    ltr_parallel(ctx, (c->n + ANGLE_ROWS - 1) / ANGLE_ROWS, make_keys, c);
    ltr_sort_order(c->keys, order, order + c->n, c->n);
    for (size_t i = 0; i < c->n; i++)
        order[i] = c->rows[order[i]];
    ltr_free(ctx, c->rows);
    c->rows = order;
    memset(c->lists.begins, 0, (c->lists.n + 1) * sizeof *c->lists.begins);
    for (size_t i = 0; i < c->n; i++)
        c->lists.begins[c->list_of[i] + 1]++;
    for (size_t list = 0; list < c->lists.n; list++)
        c->lists.begins[list + 1] += c->lists.begins[list];
    return LTREC_OK;
}

static int assign_from(struct compaction *c, size_t first)
{
    const struct ltr_rows rows = {&c->view, c->rows + first, c->n - first};

    return ltr_kmeans_assign(c->index, &c->lists, &rows, c->list_of + first,
                             &c->steps);
}

static int make_lists(struct compaction *c)
{
    int status =
        ltr_lists_create(c->index->ctx, c->lists.n, c->index->dim, &c->lists);

    if (status == LTREC_OK)
        status = train(c);
    if (status == LTREC_OK)
        status = assign_from(c, 0);
    c->lists.aim = (struct ltr_aim){1, {0, 0}, 1, -1};
    return status;
}

/* The lists there are, and where the rows that are in none belong. */
static int keep_lists(struct compaction *c)
{
    const struct ltr_lists *lists = &c->view.tracks->lists;
    size_t at = 0;
    int status =
        ltr_lists_copy(c->index->ctx, &c->lists, lists, c->index->dim);

    for (size_t list = 0; list < lists->n && status == LTREC_OK; list++)
        for (; at < c->n && c->rows[at] < lists->begins[list + 1]; at++)
            c->list_of[at] = (uint32_t)list;
    return status == LTREC_OK ? assign_from(c, at) : status;
}

static int put_into_lists(struct compaction *c)
{
    int status = LTREC_ERR_MEMORY;

    c->list_of = ltr_alloc(c->index->ctx, c->n, sizeof *c->list_of);
    if (c->list_of)
        status = c->options ? make_lists(c) : keep_lists(c);
    return status == LTREC_OK ? sort_rows(c) : status;
}

/* ---- The recall --------------------------------------------------------- */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t questions(const struct compaction *c)
{
    if (c->index->recall >= 1 || !c->options)
        return 0;
    return smaller(c->n / HELD_OUT, LTR_CALIBRATE_MOST) +
           smaller(c->options->n_queries, LTR_CALIBRATE_MOST);
}

/* Rows of `view` whose tracks were held out: by their place before. */
static void find_held_out(const struct compaction *c,
                          const struct ltr_view *view, uint32_t *out, size_t n)
{
    size_t held_out = c->n / HELD_OUT, at = 0;

    for (size_t row = 0; row < c->view.rows; row++) {
        size_t number;

        if (!ltr_view_has(&c->view, row))
            continue;
        number = at++;
        if (number % HELD_OUT != HELD_OUT - 1)
            continue;
        number /= HELD_OUT;
        /* Evenly spread: the first of each of n shares. */
        if (number == 0 ||
            number * n / held_out != (number - 1) * n / held_out)
            out[number * n / held_out] =
                (uint32_t)ltr_view_row(view, c->view.tracks->ids[row]);
    }
}

static int calibrate(struct compaction *c, struct ltr_tracks *t)
{
    struct ltr_view view = ltr_tracks_view(t);
    size_t n = smaller(c->n / HELD_OUT, LTR_CALIBRATE_MOST);
    uint32_t *held_out = ltr_alloc(c->index->ctx, n, sizeof *held_out);
    int status = LTREC_ERR_MEMORY;

    if (held_out) {
        find_held_out(c, &view, held_out, n);
        status = ltr_calibrate(
            c->index, &view, &t->lists, held_out, n, c->options->queries,
            smaller(c->options->n_queries, LTR_CALIBRATE_MOST), &c->steps);
    }
    ltr_free(c->index->ctx, held_out);
    return status;
}

/* ---- The call ----------------------------------------------------------- */

static int check_options(const ltrec_index *index,
                         const ltrec_index_compact_options *o,
                         ltrec_error *err)
{
    if (o->n_queries > 0 && !o->queries)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "index: %zu queries that are NULL", o->n_queries);
    for (size_t i = 0; i < o->n_queries; i++)
        if (ltr_index_length(o->queries + i * index->dim, index->dim) == 0)
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "index: query %zu is zero, not finite or not of a "
                            "length from 1e-18 to 1e18",
                            i);
    return LTREC_OK;
}

static int list_rows(struct compaction *c)
{
    size_t at = 0;

    c->rows = ltr_alloc(c->index->ctx, c->n, sizeof *c->rows);
    if (!c->rows)
        return LTREC_ERR_MEMORY;
    for (size_t row = 0; row < c->view.rows; row++)
        if (ltr_view_has(&c->view, row))
            c->rows[at++] = (uint32_t)row;
    return LTREC_OK;
}

/* New tracks that nobody knows yet. */
static int make(struct compaction *c, struct ltr_tracks **out,
                ltrec_error *err)
{
    size_t spare = c->n / SPARE_PART + LEAST_SPARE;
    int status = list_rows(c);

    *out = NULL;
    if (status == LTREC_OK && c->lists.n > 0)
        status = put_into_lists(c);
    if (status == LTREC_OK)
        status =
            ltr_tracks_copy(c->index->ctx, &c->view, c->rows, c->n,
                            smaller(c->n + spare, LTR_MOST_ROWS), out, err);
    if (status != LTREC_OK || c->lists.n == 0)
        return status;
    (*out)->lists = c->lists;
    c->lists = (struct ltr_lists){0};
    status = ltr_lists_measure(c->index->ctx, &(*out)->lists, (*out)->vectors,
                               c->index->dim);
    if (status == LTREC_OK && questions(c) > 0)
        status = calibrate(c, *out);
    return status;
}

void ltr_compact_tail(ltrec_index *index)
{
    struct compaction c = {.index = index,
                           .view = ltr_tracks_view(index->gate->current)};
    size_t listed = ltr_lists_rows(&c.view.tracks->lists);
    size_t most = listed / TAIL_PART;
    struct ltr_tracks *made;

    most = most < LEAST_LISTED ? LEAST_LISTED : most;
    if (listed == 0 || c.view.rows - listed <= most)
        return;
    c.n = ltr_view_count(&c.view);
    c.lists.n = c.view.tracks->lists.n;
    if (make(&c, &made, NULL) == LTREC_OK)
        ltr_index_replace(index, made, NULL);
    else
        ltr_tracks_free(index->ctx, made);
    free_all(&c);
}

static int compact(ltrec_index *index, const ltrec_index_compact_options *o,
                   ltrec_error *err)
{
    struct compaction c = {
        .index = index,
        .options = o,
        .view = ltr_tracks_view(index->gate->current),
        .steps = {.progress = o->progress, .user = o->user},
    };
    struct ltr_tracks *made;
    int status;

    c.n = ltr_view_count(&c.view);
    c.lists.n = lists_for(c.n, index->dim);
    if (c.lists.n > 0) {
        size_t usable = c.n - c.n / HELD_OUT;

        c.steps.total =
            LTR_KMEANS_ROUNDS *
                (uint64_t)smaller(c.lists.n * SAMPLE_ROWS, usable) +
            c.n + questions(&c);
    }
    status = make(&c, &made, err);
    if (status == LTREC_OK)
        status = ltr_index_replace(index, made, err);
    else {
        ltr_tracks_free(index->ctx, made);
        ltr_fail(err, status, "index: compacting %s",
                 status == LTREC_ERR_CANCELLED ? "was cancelled"
                                               : "needs more memory");
    }
    free_all(&c);
    return status;
}

int ltrec_index_compact(ltrec_index *index,
                        const ltrec_index_compact_options *options,
                        ltrec_error *err)
{
    ltrec_index_compact_options o = defaults;
    ltr_fpu saved;
    int status;

    if (!index)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "index: `index` is NULL");
    status = ltr_options_read(&o, sizeof o, options, "index", err);
    if (status == LTREC_OK)
        status = check_options(index, &o, err);
    if (status == LTREC_OK)
        status = ltr_index_begin_change(index, err);
    if (status != LTREC_OK)
        return status;
    saved = ltr_flush_begin();
    status = compact(index, &o, err);
    ltr_flush_end(saved);
    ltr_gate_end(index->gate);
    return status;
}
