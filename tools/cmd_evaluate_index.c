/*
 * cmd_evaluate_index.c - ltrec evaluate index: how right and how fast
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <ltrec/index.h>

#include "commands.h"
#include "json.h"
#include "term.h"
#include "vectors.h"

/* Cosines as near as this are equal: tracks with the same listeners point the
 * same way, to the rounding of a float, and any of them is as right. */
#define TIE 1e-6

struct work {
    ltrec_context *ctx;
    ltrec_index *index;
    size_t count, dim, k, batch, n_queries;
    float *queries;  /* [n_queries][dim] */
    uint64_t *ids;   /* [count] */
    float *vectors;  /* [count][dim] */
    uint64_t *found; /* [n_queries][k] */
    float *scores;   /* [n_queries][k] */

    double recall, qps, p50_us, p99_us, bytes_per_item, build_seconds;
};

static void finish(struct work *work)
{
    ltrec_index_free(work->index);
    free(work->queries);
    free(work->ids);
    free(work->vectors);
    free(work->found);
    free(work->scores);
    ltrec_context_free(work->ctx);
}

static int open_all(struct work *work, struct args *args, ltrec_error *err)
{
    const char *path = args_text(args, "index", NULL);
    struct stat info = {0};
    int status = ltrec_index_load(work->ctx, path, &work->index, err);

    if (status != LTREC_OK)
        return status;
    work->count = ltrec_index_count(work->index);
    work->dim = ltrec_index_dim(work->index);
    status = vectors_queries(args_text(args, "queries", NULL), work->dim,
                             &work->n_queries, &work->queries, err);
    if (status != LTREC_OK)
        return status;
    if (work->count == 0 || work->n_queries == 0)
        return tool_fail(err, LTREC_ERR_ARGUMENT,
                         "nothing to evaluate: %zu items, %zu queries",
                         work->count, work->n_queries);
    if (work->k > work->count)
        work->k = work->count;
    stat(path, &info);
    work->bytes_per_item = (double)info.st_size / (double)work->count;
    work->ids = tool_alloc(work->count, sizeof *work->ids);
    work->vectors = tool_alloc(work->count * work->dim, sizeof *work->vectors);
    work->found = tool_alloc(work->n_queries * work->k, sizeof *work->found);
    work->scores = tool_alloc(work->n_queries * work->k, sizeof *work->scores);
    ltrec_index_ids(work->index, 0, work->count, work->ids);
    for (size_t i = 0; i < work->count; i++)
        ltrec_index_vector(work->index, work->ids[i],
                           work->vectors + i * work->dim);
    return LTREC_OK;
}

/* ---- How fast ----------------------------------------------------------- */

static int time_building(struct work *work, ltrec_error *err)
{
    ltrec_index *index;
    ltrec_index_information made;
    ltrec_index_options options;
    double start = tool_now();
    int status;

    ltrec_index_information_init(&made, sizeof made);
    ltrec_index_info(work->index, &made);
    ltrec_index_options_init(&options, sizeof options);
    options.recall = made.recall;
    options.reserve = work->count;
    status = ltrec_index_create(work->ctx, work->dim, &options, &index, err);
    if (status == LTREC_OK)
        status =
            ltrec_index_add(index, work->count, work->ids, work->vectors, err);
    if (status == LTREC_OK && made.lists > 0)
        status = ltrec_index_compact(index, NULL, err);
    work->build_seconds = tool_now() - start;
    ltrec_index_free(index);
    return status;
}

static int ascending(const void *left, const void *right)
{
    double a, b;

    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

/* One query after the other, each timed for itself. */
static int time_singly(struct work *work, ltrec_error *err)
{
    size_t n = work->n_queries, found;
    double *times = tool_alloc(n, sizeof *times);
    double start = tool_now();
    int status = LTREC_OK;

    for (size_t i = 0; i < n && status == LTREC_OK; i++) {
        double before = tool_now();

        status = ltrec_index_search(work->index, work->queries + i * work->dim,
                                    work->k, work->found + i * work->k,
                                    work->scores + i * work->k, &found);
        times[i] = tool_now() - before;
        if (status != LTREC_OK)
            tool_fail(err, status, "query %zu has no direction", i);
        else if (term_progress(NULL, i, n))
            status = tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
    }
    work->qps = (double)n / (tool_now() - start);
    qsort(times, n, sizeof *times, ascending);
    work->p50_us = 1e6 * times[n / 2];
    work->p99_us = 1e6 * times[n * 99 / 100];
    free(times);
    return status;
}

static int time_batches(struct work *work, ltrec_error *err)
{
    size_t *found = tool_alloc(work->batch, sizeof *found);
    double start = tool_now();
    int status = LTREC_OK;

    for (size_t i = 0; i < work->n_queries && status == LTREC_OK;
         i += work->batch) {
        size_t left = work->n_queries - i;

        status = ltrec_index_search_batch(
            work->index, left < work->batch ? left : work->batch,
            work->queries + i * work->dim, work->k, work->found + i * work->k,
            work->scores + i * work->k, found, err);
    }
    work->qps = (double)work->n_queries / (tool_now() - start);
    free(found);
    return status;
}

/* ---- How right ---------------------------------------------------------- */

/*
 * The k-th best cosine of a query, in double, of `scores[count]`; `best[k]`
 * is scratch, kept as a heap with the worst in front.
 */
static double exact_limit(const struct work *work, const double *scores,
                          double *best)
{
    size_t n = 0;

    for (size_t i = 0; i < work->count; i++) {
        size_t at = 0;

        if (n < work->k) { /* sift up */
            for (at = n++; at > 0 && best[(at - 1) / 2] > scores[i];
                 at = (at - 1) / 2)
                best[at] = best[(at - 1) / 2];
            best[at] = scores[i];
            continue;
        }
        if (scores[i] <= best[0])
            continue;
        for (;;) { /* sift down */
            size_t child = 2 * at + 1;

            if (child >= n)
                break;
            child += child + 1 < n && best[child + 1] < best[child];
            if (best[child] >= scores[i])
                break;
            best[at] = best[child];
            at = child;
        }
        best[at] = scores[i];
    }
    return best[0];
}

static double dot(const float *a, const float *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* How many of the answers to query `q` are among its exact k best. */
static size_t right_answers(const struct work *work, size_t q,
                            const double *lengths, double *scores,
                            double *best, float *vector)
{
    const float *query = work->queries + q * work->dim;
    double slack = TIE * sqrt(dot(query, query, work->dim));
    size_t right = 0;
    double limit;

    for (size_t i = 0; i < work->count; i++)
        scores[i] =
            dot(work->vectors + i * work->dim, query, work->dim) / lengths[i];
    limit = exact_limit(work, scores, best);
    for (size_t j = 0; j < work->k; j++) {
        ltrec_index_vector(work->index, work->found[q * work->k + j], vector);
        right += dot(vector, query, work->dim) /
                     sqrt(dot(vector, vector, work->dim)) >=
                 limit - slack;
    }
    return right;
}

static int measure_recall(struct work *work, ltrec_error *err)
{
    double *lengths = tool_alloc(work->count, sizeof *lengths);
    double *scores = tool_alloc(work->count, sizeof *scores);
    double *best = tool_alloc(work->k, sizeof *best);
    float *vector = tool_alloc(work->dim, sizeof *vector);
    size_t right = 0;
    int status = LTREC_OK;

    term_doing("exact search");
    for (size_t i = 0; i < work->count; i++) {
        const float *v = work->vectors + i * work->dim;

        lengths[i] = sqrt(dot(v, v, work->dim));
    }
    for (size_t q = 0; q < work->n_queries && status == LTREC_OK; q++) {
        right += right_answers(work, q, lengths, scores, best, vector);
        if (term_progress(NULL, q, work->n_queries))
            status = tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
    }
    work->recall = (double)right / (double)(work->n_queries * work->k);
    free(lengths);
    free(scores);
    free(best);
    free(vector);
    return status;
}

/* ---- The command -------------------------------------------------------- */

static int do_it(struct work *work, struct args *args, ltrec_error *err)
{
    int status = open_all(work, args, err);

    term_doing("searching");
    if (status == LTREC_OK)
        status = time_building(work, err);
    if (status == LTREC_OK)
        status = time_singly(work, err);
    if (status == LTREC_OK && work->batch > 1)
        status = time_batches(work, err);
    return status == LTREC_OK ? measure_recall(work, err) : status;
}

static void report(const struct work *work, int as_json)
{
    char recall[32];

    snprintf(recall, sizeof recall, "recall@%zu", work->k);
    if (as_json) {
        json_t *object = json_object();

        json_put_count(object, "items", work->count);
        json_put_count(object, "dim", work->dim);
        json_put_real(object, recall, work->recall);
        json_put_real(object, "qps", work->qps);
        json_put_real(object, "p50_us", work->p50_us);
        json_put_real(object, "p99_us", work->p99_us);
        json_put_real(object, "bytes_per_item", work->bytes_per_item);
        json_put_real(object, "build_seconds", work->build_seconds);
        json_print(object);
    } else {
        printf("%zu items of %zu floats, %.1f bytes an item, built in "
               "%.3f s\n%s %.6f\n%.0f queries a second, half of them in "
               "%.1f us, 99 %% in %.1f us\n",
               work->count, work->dim, work->bytes_per_item,
               work->build_seconds, recall, work->recall, work->qps,
               work->p50_us, work->p99_us);
    }
}

static int run(struct args *args)
{
    struct work work = {0};
    ltrec_error err = {0};
    int status;

    args_required(args, "index");
    args_required(args, "queries");
    work.k = (size_t)args_integer(args, "k", 10, 1, 1000000);
    work.batch = (size_t)args_integer(args, "batch", 1, 1, 1000000);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        status = term_result(do_it(&work, args, &err), &err);
    if (status == EXIT_DONE)
        report(&work, args_has(args, "json"));
    finish(&work);
    return status;
}

static const struct args_option options[] = {
    {"index", "X", "the index file"},
    {"queries", "Q", "float32 rows as .npy"},
    {"k", "K", "answers a query (default: 10)"},
    {"batch", "B", "queries searched at once (default: 1)"},
    {"json", NULL, "one JSON object"},
    {NULL, NULL, NULL},
};

const struct command command_evaluate_index = {
    .name = "evaluate index",
    .summary = "how right and how fast an index answers",
    .usage = "--index X --queries Q.npy [-k K] [--batch B]",
    .details = "Recall is against a scan in double precision of the same "
               "vectors.  The times of\nsingle queries are on one thread; "
               "queries a second are in batches of B.\n",
    .options = options,
    .run = run,
};
