/*
 * interactions.c - a file of plays as the library's interactions
 */
#include "interactions.h"

#include <stdlib.h>
#include <string.h>

#include "plays.h"
#include "term.h"

/* Rows handed to the library at once. */
#define BATCH 4096

struct batch {
    size_t n;
    uint64_t users[BATCH];
    uint64_t items[BATCH];
    float counts[BATCH];
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

static int read_rows(struct plays *plays, ltrec_interactions *to,
                     ltrec_error *err)
{
    struct batch *batch = tool_alloc(1, sizeof *batch);
    struct play play;
    int status;

    while ((status = plays_next(plays, &play, err)) == 1) {
        if (play.count < 0) /* a thumb down */
            continue;
        batch->users[batch->n] = names_id(plays_users(plays), play.user);
        batch->items[batch->n] = names_id(plays_items(plays), play.item);
        batch->counts[batch->n++] = play.count;
        if (batch->n == BATCH) {
            status = hand_over(to, batch, plays_rows(plays), err);
            if (status != LTREC_OK)
                break;
        }
    }
    if (status == LTREC_OK)
        status = hand_over(to, batch, plays_rows(plays), err);
    free(batch);
    return status;
}

static int read_all(struct plays *plays, const char *path, struct matrix *out,
                    ltrec_error *err)
{
    char shown[TOOL_SHORT_NAME];
    int status = read_rows(plays, out->plays, err);

    tool_short_name(shown, path);
    if (status == LTREC_OK)
        status =
            ltrec_interactions_finish(out->plays, term_progress, NULL, err);
    if (status == LTREC_OK && ltrec_interactions_n_pairs(out->plays) == 0)
        return tool_fail(err, LTREC_ERR_FORMAT, "%s: holds no plays", shown);
    out->skipped = plays_skipped(plays);
    if (status == LTREC_OK)
        term_warn_skipped(path, out->skipped);
    out->users = plays_take_users(plays);
    out->items = plays_take_items(plays);
    return status;
}

int matrix_read(ltrec_context *ctx, const char *path, int skip_bad,
                struct matrix *out, ltrec_error *err)
{
    const struct plays_options options = {.skip_bad = skip_bad};
    struct plays *plays;
    int status;

    memset(out, 0, sizeof *out);
    term_doing("reading plays");
    status = plays_open(path, &options, &plays, err);
    if (status != LTREC_OK)
        return status;
    status = ltrec_interactions_create(ctx, NULL, &out->plays, err);
    if (status == LTREC_OK)
        status = read_all(plays, path, out, err);
    plays_close(plays);
    term_done();
    if (status != LTREC_OK)
        matrix_free(out);
    return status;
}

void matrix_free(struct matrix *matrix)
{
    ltrec_interactions_free(matrix->plays);
    names_free(matrix->users);
    names_free(matrix->items);
    memset(matrix, 0, sizeof *matrix);
}
