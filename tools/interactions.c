/*
 * interactions.c - a file of plays as the library's interactions
 */
#include "interactions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plays.h"
#include "term.h"

/* Rows handed to the library at once. */
#define BATCH 4096

/* A play so long ago that it hardly counts is still a play. */
#define LEAST_COUNT 1e-30

/* How plays grow old. */
struct ageing {
    double half_life; /* in seconds; 0: they don't */
    int64_t latest;
};

struct batch {
    size_t n;
    uint64_t users[BATCH];
    uint64_t items[BATCH];
    float counts[BATCH];
};

/* Where plays go, or dislikes. */
struct side {
    ltrec_interactions *to;
    struct batch batch;
};

static int hand_over(ltrec_interactions *to, struct batch *batch,
                     uint64_t rows, ltrec_error *err)
{
    int status = LTREC_OK;

    if (batch->n > 0)
        status = ltrec_interactions_add(to, batch->n, batch->users,
                                        batch->items, batch->counts, err);
    batch->n = 0;
    if (status == LTREC_OK && term_progress(NULL, rows, 0))
        status = tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
    return status;
}

static float aged(const struct ageing *ageing, const struct play *play)
{
    double count = (double)play->count, age;

    if (ageing->half_life <= 0)
        return play->count;
    age = (double)ageing->latest - (double)play->timestamp;
    return (float)fmax(count * exp2(-age / ageing->half_life), LEAST_COUNT);
}

static int read_rows(struct plays *plays, const struct ageing *ageing,
                     struct matrix *out, ltrec_error *err)
{
    struct side *sides = tool_alloc(2, sizeof *sides);
    struct play play;
    int status;

    sides[0].to = out->plays;
    sides[1].to = out->dislikes;
    while ((status = plays_next(plays, &play, err)) == 1) {
        struct side *side = &sides[play.count < 0]; /* a thumb down */
        struct batch *batch = &side->batch;

        play.count = fabsf(play.count);
        batch->users[batch->n] = names_id(plays_users(plays), play.user);
        batch->items[batch->n] = names_id(plays_items(plays), play.item);
        batch->counts[batch->n++] = aged(ageing, &play);
        if (batch->n == BATCH) {
            status = hand_over(side->to, batch, plays_rows(plays), err);
            if (status != LTREC_OK)
                break;
        }
    }
    for (int i = 0; i < 2 && status == LTREC_OK; i++)
        status =
            hand_over(sides[i].to, &sides[i].batch, plays_rows(plays), err);
    free(sides);
    return status;
}

static int read_all(struct plays *plays, const char *path,
                    const struct ageing *ageing, struct matrix *out,
                    ltrec_error *err)
{
    char shown[TOOL_SHORT_NAME];
    int status = read_rows(plays, ageing, out, err);

    tool_short_name(shown, path);
    if (status == LTREC_OK)
        status =
            ltrec_interactions_finish(out->plays, term_progress, NULL, err);
    if (status == LTREC_OK)
        status = ltrec_interactions_finish(out->dislikes, NULL, NULL, err);
    if (ltrec_interactions_n_pairs(out->dislikes) == 0) {
        ltrec_interactions_free(out->dislikes);
        out->dislikes = NULL;
    }
    if (status == LTREC_OK && ltrec_interactions_n_pairs(out->plays) == 0)
        return tool_fail(err, LTREC_ERR_FORMAT, "%s: holds no plays", shown);
    out->skipped = plays_skipped(plays);
    if (status == LTREC_OK)
        term_warn_skipped(path, out->skipped);
    out->users = plays_take_users(plays);
    out->items = plays_take_items(plays);
    return status;
}

static int find_latest(const char *path, const struct plays_options *options,
                       int64_t *latest, ltrec_error *err)
{
    struct plays *plays;
    struct play play;
    int status;

    if (strcmp(path, "-") == 0)
        return tool_fail(err, LTREC_ERR_ARGUMENT,
                         "ageing needs a file, not the standard input");
    status = plays_open(path, options, &plays, err);
    if (status != LTREC_OK)
        return status;
    *latest = INT64_MIN;
    while ((status = plays_next(plays, &play, err)) == 1) {
        if (play.timestamp > *latest)
            *latest = play.timestamp;
        if (plays_rows(plays) % BATCH == 0 &&
            term_progress(NULL, plays_rows(plays), 0)) {
            status = tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
            break;
        }
    }
    plays_close(plays);
    return status;
}

static int read_with(ltrec_context *ctx, const char *path, int skip_bad,
                     struct ageing *ageing, struct matrix *out,
                     ltrec_error *err)
{
    const struct plays_options options = {.skip_bad = skip_bad,
                                          .timestamps = ageing->half_life > 0};
    struct plays *plays;
    int status = LTREC_OK;

    memset(out, 0, sizeof *out);
    term_doing("reading plays");
    if (options.timestamps)
        status = find_latest(path, &options, &ageing->latest, err);
    if (status == LTREC_OK)
        status = plays_open(path, &options, &plays, err);
    if (status != LTREC_OK)
        return status;
    status = ltrec_interactions_create(ctx, NULL, &out->plays, err);
    if (status == LTREC_OK)
        status = ltrec_interactions_create(ctx, NULL, &out->dislikes, err);
    if (status == LTREC_OK)
        status = read_all(plays, path, ageing, out, err);
    plays_close(plays);
    term_done();
    if (status != LTREC_OK)
        matrix_free(out);
    return status;
}

int matrix_read(ltrec_context *ctx, const char *path, int skip_bad,
                struct matrix *out, ltrec_error *err)
{
    struct ageing none = {0, 0};

    return read_with(ctx, path, skip_bad, &none, out, err);
}

static int compare_columns(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

/* Of one listener the plays that no thumb down undoes. */
static int keep_row(const struct matrix *m, size_t user,
                    ltrec_interactions *out, ltrec_error *err)
{
    uint64_t id = ltrec_interactions_user_ids(m->plays)[user];
    const uint64_t *ids = ltrec_interactions_item_ids(m->plays);
    const uint32_t *items, *down;
    const float *counts;
    size_t n = 0, n_down = 0, row, column;
    int status = LTREC_OK;

    if (ltrec_interactions_find_user(m->dislikes, id, &row) == LTREC_OK)
        ltrec_interactions_user_row(m->dislikes, row, &n_down, &down, &counts);
    ltrec_interactions_user_row(m->plays, user, &n, &items, &counts);
    for (size_t i = 0; i < n && status == LTREC_OK; i++) {
        const uint64_t *item = &ids[items[i]];
        uint32_t wanted;

        if (i % BATCH == 0 && term_progress(NULL, user, 0) != 0)
            return tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
        if (n_down > 0 && ltrec_interactions_find_item(m->dislikes, *item,
                                                       &column) == LTREC_OK) {
            wanted = (uint32_t)column;
            if (bsearch(&wanted, down, n_down, sizeof *down, compare_columns))
                continue;
        }
        status = ltrec_interactions_add(out, 1, &id, item, &counts[i], err);
    }
    return status;
}

static int keep_liked(const struct matrix *matrix, const char *path,
                      ltrec_interactions *out, ltrec_error *err)
{
    size_t n_users = ltrec_interactions_n_users(matrix->plays);
    char shown[TOOL_SHORT_NAME];
    int status = LTREC_OK;

    for (size_t u = 0; u < n_users && status == LTREC_OK; u++)
        status = keep_row(matrix, u, out, err);
    if (status == LTREC_OK)
        status = ltrec_interactions_finish(out, term_progress, NULL, err);
    tool_short_name(shown, path);
    if (status == LTREC_OK && ltrec_interactions_n_pairs(out) == 0)
        status =
            tool_fail(err, LTREC_ERR_FORMAT,
                      "%s: no play is left that no thumb down undoes", shown);
    return status;
}

int matrix_read_plays(ltrec_context *ctx, const char *path, int skip_bad,
                      ltrec_interactions **plays, uint64_t *skipped,
                      ltrec_error *err)
{
    struct matrix matrix;
    int status = matrix_read(ctx, path, skip_bad, &matrix, err);

    *plays = NULL;
    if (skipped)
        *skipped = matrix.skipped;
    if (status == LTREC_OK && matrix.dislikes) {
        status = ltrec_interactions_create(ctx, NULL, plays, err);
        if (status == LTREC_OK)
            status = keep_liked(&matrix, path, *plays, err);
    } else {
        *plays = matrix.plays;
        matrix.plays = NULL;
    }
    if (status != LTREC_OK) {
        ltrec_interactions_free(*plays);
        *plays = NULL;
    }
    matrix_free(&matrix);
    return status;
}

int matrix_read_aged(ltrec_context *ctx, const char *path, int skip_bad,
                     double half_life_days, struct matrix *out,
                     ltrec_error *err)
{
    struct ageing ageing = {half_life_days * 86400, 0};

    return read_with(ctx, path, skip_bad, &ageing, out, err);
}

int matrix_find_listener(const struct matrix *matrix, const char *name,
                         size_t *row, ltrec_error *err)
{
    size_t n = names_count(matrix->users);

    if (ltrec_interactions_find_user(
            matrix->plays, names_id_of(name, strlen(name)), row) == LTREC_OK)
        return LTREC_OK;
    return tool_fail(err, LTREC_ERR_ARGUMENT,
                     "no listener '%.80s' among %zu%s%.60s%s", name, n,
                     n ? ", such as '" : "",
                     n ? names_text(matrix->users, 0) : "", n ? "'" : "");
}

void matrix_free(struct matrix *matrix)
{
    ltrec_interactions_free(matrix->plays);
    ltrec_interactions_free(matrix->dislikes);
    names_free(matrix->users);
    names_free(matrix->items);
    memset(matrix, 0, sizeof *matrix);
}
