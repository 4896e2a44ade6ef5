/*
 * cmd_recommend.c - ltrec recommend: what might this listener like?
 *
 * The listener's plays are folded in against the items' factors, which
 * explains them at least as well as a factor from an older factorization
 * would; what all sources say of the items they have not played makes a list
 * under the rules given.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/explain.h>

#include "answers.h"
#include "commands.h"
#include "json.h"
#include "rules.h"
#include "term.h"
#include "why.h"

struct work {
    struct sources sources;
    struct rules rules;
    ltrec_listener listener;
    uint64_t *played; /* [listener.n_played] */
    struct answer *answers;
    struct why *whys; /* [n], with --why */
    size_t n;
};

static void finish(struct work *work)
{
    ltrec_context *ctx = work->sources.ctx;

    for (size_t i = 0; i < work->n; i++)
        json_decref(work->answers[i].more);
    sources_close(&work->sources);
    rules_free(&work->rules);
    free(work->played);
    free(work->answers);
    free(work->whys);
    ltrec_context_free(ctx);
}

/* ---- The listener ------------------------------------------------------- */

static size_t has_factors(const struct sources *s, uint64_t id)
{
    size_t row;

    return (s->factors &&
            ltrec_factors_find(s->factors, id, &row) == LTREC_OK) ||
           (s->predicted &&
            ltrec_factors_find(s->predicted, id, &row) == LTREC_OK);
}

/* By an example of either, which shows that they are from two worlds. */
static int explain_strangers(const struct work *work, uint64_t played,
                             ltrec_error *err)
{
    const struct sources *s = &work->sources;
    const ltrec_factors *f = s->factors ? s->factors : s->predicted;
    const char *known =
        f && ltrec_factors_count(f) > 0 ? ltrec_factors_name(f, 0) : NULL;
    uint32_t number;

    return tool_fail(err, LTREC_ERR_ARGUMENT,
                     "of what this listener played, such as '%.60s', nothing "
                     "has factors%s%.60s%s",
                     names_find_id(s->plays.items, played, &number)
                         ? names_text(s->plays.items, number)
                         : "",
                     known ? ", as '" : "", known ? known : "",
                     known ? "' has" : "");
}

static int find_listener(struct work *work, const char *name, ltrec_error *err)
{
    const ltrec_interactions *plays = work->sources.plays.plays;
    const uint64_t *ids = ltrec_interactions_item_ids(plays);
    ltrec_listener *l = &work->listener;
    const uint32_t *items;
    size_t user, known = 0;
    int status = matrix_find_listener(&work->sources.plays, name, &user, err);

    ltrec_listener_init(l, sizeof *l);
    if (status != LTREC_OK)
        return status;
    ltrec_interactions_user_row(plays, user, &l->n_played, &items, &l->counts);
    work->played = tool_alloc(l->n_played, sizeof *work->played);
    for (size_t i = 0; i < l->n_played; i++)
        work->played[i] = ids[items[i]];
    for (size_t i = 0; i < l->n_played; i++)
        known += has_factors(&work->sources, work->played[i]);
    if (known == 0)
        return explain_strangers(work, work->played[0], err);
    l->played = work->played;
    l->n_liked = work->rules.n_liked;
    l->liked = work->rules.liked;
    l->n_disliked = work->rules.n_disliked;
    l->disliked = work->rules.disliked;
    l->n_seeds = work->rules.n_seeds;
    l->seeds = work->rules.seeds;
    return LTREC_OK;
}

/* ---- The list ----------------------------------------------------------- */

static int explain(struct work *work, struct args *args, size_t i,
                   ltrec_error *err)
{
    struct why *why = &work->whys[i];
    int status;

    why->parts.size = sizeof why->parts;
    status = ltrec_recommender_explain(
        work->sources.recommender, &work->listener, &work->rules.list,
        work->answers[i].id, &why->parts, WHY_BECAUSE, why->because,
        why->shares, &why->n, err);
    if (status == LTREC_OK && args_has(args, "json"))
        work->answers[i].more = why_json(why, &work->sources.titles);
    return status;
}

static int make_list(struct work *work, struct args *args, size_t k,
                     ltrec_error *err)
{
    uint64_t *ids = tool_alloc(k, sizeof *ids);
    float *scores = tool_alloc(k, sizeof *scores);
    int status;

    work->answers = tool_alloc(k, sizeof *work->answers);
    work->whys = tool_alloc(k, sizeof *work->whys);
    status = ltrec_recommender_list(work->sources.recommender, &work->listener,
                                    &work->rules.list, k, ids, scores,
                                    &work->n, err);
    for (size_t i = 0; status == LTREC_OK && i < work->n; i++) {
        struct answer *a = &work->answers[i];

        a->id = ids[i];
        a->score = (double)scores[i];
        a->plays = answers_plays(&work->sources.titles, ids[i]);
        if (args_has(args, "why"))
            status = explain(work, args, i, err);
    }
    free(ids);
    free(scores);
    return status;
}

static int recommend(struct work *work, struct args *args, size_t k,
                     ltrec_error *err)
{
    int status = sources_open(&work->sources, args, err);

    if (status == LTREC_OK)
        status = rules_read(&work->rules, args, &work->sources, err);
    if (status == LTREC_OK)
        status = find_listener(work, args_text(args, "user", NULL), err);
    if (status != LTREC_OK)
        return status;
    if (k > work->sources.n)
        k = work->sources.n;
    return make_list(work, args, k, err);
}

/* Below the table, place by place. */
static void print_whys(const struct work *work, const struct ranks *ranks)
{
    for (size_t i = 0; i < ranks->n; i++)
        for (size_t r = ranks->first[i]; r <= ranks->last[i] && r <= work->n;
             r++) {
            char place[32];

            snprintf(place, sizeof place, "%5zu  ", r);
            why_print(&work->whys[r - 1], &work->sources.titles, place);
        }
}

/* An empty list should not look like a listener whom nothing suits. */
static void warn_played(const struct work *work, const struct args *args)
{
    if (work->n == 0 && args_has(args, "unplayed"))
        term_warn("nothing is left that nobody has played: such tracks come "
                  "with --predicted or --catalog");
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
    sources_check(args);
    rules_options(args, &work.rules);
    if (args_has(args, "unplayed"))
        work.rules.list.most_plays = 0;
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &work.sources.ctx);
    if (status == EXIT_DONE)
        status = term_result(recommend(&work, args, k, &err), &err);
    if (status == EXIT_DONE)
        answers_print(args, &ranks, &work.sources.titles, "score", work.n,
                      work.answers);
    if (status == EXIT_DONE && args_has(args, "why") &&
        !args_has(args, "json"))
        print_whys(&work, &ranks);
    if (status == EXIT_DONE)
        warn_played(&work, args);
    finish(&work);
    return status;
}

static const struct args_option options[] = {
    {"user", "U", "the listener"},
    {"plays", "T", "table of user, item, count with the listener in it"},
    SOURCES_OPTIONS,
    SOURCES_CATALOG,
    {"unplayed", NULL, "only items that nobody has played yet"},
    RULES_OPTIONS,
    {"why", NULL, "what each score is made of"},
    ANSWERS_OPTIONS,
    {"skip-bad", NULL, "count broken rows and go on"},
    {NULL, NULL, NULL},
};

const struct command command_recommend = {
    .name = "recommend",
    .summary = "what might this listener like?",
    .usage =
        "--user U --plays T [--factors F] [--catalog C.db | --predicted P] "
        "[-k N]",
    .details =
        "Scores are sums over the sources: factors, with predictions leaning "
        "in where\nplays are few, content, the artist, and an item-item "
        "model.  With a table of\nitems no recording comes twice: artist and "
        "title, without case and signs.\nltrec evaluate recommend finds "
        "--weights.\n",
    .options = options,
    .run = run,
};
