/*
 * cmd_recommend.c - ltrec recommend: what might this listener like?
 *
 * The listener's plays are folded in against the items' factors, which
 * explains them at least as well as a factor from an older factorization
 * would, and the items they have not played are ranked.
 */
#include <stdlib.h>
#include <string.h>

#include <ltrec/factorize.h>
#include <ltrec/recommend.h>

#include "answers.h"
#include "commands.h"
#include "interactions.h"
#include "library.h"
#include "term.h"

struct work {
    ltrec_context *ctx;
    const ltrec_factors *factors, *predicted;
    ltrec_factors *own_factors, *own_predicted; /* what is to be freed */
    struct library *library;
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
    ltrec_factors_free(work->own_factors);
    ltrec_factors_free(work->own_predicted);
    library_free(work->library);
    items_free(work->items);
    matrix_free(&work->matrix);
    free(work->listener);
    free(work->answers);
    ltrec_context_free(work->ctx);
}

static int read_vectors(struct work *work, struct args *args, ltrec_error *err)
{
    const char *factors = args_text(args, "factors", NULL);
    const char *predicted = args_text(args, "predicted", NULL);
    int status = LTREC_OK;

    if (factors)
        status = vectors_read(work->ctx, factors, &work->own_factors, err);
    if (status == LTREC_OK && predicted)
        status = vectors_read(work->ctx, predicted, &work->own_predicted, err);
    work->factors = work->own_factors;
    work->predicted = work->own_predicted;
    return status;
}

/*
 * A catalogue's factors are predictions beside those of the plays, or stand
 * for all there are.  Its tracks are called what the plays call them.
 */
static int use_catalog(struct work *work, const char *path, ltrec_error *err)
{
    int status = library_open(path, work->ctx, library_in_names,
                              work->matrix.items, &work->library, err);

    if (status != LTREC_OK)
        return status;
    if (!work->library->factors)
        return tool_fail(err, LTREC_ERR_STATE,
                         "%.100s: no track has factors; scan with --model",
                         path);
    if (work->factors)
        work->predicted = work->library->factors;
    else
        work->factors = work->library->factors;
    return LTREC_OK;
}

static int open_all(struct work *work, struct args *args, ltrec_error *err)
{
    const char *items = args_text(args, "items", NULL);
    const char *catalog = args_text(args, "catalog", NULL);
    int status = read_vectors(work, args, err);

    if (status == LTREC_OK && items)
        status = items_read(items, 0, &work->items, err);
    if (status == LTREC_OK)
        status = matrix_read(work->ctx, args_text(args, "plays", NULL),
                             args_has(args, "skip-bad"), &work->matrix, err);
    if (status == LTREC_OK && catalog)
        status = use_catalog(work, catalog, err);
    if (status == LTREC_OK && work->predicted &&
        (ltrec_factors_rank(work->predicted) !=
             ltrec_factors_rank(work->factors) ||
         ltrec_factors_model_id(work->predicted) !=
             ltrec_factors_model_id(work->factors)))
        status = tool_fail(err, LTREC_ERR_MISMATCH,
                           "%.100s: predictions of other factors than %.100s",
                           args_text(args, "predicted", catalog),
                           args_text(args, "factors", ""));
    work->titles.factors = work->factors;
    work->titles.more = work->predicted;
    work->titles.items =
        work->items || !work->library ? work->items : work->library->items;
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

static int ascending(const void *left, const void *right)
{
    uint64_t a, b;

    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

/* What the listener played, and the items that `better` has factors of. */
static uint64_t *excluded(const struct work *work, const ltrec_factors *better,
                          size_t *n)
{
    const uint64_t *all = ltrec_interactions_item_ids(work->matrix.plays);
    size_t n_better = better ? ltrec_factors_count(better) : 0;
    uint64_t *ids = tool_alloc(work->n_played + n_better, sizeof *ids);

    *n = 0;
    for (size_t i = 0; i < work->n_played; i++)
        ids[(*n)++] = all[work->played[i]];
    for (size_t i = 0; i < n_better; i++)
        if (ltrec_factors_norms(better)[i] > 0)
            ids[(*n)++] = ltrec_factors_ids(better)[i];
    qsort(ids, *n, sizeof *ids, ascending);
    return ids;
}

/* Append the `k` best of `from`, less what `better` has. */
static int rank(struct work *work, const ltrec_factors *from,
                const ltrec_factors *better, size_t k, int unplayed,
                ltrec_error *err)
{
    ltrec_recommend_options options;
    ltrec_index_filter filter;
    size_t n, n_excluded;
    uint64_t *not_these = excluded(work, better, &n_excluded);
    uint64_t *ids = tool_alloc(k, sizeof *ids);
    float *scores = tool_alloc(k, sizeof *scores);
    int status;

    ltrec_recommend_options_init(&options, sizeof options);
    ltrec_index_filter_init(&filter, sizeof filter);
    filter.excluded = not_these;
    filter.n_excluded = n_excluded;
    if (unplayed && ltrec_factors_plays(from))
        options.most_plays = 0;
    status = ltrec_recommend(work->ctx, from, work->listener, k, &filter,
                             &options, ids, scores, &n, err);
    for (size_t i = 0; status == LTREC_OK && i < n; i++)
        work->answers[work->n++] = (struct answer){
            ids[i], (double)scores[i], answers_plays(&work->titles, ids[i])};
    free(not_these);
    free(ids);
    free(scores);
    return status;
}

/* The best first, equal ones by id. */
static int compare(const void *left, const void *right)
{
    const struct answer *a = left, *b = right;

    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

static int recommend(struct work *work, struct args *args, size_t k,
                     ltrec_error *err)
{
    int unplayed = args_has(args, "unplayed");
    int status = open_all(work, args, err);

    if (status == LTREC_OK)
        status = find_listener(work, args_text(args, "user", NULL), err);
    if (status == LTREC_OK)
        status = fold_in(work, err);
    if (status != LTREC_OK)
        return status;
    work->answers = tool_alloc(2 * k, sizeof *work->answers);
    status = rank(work, work->factors, NULL, k, unplayed, err);
    if (status == LTREC_OK && work->predicted)
        status = rank(work, work->predicted, work->factors, k, unplayed, err);
    qsort(work->answers, work->n, sizeof *work->answers, compare);
    return status;
}

static int run(struct args *args)
{
    struct work work = {0};
    struct ranks ranks;
    ltrec_error err = {0};
    size_t k = answers_ranks(args, &ranks);
    int status;

    args_required(args, "user");
    args_required(args, "plays");
    if (!args_has(args, "catalog"))
        args_required(args, "factors");
    else if (args_has(args, "predicted"))
        args_wrong(args, "--predicted: --catalog has the predictions");
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        status = term_result(recommend(&work, args, k, &err), &err);
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
    {"catalog", "C.db", "of ltrec scan, for its tracks' predictions"},
    {"unplayed", NULL, "only items that nobody has played yet"},
    ANSWERS_OPTIONS,
    {"skip-bad", NULL, "count broken rows and go on"},
    {NULL, NULL, NULL},
};

const struct command command_recommend = {
    .name = "recommend",
    .summary = "what might this listener like?",
    .usage = "--user U --plays T --factors F [--predicted P | --catalog C.db] "
             "[-k N]",
    .options = options,
    .run = run,
};
