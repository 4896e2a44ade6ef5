/*
 * cmd_similar.c - ltrec similar: which tracks are like this one?
 */
#include <stdlib.h>

#include <ltrec/index.h>
#include <ltrec/path.h>

#include "answers.h"
#include "commands.h"
#include "library.h"
#include "rules.h"
#include "sonic.h"
#include "term.h"

struct work {
    ltrec_context *ctx;
    ltrec_factors *factors, *predicted;
    ltrec_index *index;
    struct items *items;
    struct library *library;
    struct titles titles;
};

static void finish(struct work *work)
{
    ltrec_index_free(work->index);
    library_free(work->library);
    ltrec_factors_free(work->factors);
    ltrec_factors_free(work->predicted);
    items_free(work->items);
    ltrec_context_free(work->ctx);
}

/* Predictions stand in for those items that have no factor of their own. */
static int add_predicted(struct work *work, const ltrec_factors *p,
                         ltrec_error *err)
{
    size_t n = ltrec_factors_count(p), rank = ltrec_factors_rank(p);
    int status =
        ltrec_index_check_model(work->index, ltrec_factors_model_id(p), err);

    if (status == LTREC_OK)
        status = ltrec_index_check_features(
            work->index, ltrec_factors_feature_version(p), err);
    if (status == LTREC_OK && rank != ltrec_index_dim(work->index))
        status = tool_fail(err, LTREC_ERR_MISMATCH,
                           "predictions of %zu floats, wanted %zu", rank,
                           ltrec_index_dim(work->index));
    for (size_t i = 0; i < n && status == LTREC_OK; i++) {
        const uint64_t *id = ltrec_factors_ids(p) + i;

        if (ltrec_factors_norms(p)[i] > 0 &&
            !ltrec_index_contains(work->index, *id))
            status = ltrec_index_add(work->index, 1, id,
                                     ltrec_factors_vectors(p) + i * rank, err);
    }
    return status;
}

/* A catalogue's factors, named as those are that there may be of plays. */
static int open_catalog(struct work *work, struct args *args, ltrec_error *err)
{
    int status = library_open(args_text(args, "catalog", NULL), work->ctx,
                              work->factors ? library_in_factors : NULL,
                              work->factors, &work->library, err);

    if (status == LTREC_OK && !work->library->factors)
        status = tool_fail(err, LTREC_ERR_STATE,
                           "%.100s: no track has factors; scan with --model",
                           args_text(args, "catalog", NULL));
    return status;
}

static int open_all(struct work *work, struct args *args, ltrec_error *err)
{
    const char *factors = args_text(args, "factors", NULL);
    const char *predicted = args_text(args, "predicted", NULL);
    const char *index = args_text(args, "index", NULL);
    const char *items = args_text(args, "items", NULL);
    size_t left_out;
    int status = LTREC_OK;

    if (factors)
        status = vectors_read(work->ctx, factors, &work->factors, err);
    if (status == LTREC_OK && predicted)
        status = vectors_read(work->ctx, predicted, &work->predicted, err);
    if (status == LTREC_OK && items)
        status = items_read(items, 0, &work->items, err);
    if (status == LTREC_OK && args_has(args, "catalog"))
        status = open_catalog(work, args, err);
    if (status == LTREC_OK && index)
        status = ltrec_index_load(work->ctx, index, &work->index, err);
    else if (status == LTREC_OK)
        status = vectors_index(
            work->ctx, work->factors ? work->factors : work->library->factors,
            1, &work->index, &left_out, err);
    if (status == LTREC_OK && predicted)
        status = add_predicted(work, work->predicted, err);
    if (status == LTREC_OK && work->library)
        status = add_predicted(work, work->library->factors, err);
    work->titles.factors = work->factors;
    work->titles.more = work->predicted;
    work->titles.items =
        work->items || !work->library ? work->items : work->library->items;
    return status;
}

/* What the factors call so comes first, then what the catalogue does. */
static int find_track(const struct work *work, const char *item, uint64_t *id,
                      ltrec_error *err)
{
    size_t row;

    if (work->factors &&
        ltrec_factors_find(work->factors, *id, &row) == LTREC_OK)
        return LTREC_OK;
    return library_find(work->library, item, id, err);
}

static int answer(struct work *work, struct args *args,
                  const struct ranks *ranks, size_t k, ltrec_error *err)
{
    const char *item = args_word(args, 0);
    uint64_t id = titles_id(work->index, item);
    struct answer *answers;
    uint64_t *ids;
    float *scores;
    size_t n;
    int status;

    if (work->library && (status = find_track(work, item, &id, err)) < 0)
        return status;
    if (!ltrec_index_contains(work->index, id))
        return tool_fail(err, LTREC_ERR_ARGUMENT,
                         "no item '%.100s' with factors", item);
    if (k > ltrec_index_count(work->index))
        k = ltrec_index_count(work->index);
    ids = tool_alloc(k, sizeof *ids);
    scores = tool_alloc(k, sizeof *scores);
    answers = tool_alloc(k, sizeof *answers);
    status = ltrec_index_search_id(work->index, id, k, NULL, ids, scores, &n);
    for (size_t i = 0; status == LTREC_OK && i < n; i++) {
        answers[i].id = ids[i];
        answers[i].score = (double)scores[i];
        answers[i].plays = answers_plays(&work->titles, ids[i]);
    }
    if (status == LTREC_OK)
        answers_print(args, ranks, &work->titles, "similarity", n, answers);
    else
        tool_fail(err, status, "similar: %s", ltrec_status_name(status));
    free(ids);
    free(scores);
    free(answers);
    return status;
}

/* ---- Under rules -------------------------------------------------------- */

/*
 * The neighbours by a recommender asked by its vectors alone, which is the
 * order of cosines, under the rules.
 */
static int list_under_rules(struct rules *rules, const struct sources *s,
                            struct args *args, size_t *k, uint64_t *ids,
                            uint64_t *seed, ltrec_error *err)
{
    ltrec_listener listener;
    float *scores = tool_alloc(*k, sizeof *scores);
    double one;
    int status = sources_find(s, args_word(args, 0), seed, err);

    if (status == LTREC_OK &&
        ltrec_recommender_cosine(s->recommender, *seed, *seed, &one) < 0)
        status =
            tool_fail(err, LTREC_ERR_ARGUMENT, "no item '%.100s' with factors",
                      args_word(args, 0));
    ltrec_listener_init(&listener, sizeof listener);
    listener.n_seeds = 1;
    listener.seeds = seed;
    rules->list.sources =
        1u << (s->factors ? LTREC_SOURCE_FACTORS : LTREC_SOURCE_CONTENT);
    if (status == LTREC_OK)
        status = rules_read(rules, args, s, err);
    if (status == LTREC_OK &&
        rules->n_liked + rules->n_disliked + rules->n_seeds > 0)
        status = tool_fail(err, LTREC_ERR_ARGUMENT,
                           "%.100s: like, dislike and seed are of a listener, "
                           "for ltrec recommend",
                           args_text(args, "rules", ""));
    if (status == LTREC_OK)
        status = ltrec_recommender_list(s->recommender, &listener,
                                        &rules->list, *k, ids, scores, k, err);
    free(scores);
    return status;
}

static double cosine_with(const struct sources *s, uint64_t seed, uint64_t id)
{
    double cosine = 0;

    ltrec_recommender_cosine(s->recommender, seed, id, &cosine);
    return cosine;
}

static void print_under_rules(const struct sources *s, struct args *args,
                              const struct ranks *ranks, uint64_t seed,
                              size_t n, const uint64_t *ids)
{
    struct answer *answers = tool_alloc(n, sizeof *answers);
    struct sonic_match *matches = tool_alloc(n, sizeof *matches);

    for (size_t i = 0; i < n; i++) {
        double cosine = cosine_with(s, seed, ids[i]);

        answers[i].id = matches[i].id = ids[i];
        answers[i].score = cosine;
        answers[i].plays = answers_plays(&s->titles, ids[i]);
        matches[i].similarity = ltrec_similarity(cosine);
    }
    if (args_has(args, "opensubsonic"))
        sonic_print(&s->titles, n, matches);
    else
        answers_print(args, ranks, &s->titles, "similarity", n, answers);
    free(answers);
    free(matches);
}

static int answer_under_rules(ltrec_context *ctx, struct args *args,
                              const struct ranks *ranks, size_t k,
                              struct rules *rules, ltrec_error *err)
{
    struct sources s = {.ctx = ctx};
    uint64_t *ids = NULL, seed;
    int status = sources_open(&s, args, err);

    if (status == LTREC_OK) {
        k = k < s.n ? k : s.n;
        ids = tool_alloc(k, sizeof *ids);
        status = list_under_rules(rules, &s, args, &k, ids, &seed, err);
    }
    if (status == LTREC_OK)
        print_under_rules(&s, args, ranks, seed, k, ids);
    else if (args_has(args, "opensubsonic"))
        sonic_print_failure(70, err->message);
    free(ids);
    sources_close(&s);
    return status;
}

/* Factors and predictions of one track are one vector: the recommender's. */
static int blends(const struct args *args)
{
    return args_has(args, "factors") && !args_has(args, "index") &&
           (args_has(args, "predicted") || args_has(args, "catalog"));
}

static int run(struct args *args)
{
    struct work work = {0};
    struct rules rules;
    struct ranks ranks;
    ltrec_error err = {0};
    size_t k = answers_ranks(args, &ranks);
    int ruled =
        rules_given(args) || args_has(args, "opensubsonic") || blends(args);
    int status;

    if (!args_has(args, "factors") && !args_has(args, "index") &&
        !args_has(args, "catalog"))
        args_wrong(args, "--factors, --index or --catalog is missing");
    rules_options(args, &rules);
    rules.list.one_recording =
        rules_given(args) || args_has(args, "opensubsonic");
    if (ruled && args_has(args, "index"))
        args_wrong(args, "rules need --factors or --catalog, not --index");
    else if (ruled)
        sources_check(args);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &work.ctx);
    if (status == EXIT_DONE && ruled)
        status = term_result(
            answer_under_rules(work.ctx, args, &ranks, k, &rules, &err), &err);
    else if (status == EXIT_DONE)
        status = term_result(open_all(&work, args, &err), &err);
    if (status == EXIT_DONE && !ruled)
        status = term_result(answer(&work, args, &ranks, k, &err), &err);
    rules_free(&rules);
    finish(&work);
    return status;
}

static const struct args_option options[] = {
    {"factors", "F", "a factor file; with --index for the names only"},
    {"predicted", "P", "a factor file of predictions, for what has few plays"},
    {"index", "X", "an index file, instead of one made from --factors"},
    {"catalog", "C.db", "of ltrec scan; ITEM is a path, id or names"},
    RULES_OPTIONS,
    {"opensubsonic", NULL, "the answer to getSonicSimilarTracks, as JSON"},
    ANSWERS_OPTIONS,
    {NULL, NULL, NULL},
};

const struct command command_similar = {
    .name = "similar",
    .summary = "which tracks are like this one?",
    .usage = "ITEM --catalog C.db | --factors F | --index X [--items T] "
             "[-k N]",
    .details =
        "With rules, and a table of items, no recording comes twice either: "
        "artist and\ntitle, without case and signs.  With both factors and "
        "predictions a track's\nvector leans on the one that says more.\n",
    .options = options,
    .min_words = 1,
    .max_words = 1,
    .run = run,
};
