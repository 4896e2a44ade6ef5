/*
 * ensemble.c - the lists of all sources together, and of each of them alone
 */
#include "ensemble.h"

#include <stdlib.h>
#include <string.h>

#include <ltrec/evaluate.h>

#include "interactions.h"
#include "sources.h"
#include "term.h"
#include "training.h"

#define LIST 500

static void forget_models(struct ensemble *ensemble)
{
    ltrec_recommender_free(ensemble->recommender);
    ltrec_factors_free(ensemble->factors);
    ltrec_factors_free(ensemble->content);
    ltrec_itemitem_free(ensemble->itemitem);
    free(ensemble->sure);
    ensemble->recommender = NULL;
    ensemble->factors = NULL;
    ensemble->content = NULL;
    ensemble->itemitem = NULL;
    ensemble->sure = NULL;
}

void ensemble_free(struct ensemble *ensemble)
{
    forget_models(ensemble);
    split_free(&ensemble->plays);
    split_free(&ensemble->inner);
    items_free(ensemble->items);
    music_free(ensemble->music);
    listeners_free(&ensemble->listeners);
    free(ensemble->artists);
    free(ensemble->popularity);
    free(ensemble->counts);
    for (size_t i = 0; i < ensemble->n_rows; i++) {
        figures_free(&ensemble->rows[i].figures);
        spread_free(&ensemble->rows[i].spread);
    }
}

/* ---- Plays -------------------------------------------------------------- */

static int read_one(struct ensemble *ensemble, struct args *args,
                    const char *option, ltrec_interactions **out,
                    ltrec_error *err)
{
    return matrix_read_plays(ensemble->ctx, args_text(args, option, NULL),
                             args_has(args, "skip-bad"), out, NULL, err);
}

static int read_all(struct ensemble *ensemble, struct args *args,
                    ltrec_error *err)
{
    const char *items = args_text(args, "items", NULL);
    int has_tables = args_has(args, "attributes") ||
                     args_has(args, "genres") || args_has(args, "machine");
    int skip = args_has(args, "skip-bad"), status;

    if (args_has(args, "plays")) {
        status = split_read(ensemble->ctx, args_text(args, "plays", NULL),
                            skip, SPLIT_PAIRS, 5, ensemble->options.seed,
                            &ensemble->plays, err);
    } else {
        status =
            read_one(ensemble, args, "train", &ensemble->plays.train, err);
        if (status == LTREC_OK)
            status =
                read_one(ensemble, args, "test", &ensemble->plays.test, err);
    }
    if (status == LTREC_OK && items)
        status = items_read(items, skip, &ensemble->items, err);
    if (status == LTREC_OK && items && !has_tables)
        term_warn_skipped(items, items_skipped(ensemble->items));
    if (status == LTREC_OK && has_tables) {
        ensemble->music = music_create();
        status = tables_read(args, NULL, 0, ensemble->music, err);
    }
    if (status == LTREC_OK && !ensemble->given)
        status = split_plays(ensemble->ctx, ensemble->plays.train, SPLIT_PAIRS,
                             5, ensemble->options.seed, &ensemble->inner, err);
    return status;
}

/* What the tables say of the items of `plays`, in its numbers. */
static void describe_items(struct ensemble *ensemble,
                           const ltrec_interactions *plays)
{
    size_t n = ltrec_interactions_n_items(plays);
    const uint64_t *ids = ltrec_interactions_item_ids(plays);

    free(ensemble->artists);
    free(ensemble->popularity);
    free(ensemble->counts);
    ensemble->artists =
        ensemble->items ? tool_alloc(n, sizeof(uint64_t)) : NULL;
    ensemble->popularity = tool_alloc(n, sizeof *ensemble->popularity);
    ensemble->counts = tool_alloc(n, sizeof *ensemble->counts);
    for (size_t i = 0; i < n; i++) {
        const uint32_t *users;
        const float *counts;
        uint32_t number;
        size_t row = 0;

        ltrec_interactions_item_row(plays, i, &row, &users, &counts);
        ensemble->popularity[i] = (uint32_t)row;
        for (size_t j = 0; j < row; j++)
            ensemble->counts[i] += counts[j];
        if (ensemble->items &&
            names_find_id(items_names(ensemble->items), ids[i], &number)) {
            const char *artist =
                items_text(ensemble->items, number, ITEMS_ARTIST);

            if (*artist)
                ensemble->artists[i] = names_id_of(artist, strlen(artist));
        }
    }
}

/* ---- Models ------------------------------------------------------------- */

static int train(struct ensemble *ensemble, const ltrec_interactions *plays,
                 ltrec_error *err)
{
    ltrec_itemitem_options options;
    ltrec_factors *users = NULL;
    int status;

    term_doing("factorizing");
    forget_models(ensemble);
    describe_items(ensemble, plays);
    status = ltrec_factorize(ensemble->ctx, plays, &ensemble->options, &users,
                             &ensemble->factors, NULL, err);
    ltrec_factors_free(users);
    if (status == LTREC_OK && ensemble->music)
        status = ensemble_content(ensemble, err);
    ltrec_itemitem_options_init(&options, sizeof options);
    options.progress = term_progress;
    term_doing("item-item");
    if (status == LTREC_OK)
        status = ltrec_itemitem_fit(ensemble->ctx, plays, &options,
                                    &ensemble->itemitem, err);
    term_done();
    return status;
}

static int recommender(struct ensemble *ensemble,
                       const ltrec_interactions *plays, ltrec_error *err)
{
    ltrec_recommender_sources sources;
    ltrec_recommender_items items;

    ltrec_recommender_sources_init(&sources, sizeof sources);
    sources.factors = ensemble->factors;
    sources.content = ensemble->content;
    sources.confidence = ensemble->sure;
    sources.itemitem = ensemble->itemitem;
    ltrec_recommender_items_init(&items, sizeof items);
    items.n = ltrec_interactions_n_items(plays);
    items.ids = ltrec_interactions_item_ids(plays);
    items.artists = ensemble->artists;
    items.plays = ensemble->popularity;
    return ltrec_recommender_create(ensemble->ctx, &sources, &items,
                                    &ensemble->weights, &ensemble->recommender,
                                    err);
}

static int fit(struct ensemble *ensemble, ltrec_error *err)
{
    ltrec_recommender_fit_options options;
    int status = train(ensemble, ensemble->inner.train, err);

    if (status == LTREC_OK)
        status = recommender(ensemble, ensemble->inner.train, err);
    if (status != LTREC_OK)
        return status;
    ltrec_recommender_fit_options_init(&options, sizeof options);
    options.loss = ensemble->loss;
    options.progress = term_progress;
    term_doing("fitting weights");
    ensemble->report.size = sizeof ensemble->report;
    status = ltrec_recommender_fit(
        ensemble->recommender, ensemble->inner.train, ensemble->inner.test,
        &options, &ensemble->weights, &ensemble->report, err);
    term_done();
    return status;
}

/* ---- Lists -------------------------------------------------------------- */

static size_t make_list(const struct ensemble *ensemble,
                        const struct ensemble_row *row, size_t u,
                        uint64_t *ids, uint32_t *ranked, ltrec_error *err)
{
    const struct rows *before = &ensemble->listeners.before;
    const uint64_t *all = ltrec_interactions_item_ids(ensemble->plays.train);
    size_t first = (size_t)before->offsets[u];
    size_t n = (size_t)before->offsets[u + 1] - first, found = 0;
    float scores[LIST];
    ltrec_listener listener;
    ltrec_list_options list;

    for (size_t i = 0; i < n; i++)
        ids[i] = all[before->items[first + i]];
    ltrec_listener_init(&listener, sizeof listener);
    listener.n_played = n;
    listener.played = ids;
    listener.counts = before->counts + first;
    ltrec_list_options_init(&list, sizeof list);
    list.sources = row->sources;
    if (!row->discounted)
        list.discount = 0;
    else
        list.per_artist = ensemble->per_artist,
        list.diversity = ensemble->diversity;
    if (ltrec_recommender_list(ensemble->recommender, &listener, &list, LIST,
                               ids, scores, &found, err) != LTREC_OK)
        return SIZE_MAX;
    for (size_t i = 0; i < found; i++) {
        size_t number = 0;

        ltrec_interactions_find_item(ensemble->plays.train, ids[i], &number);
        ranked[i] = (uint32_t)number;
    }
    return found;
}

/* What they played after, less what they had played before. */
static size_t new_ones(const struct listeners *l, size_t u, uint32_t *out)
{
    size_t at = (size_t)l->before.offsets[u], n = 0;

    for (size_t i = (size_t)l->after.offsets[u];
         i < (size_t)l->after.offsets[u + 1]; i++) {
        uint32_t item = l->after.items[i];

        while (at < (size_t)l->before.offsets[u + 1] &&
               l->before.items[at] < item)
            at++;
        if (at == (size_t)l->before.offsets[u + 1] ||
            l->before.items[at] != item)
            out[n++] = item;
    }
    return n;
}

static int add_lists(struct ensemble *ensemble, struct ensemble_row *row,
                     ltrec_evaluation *evaluation, ltrec_error *err)
{
    const struct listeners *l = &ensemble->listeners;
    size_t most = ltrec_interactions_n_items(ensemble->plays.train) + LIST;
    size_t n =
        l->n < ensemble->most_listeners ? l->n : ensemble->most_listeners;
    uint64_t *ids = tool_alloc(most, sizeof *ids);
    uint32_t *relevant = tool_alloc(most, sizeof *relevant), ranked[LIST];
    int status = LTREC_OK;

    for (size_t i = 0; i < n && status == LTREC_OK; i++) {
        size_t u = (size_t)((double)i * (double)l->n / (double)n);
        size_t n_relevant = new_ones(l, u, relevant), found;

        if (term_progress(NULL, i, n) != 0)
            status = tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
        if (n_relevant == 0 || status != LTREC_OK)
            continue;
        found = make_list(ensemble, row, u, ids, ranked, err);
        if (found == SIZE_MAX) {
            status = LTREC_ERR_STATE; /* err has it */
            continue;
        }
        spread_add(&row->spread, found, ranked, n_relevant, relevant);
        status = ltrec_evaluation_add(evaluation, found, ranked, n_relevant,
                                      relevant, err);
    }
    free(ids);
    free(relevant);
    return status;
}

static int evaluate(struct ensemble *ensemble, const char *name,
                    uint32_t sources, int discounted, ltrec_error *err)
{
    struct ensemble_row *row = &ensemble->rows[ensemble->n_rows++];
    size_t n_items = ltrec_interactions_n_items(ensemble->plays.train);
    ltrec_evaluation_options options;
    ltrec_evaluation *evaluation = NULL;
    int status;

    row->name = name;
    row->sources = sources;
    row->discounted = discounted;
    spread_start(&row->spread, n_items, ensemble->popularity,
                 ensemble->artists,
                 ltrec_interactions_n_users(ensemble->plays.train));
    ltrec_evaluation_options_init(&options, sizeof options);
    options.plays = ensemble->counts;
    options.listeners = 1;
    term_doing(name);
    status = ltrec_evaluation_create(ensemble->ctx, n_items, &options,
                                     &evaluation, err);
    if (status == LTREC_OK)
        status = add_lists(ensemble, row, evaluation, err);
    if (status == LTREC_OK)
        status = figures_take(ensemble->ctx, evaluation, name,
                              ensemble->options.seed, &row->figures, err);
    ltrec_evaluation_free(evaluation);
    term_done();
    return status;
}

static int evaluate_all(struct ensemble *ensemble, ltrec_error *err)
{
    uint32_t all = ltrec_recommender_sources_of(ensemble->recommender);
    int status = evaluate(ensemble, "ensemble", all, 1, err);

    if (status == LTREC_OK)
        status = evaluate(ensemble, "no discount", all, 0, err);
    for (int s = 0; s < LTREC_SOURCES && status == LTREC_OK; s++)
        if (all & 1u << s)
            status = evaluate(ensemble, source_names[s], 1u << s, 0, err);
    for (size_t i = 1; i < ensemble->n_rows && status == LTREC_OK; i++)
        status = figures_compare(ensemble->ctx, &ensemble->rows[i].figures,
                                 &ensemble->rows[0].figures,
                                 ensemble->options.seed, err);
    return status;
}

int ensemble_evaluate(struct ensemble *ensemble, struct args *args,
                      ltrec_error *err)
{
    int status = read_all(ensemble, args, err);

    if (status == LTREC_OK && !ensemble->given)
        status = fit(ensemble, err);
    if (status == LTREC_OK)
        status = train(ensemble, ensemble->plays.train, err);
    if (status == LTREC_OK)
        status = recommender(ensemble, ensemble->plays.train, err);
    if (status == LTREC_OK)
        status =
            listeners_find(ensemble->plays.train, ensemble->plays.train,
                           ensemble->plays.test, &ensemble->listeners, err);
    return status == LTREC_OK ? evaluate_all(ensemble, err) : status;
}
