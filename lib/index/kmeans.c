/*
 * kmeans.c - centroids of lists, and which list each track belongs to
 */
#include "index/kmeans.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/pool.h"
#include "base/random.h"

/* Rows multiplied by all centroids at once, and rows a task. */
#define AT_ONCE 32
#define TASK_ROWS 512

/* Rows between two reports: some ten milliseconds on a fast machine. */
#define REPORT_ROWS 4096

#define LANES 16

/* Streams of random numbers: what is drawn for what. */
enum {
    FIRST_CENTROIDS = 1,
    LOST_CENTROIDS = 2
};

/* ---- To which list ------------------------------------------------------ */

struct assigning {
    const ltrec_index *index;
    const struct ltr_lists *lists;
    const struct ltr_rows *rows;
    uint32_t *list_of;
    unsigned char *scratch;
    size_t scratch_bytes; /* a worker's */
    size_t first;         /* the rows until the next report */
    size_t end;
};

static size_t row_of(const struct ltr_rows *rows, size_t i)
{
    return rows->numbers ? rows->numbers[i] : i;
}

static size_t worker_bytes(const struct ltr_lists *lists, size_t dim)
{
    return AT_ONCE *
           (ltr_lists_padded(lists) * sizeof(int32_t) + ltr_codes_bytes(dim));
}

/*
 * The list of the largest product, the first of equal ones.  Lanes, because
 * compilers then compare several at once.
 */
static uint32_t nearest(const int32_t *dots, const float *scales, size_t n)
{
    float most[LANES], best;
    size_t whole = n / LANES * LANES, list = 0;

    for (size_t lane = 0; lane < LANES; lane++)
        most[lane] = -INFINITY;
    for (size_t i = 0; i < whole; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++) {
            float value = (float)dots[i + lane] * scales[i + lane];

            most[lane] = value > most[lane] ? value : most[lane];
        }
    for (size_t i = whole; i < n; i++)
        most[0] = fmaxf(most[0], (float)dots[i] * scales[i]);
    best = most[0];
    for (size_t lane = 1; lane < LANES; lane++)
        best = fmaxf(best, most[lane]);
    while ((float)dots[list] * scales[list] < best)
        list++;
    return (uint32_t)list;
}

static void assign_some(const struct assigning *a, size_t first, size_t n,
                        int32_t *dots, int8_t *codes)
{
    size_t dim = a->index->dim, bytes = ltr_codes_bytes(dim);
    size_t padded = ltr_lists_padded(a->lists);
    struct ltr_sift_rows centroids = ltr_codes_rows(&a->lists->codes, dim);
    struct ltr_sift_query queries[AT_ONCE];

    for (size_t i = 0; i < n; i++) {
        int8_t *code = codes + i * bytes;
        int32_t sum = 0;

        ltr_view_code(a->rows->view, row_of(a->rows, first + i), code);
        for (size_t j = 0; j < bytes; j++)
            sum += code[j];
        queries[i] = (struct ltr_sift_query){.codes = code, .sum = sum};
    }
    a->index->dots(dots, &centroids, padded / LTR_BLOCK, queries, n);
    for (size_t i = 0; i < n; i++)
        a->list_of[first + i] =
            nearest(dots + i * padded, centroids.scales, a->lists->n);
}

static void assign_task(void *arg, size_t i, size_t worker)
{
    const struct assigning *a = arg;
    unsigned char *scratch = a->scratch + worker * a->scratch_bytes;
    int32_t *dots = (int32_t *)(void *)scratch;
    int8_t *codes = (int8_t *)(dots + AT_ONCE * ltr_lists_padded(a->lists));
    size_t first = a->first + i * TASK_ROWS, end = first + TASK_ROWS, n;

    end = end < a->end ? end : a->end;
    for (; first < end; first += n) {
        n = end - first < AT_ONCE ? end - first : AT_ONCE;
        assign_some(a, first, n, dots, codes);
    }
}

int ltr_kmeans_assign(const ltrec_index *index, const struct ltr_lists *lists,
                      const struct ltr_rows *rows, uint32_t *list_of,
                      struct ltr_steps *steps)
{
    struct assigning a = {
        .index = index,
        .lists = lists,
        .rows = rows,
        .list_of = list_of,
        .scratch_bytes = worker_bytes(lists, index->dim),
    };
    int status = LTREC_OK;

    a.scratch =
        ltr_alloc(index->ctx, ltr_workers(index->ctx), a.scratch_bytes);
    if (!a.scratch)
        return LTREC_ERR_MEMORY;
    while (a.first < rows->n && status == LTREC_OK) {
        size_t left = rows->n - a.first;

        a.end = a.first + (left < REPORT_ROWS ? left : REPORT_ROWS);
        ltr_parallel(index->ctx, (a.end - a.first + TASK_ROWS - 1) / TASK_ROWS,
                     assign_task, &a);
        status = ltr_steps_take(steps, a.end - a.first);
        a.first = a.end;
    }
    ltr_free(index->ctx, a.scratch);
    return status;
}

/* ---- Centroids ---------------------------------------------------------- */

/* Some row of the sample, whose vector becomes a centroid. */
static void draw_centroid(struct ltr_lists *lists, size_t list,
                          const struct ltr_rows *sample, uint64_t seed,
                          uint64_t stream, uint64_t counter)
{
    size_t dim = sample->view->tracks->dim;
    size_t row = row_of(
        sample, (size_t)ltr_random_below(seed, stream, counter, sample->n));

    memcpy(lists->centroids + list * dim,
           sample->view->tracks->vectors + row * dim,
           dim * sizeof *lists->centroids);
}

/* A round's draws differ from another's, and from list to list. */
static void move_centroid(struct ltr_lists *lists, size_t list,
                          const double *sum, const struct ltr_rows *sample,
                          uint64_t seed, uint64_t round)
{
    size_t dim = sample->view->tracks->dim;
    double squares = 0, length;

    for (size_t j = 0; j < dim; j++)
        squares += sum[j] * sum[j];
    length = sqrt(squares);
    if (length < 1e-3) {
        draw_centroid(lists, list, sample, seed, LOST_CENTROIDS,
                      round * LTR_MOST_LISTS + list);
        return;
    }
    for (size_t j = 0; j < dim; j++)
        lists->centroids[list * dim + j] = (float)(sum[j] / length);
}

/* In the order of the sample, so that the sums have the same bits always. */
static void add_up(double *sums, const struct ltr_rows *sample,
                   const uint32_t *list_of)
{
    const struct ltr_tracks *t = sample->view->tracks;

    for (size_t i = 0; i < sample->n; i++) {
        const float *x = t->vectors + row_of(sample, i) * t->dim;
        double *sum = sums + list_of[i] * t->dim;

        for (size_t j = 0; j < t->dim; j++)
            sum[j] += (double)x[j];
    }
}

static int do_rounds(const ltrec_index *index, struct ltr_lists *lists,
                     const struct ltr_rows *sample, uint64_t seed,
                     struct ltr_steps *steps, uint32_t *list_of, double *sums)
{
    size_t dim = index->dim;
    int status = LTREC_OK;

    for (size_t list = 0; list < lists->n; list++)
        draw_centroid(lists, list, sample, seed, FIRST_CENTROIDS, list);
    ltr_lists_code(lists, dim, LTR_CODING_TURNED);
    for (uint64_t round = 0; round < LTR_KMEANS_ROUNDS; round++) {
        status = ltr_kmeans_assign(index, lists, sample, list_of, steps);
        if (status != LTREC_OK)
            return status;
        memset(sums, 0, lists->n * dim * sizeof *sums);
        add_up(sums, sample, list_of);
        for (size_t list = 0; list < lists->n; list++)
            move_centroid(lists, list, sums + list * dim, sample, seed, round);
        ltr_lists_code(lists, dim, LTR_CODING_TURNED);
    }
    return LTREC_OK;
}

int ltr_kmeans_train(const ltrec_index *index, struct ltr_lists *lists,
                     const struct ltr_rows *sample, uint64_t seed,
                     struct ltr_steps *steps)
{
    ltrec_context *ctx = index->ctx;
    uint32_t *list_of = ltr_alloc(ctx, sample->n, sizeof *list_of);
    double *sums = ltr_alloc(ctx, lists->n, index->dim * sizeof *sums);
    int status = LTREC_ERR_MEMORY;

    if (list_of && sums)
        status = do_rounds(index, lists, sample, seed, steps, list_of, sums);
    ltr_free(ctx, list_of);
    ltr_free(ctx, sums);
    return status;
}
