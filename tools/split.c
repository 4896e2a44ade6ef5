/*
 * split.c - one table of plays, parted into training and test
 */
#include "split.h"

#include <stdlib.h>
#include <string.h>

#include <ltrec/evaluate.h>

#include "interactions.h"
#include "plays.h"
#include "term.h"

void split_free(struct split *split)
{
    ltrec_interactions_free(split->train);
    ltrec_interactions_free(split->test);
    ltrec_interactions_free(split->foldin);
    memset(split, 0, sizeof *split);
}

static int create(ltrec_context *ctx, int foldin, struct split *out,
                  ltrec_error *err)
{
    int status = ltrec_interactions_create(ctx, NULL, &out->train, err);

    if (status == LTREC_OK)
        status = ltrec_interactions_create(ctx, NULL, &out->test, err);
    if (status == LTREC_OK && foldin)
        status = ltrec_interactions_create(ctx, NULL, &out->foldin, err);
    return status;
}

static int finish(struct split *out, ltrec_error *err)
{
    ltrec_interactions *parts[] = {out->train, out->test, out->foldin};
    int status = LTREC_OK;

    for (size_t i = 0; i < 3 && parts[i] && status == LTREC_OK; i++) {
        status = ltrec_interactions_finish(parts[i], term_progress, NULL, err);
        if (status == LTREC_OK && ltrec_interactions_n_pairs(parts[i]) == 0)
            status = tool_fail(err, LTREC_ERR_ARGUMENT,
                               "too few plays to part: one part is empty");
    }
    return status;
}

/* ---- By pairs and by listeners ------------------------------------------ */

/* Hand listener `user`'s pairs out: to `test` where fold[] is 0. */
static int deal(const ltrec_interactions *plays, size_t user,
                const uint32_t *fold, ltrec_interactions *test,
                ltrec_interactions *rest, ltrec_error *err)
{
    uint64_t id = ltrec_interactions_user_ids(plays)[user];
    const uint64_t *ids = ltrec_interactions_item_ids(plays);
    const uint32_t *items;
    const float *counts;
    size_t n = 0;
    int status = LTREC_OK;

    ltrec_interactions_user_row(plays, user, &n, &items, &counts);
    for (size_t i = 0; i < n && status == LTREC_OK; i++)
        status = ltrec_interactions_add(fold && fold[i] == 0 ? test : rest, 1,
                                        &id, &ids[items[i]], &counts[i], err);
    return status;
}

int split_plays(ltrec_context *ctx, const ltrec_interactions *plays,
                enum split_kind kind, uint32_t folds, uint64_t seed,
                struct split *out, ltrec_error *err)
{
    size_t n_users = ltrec_interactions_n_users(plays), at = 0;
    size_t n_pairs = ltrec_interactions_n_pairs(plays);
    uint32_t *pairs = tool_alloc(n_pairs, sizeof *pairs);
    uint32_t *users = tool_alloc(n_users, sizeof *users);
    int status;

    memset(out, 0, sizeof *out);
    status = create(ctx, kind == SPLIT_LISTENERS, out, err);
    if (status == LTREC_OK)
        status =
            ltrec_split_folds(ctx, n_pairs, NULL, folds, seed, pairs, err);
    if (status == LTREC_OK && kind == SPLIT_LISTENERS)
        status =
            ltrec_split_folds(ctx, n_users, NULL, folds, seed + 1, users, err);
    for (size_t u = 0; u < n_users && status == LTREC_OK; u++) {
        int held_out = kind == SPLIT_LISTENERS && users[u] == 0;
        const uint32_t *items;
        const float *counts;
        size_t n = 0;

        ltrec_interactions_user_row(plays, u, &n, &items, &counts);
        status =
            deal(plays, u, held_out || kind == SPLIT_PAIRS ? pairs + at : NULL,
                 out->test, held_out ? out->foldin : out->train, err);
        at += n;
    }
    if (status == LTREC_OK)
        status = finish(out, err);
    free(pairs);
    free(users);
    if (status != LTREC_OK)
        split_free(out);
    return status;
}

/* ---- By time ------------------------------------------------------------ */

struct timed {
    uint64_t user, item;
    float count;
    int64_t timestamp;
};

struct log {
    struct timed *rows;
    size_t n, capacity;
};

static int read_log(struct plays *plays, struct log *log, ltrec_error *err)
{
    struct play play;
    int status;

    while ((status = plays_next(plays, &play, err)) == 1) {
        log->rows = tool_grow(log->rows, &log->capacity, log->n + 1,
                              sizeof *log->rows);
        log->rows[log->n++] =
            (struct timed){names_id(plays_users(plays), play.user),
                           names_id(plays_items(plays), play.item), play.count,
                           play.timestamp};
        if (log->n % 4096 == 0 && term_progress(NULL, log->n, 0))
            return tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
    }
    return status;
}

static int by_time(const void *left, const void *right)
{
    int64_t a, b;

    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

static int by_pair(const void *left, const void *right)
{
    const struct timed *a = left, *b = right;

    if (a->user != b->user)
        return a->user < b->user ? -1 : 1;
    return (a->item > b->item) - (a->item < b->item);
}

/* Take the thumbs down out, and every play that one of them undoes. */
static void undo(struct log *log)
{
    struct timed *down = tool_alloc(log->n + 1, sizeof *down);
    size_t n_down = 0, n = 0;

    for (size_t i = 0; i < log->n; i++)
        if (log->rows[i].count < 0)
            down[n_down++] = log->rows[i];
    if (n_down > 1)
        qsort(down, n_down, sizeof *down, by_pair);
    for (size_t i = 0; n_down > 0 && i < log->n; i++)
        if (!bsearch(&log->rows[i], down, n_down, sizeof *down, by_pair))
            log->rows[n++] = log->rows[i];
    if (n_down > 0)
        log->n = n;
    free(down);
}

/* The first moment that belongs to the last 1 / folds of the rows. */
static int64_t moment(const struct log *log, uint32_t folds)
{
    int64_t *times = tool_alloc(log->n, sizeof *times), cut;

    for (size_t i = 0; i < log->n; i++)
        times[i] = log->rows[i].timestamp;
    qsort(times, log->n, sizeof *times, by_time);
    cut = times[log->n - log->n / folds - (log->n >= folds ? 0 : 1)];
    free(times);
    return cut;
}

static int deal_by_time(const struct log *log, uint32_t folds,
                        struct split *out, ltrec_error *err)
{
    int64_t cut = moment(log, folds);
    int status = LTREC_OK;

    for (size_t i = 0; i < log->n && status == LTREC_OK; i++) {
        const struct timed *row = &log->rows[i];

        status = ltrec_interactions_add(
            row->timestamp >= cut ? out->test : out->train, 1, &row->user,
            &row->item, &row->count, err);
    }
    return status == LTREC_OK ? finish(out, err) : status;
}

static int read_by_time(ltrec_context *ctx, const char *path, int skip_bad,
                        uint32_t folds, struct split *out, ltrec_error *err)
{
    const struct plays_options options = {.skip_bad = skip_bad,
                                          .timestamps = 1};
    struct log log = {0};
    struct plays *plays;
    int status = plays_open(path, &options, &plays, err);

    memset(out, 0, sizeof *out);
    if (status != LTREC_OK)
        return status;
    term_doing("reading plays");
    status = read_log(plays, &log, err);
    undo(&log);
    if (status == LTREC_OK && log.n == 0)
        status =
            tool_fail(err, LTREC_ERR_FORMAT, "%.100s: holds no plays", path);
    if (status == LTREC_OK)
        status = create(ctx, 0, out, err);
    if (status == LTREC_OK)
        status = deal_by_time(&log, folds, out, err);
    out->skipped = plays_skipped(plays);
    term_warn_skipped(path, out->skipped);
    term_done();
    plays_close(plays);
    free(log.rows);
    if (status != LTREC_OK)
        split_free(out);
    return status;
}

int split_read(ltrec_context *ctx, const char *path, int skip_bad,
               enum split_kind kind, uint32_t folds, uint64_t seed,
               struct split *out, ltrec_error *err)
{
    ltrec_interactions *plays;
    uint64_t skipped;
    int status;

    if (kind == SPLIT_TIME)
        return read_by_time(ctx, path, skip_bad, folds, out, err);
    memset(out, 0, sizeof *out);
    status = matrix_read_plays(ctx, path, skip_bad, &plays, &skipped, err);
    if (status == LTREC_OK)
        status = split_plays(ctx, plays, kind, folds, seed, out, err);
    if (status == LTREC_OK)
        out->skipped = skipped;
    ltrec_interactions_free(plays);
    return status;
}
