/*
 * cmd_recommend.c - ltrec recommend: what might this listener like?
 *
 * The listener's plays are folded in against the items' factors, which
 * explains them at least as well as a factor from an older factorization
 * would, and every item they have not played is ranked by its dot product.
 */
#include <stdlib.h>
#include <string.h>

#include <ltrec/factorize.h>

#include "answers.h"
#include "commands.h"
#include "interactions.h"
#include "term.h"

struct work {
    ltrec_context *ctx;
    ltrec_factors *factors, *predicted;
    struct items *items;
    struct matrix matrix;
    struct titles titles;
    float *listener;        /* [rank] */
    const uint32_t *played; /* [n_played], items by number */
    const float *counts;    /* [n_played] */
    size_t n_played;
    struct answer *answers;
    size_t n;
};

static void finish(struct work *work)
{
    ltrec_factors_free(work->factors);
    ltrec_factors_free(work->predicted);
    items_free(work->items);
    matrix_free(&work->matrix);
    free(work->listener);
    free(work->answers);
    ltrec_context_free(work->ctx);
}

static int open_all(struct work *work, struct args *args, ltrec_error *err)
{
    const char *predicted = args_text(args, "predicted", NULL);
    const char *items = args_text(args, "items", NULL);
    int status = vectors_read(work->ctx, args_text(args, "factors", NULL),
                              &work->factors, err);

    if (status == LTREC_OK && predicted)
        status = vectors_read(work->ctx, predicted, &work->predicted, err);
    if (status == LTREC_OK && predicted &&
        (ltrec_factors_rank(work->predicted) !=
             ltrec_factors_rank(work->factors) ||
         ltrec_factors_model_id(work->predicted) !=
             ltrec_factors_model_id(work->factors)))
        status = tool_fail(err, LTREC_ERR_MISMATCH,
                           "%.100s: predictions of other factors than %.100s",
                           predicted, args_text(args, "factors", ""));
    if (status == LTREC_OK && items)
        status = items_read(items, 0, &work->items, err);
    if (status == LTREC_OK)
        status = matrix_read(work->ctx, args_text(args, "plays", NULL),
                             args_has(args, "skip-bad"), &work->matrix, err);
    work->titles.factors = work->factors;
    work->titles.more = work->predicted;
    work->titles.items = work->items;
    return status;
}

/* ---- The listener ------------------------------------------------------- */

static int find_listener(struct work *work, const char *name, ltrec_error *err)
{
    const ltrec_interactions *plays = work->matrix.plays;
    size_t user;

    if (ltrec_interactions_find_user(plays, names_id_of(name, strlen(name)),
                                     &user) != LTREC_OK)
        return tool_fail(err, LTREC_ERR_ARGUMENT, "no listener '%.100s'",
                         name);
    return ltrec_interactions_user_row(plays, user, &work->n_played,
                                       &work->played, &work->counts);
}

static int fold_in(struct work *work, ltrec_error *err)
{
    const uint64_t *all = ltrec_interactions_item_ids(work->matrix.plays);
    uint64_t *ids = tool_alloc(work->n_played, sizeof *ids);
    ltrec_foldin *foldin;
    size_t known = 0;
    int status;

    work->listener =
        tool_alloc(ltrec_factors_rank(work->factors), sizeof *work->listener);
    for (size_t i = 0; i < work->n_played; i++)
        ids[i] = all[work->played[i]];
    status = ltrec_foldin_create(work->ctx, work->factors, NULL, &foldin, err);
    if (status == LTREC_OK)
        status = ltrec_foldin_solve(foldin, work->n_played, ids, work->counts,
                                    NULL, work->listener, &known, err);
    ltrec_foldin_free(foldin);
    free(ids);
    if (status == LTREC_OK && known == 0)
        return tool_fail(err, LTREC_ERR_ARGUMENT,
                         "of what this listener played, nothing has factors");
    return status;
}

/* ---- The items ---------------------------------------------------------- */

static int has_played(const struct work *work, uint64_t id)
{
    size_t item;

    if (ltrec_interactions_find_item(work->matrix.plays, id, &item) !=
        LTREC_OK)
        return 0;
    for (size_t i = 0; i < work->n_played; i++)
        if (work->played[i] == item)
            return 1;
    return 0;
}

static int is_known(const ltrec_factors *factors, uint64_t id)
{
    size_t row;

    return ltrec_factors_find(factors, id, &row) == LTREC_OK &&
           ltrec_factors_norms(factors)[row] > 0;
}

/* Score the rows of `from`, less those that `better` has. */
static void score(struct work *work, const ltrec_factors *from,
                  const ltrec_factors *better, int unplayed_only)
{
    size_t n = ltrec_factors_count(from), rank = ltrec_factors_rank(from);

    for (size_t i = 0; i < n; i++) {
        const float *row = ltrec_factors_vectors(from) + i * rank;
        uint64_t id = ltrec_factors_ids(from)[i];
        int64_t plays = answers_plays(&work->titles, id);
        double sum = 0;

        if (!(ltrec_factors_norms(from)[i] > 0) ||
            (unplayed_only && plays > 0) || (better && is_known(better, id)) ||
            has_played(work, id))
            continue;
        for (size_t j = 0; j < rank; j++)
            sum += (double)row[j] * (double)work->listener[j];
        work->answers[work->n++] = (struct answer){id, sum, plays};
    }
}

/* The best first, equal ones by id. */
static int compare(const void *left, const void *right)
{
    const struct answer *a = left, *b = right;

    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

static int recommend(struct work *work, struct args *args, ltrec_error *err)
{
    int unplayed = args_has(args, "unplayed");
    size_t most;
    int status = open_all(work, args, err);

    if (status == LTREC_OK)
        status = find_listener(work, args_text(args, "user", NULL), err);
    if (status == LTREC_OK)
        status = fold_in(work, err);
    if (status != LTREC_OK)
        return status;
    most = ltrec_factors_count(work->factors);
    if (work->predicted)
        most += ltrec_factors_count(work->predicted);
    work->answers = tool_alloc(most, sizeof *work->answers);
    score(work, work->factors, NULL, unplayed);
    if (work->predicted)
        score(work, work->predicted, work->factors, unplayed);
    if (work->n > 0)
        qsort(work->answers, work->n, sizeof *work->answers, compare);
    return LTREC_OK;
}

static int run(struct args *args)
{
    struct work work = {0};
    struct ranks ranks;
    ltrec_error err = {0};
    int status;

    args_required(args, "user");
    args_required(args, "factors");
    args_required(args, "plays");
    answers_ranks(args, &ranks);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        status = term_result(recommend(&work, args, &err), &err);
    if (status == EXIT_DONE)
        answers_print(args, &ranks, &work.titles, "score", work.n,
                      work.answers);
    finish(&work);
    return status;
}

static const struct args_option options[] = {
    {"user", "U", "the listener"},
    {"plays", "T", "table of user, item, count with the listener in it"},
    {"factors", "F", "the factor file of the items"},
    {"predicted", "P", "a factor file of predictions, for what F has not"},
    {"unplayed", NULL, "only items that nobody has played yet"},
    ANSWERS_OPTIONS,
    {"skip-bad", NULL, "count broken rows and go on"},
    {NULL, NULL, NULL},
};

const struct command command_recommend = {
    .name = "recommend",
    .summary = "what might this listener like?",
    .usage = "--user U --plays T --factors F [--predicted P] [-k N]",
    .options = options,
    .run = run,
};
