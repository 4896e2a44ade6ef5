/*
 * 05_recommend.c - what may this listener like?
 *
 * For a listener who was there when plays were factorized, and for a new one
 * of whom two plays are known: they are folded in, which takes microseconds
 * and changes nothing else.
 *
 *     cc 05_recommend.c $(pkg-config --cflags --libs ltrec)
 */
#include <stdio.h>
#include <stdlib.h>

#include <ltrec/ltrec.h>

enum {
    RANK = 4,
    ANSWERS = 2
};

static const char *const titles[] = {"Blue Bossa", "So What",  "Naima",
                                     "Take Five",  "Paranoid", "Overkill",
                                     "Iron Man"};

/* Who played what, once each; items in the order of titles. */
static const uint64_t users[] = {1, 1, 1, 2, 2, 2, 3, 3, 3,
                                 4, 4, 4, 5, 5, 5, 6, 6, 6};
static const uint64_t items[] = {0, 1, 2, 0, 1, 3, 1, 2, 3,
                                 4, 5, 6, 4, 6, 3, 5, 6, 4};
enum {
    PLAYS = sizeof users / sizeof *users
};

static int factorize(ltrec_context *ctx, ltrec_factors **listeners,
                     ltrec_factors **tracks, ltrec_error *err)
{
    ltrec_interactions *plays = NULL;
    ltrec_factorize_options options;
    float once[PLAYS];
    int status = ltrec_interactions_create(ctx, NULL, &plays, err);

    for (size_t i = 0; i < PLAYS; i++)
        once[i] = 1;
    ltrec_factorize_options_init(&options, sizeof options);
    options.rank = RANK;
    if (status == LTREC_OK)
        status = ltrec_interactions_add(plays, PLAYS, users, items, once, err);
    if (status == LTREC_OK)
        status = ltrec_interactions_finish(plays, NULL, NULL, err);
    if (status == LTREC_OK)
        status = ltrec_factorize(ctx, plays, &options, listeners, tracks, NULL,
                                 err);
    ltrec_interactions_free(plays);
    return status;
}

/* The best tracks for a vector, without those that were played. */
static int recommend(ltrec_context *ctx, const ltrec_factors *tracks,
                     const float *listener, const uint64_t *played, size_t n,
                     ltrec_error *err)
{
    ltrec_index_filter filter;
    uint64_t ids[ANSWERS];
    float scores[ANSWERS];
    size_t n_found = 0;
    int status;

    ltrec_index_filter_init(&filter, sizeof filter);
    filter.excluded = played; /* ascending */
    filter.n_excluded = n;
    status = ltrec_recommend(ctx, tracks, listener, ANSWERS, &filter, NULL,
                             ids, scores, &n_found, err);
    for (size_t i = 0; i < n_found; i++)
        printf("  %-10s  %.2f\n", titles[ids[i]], (double)scores[i]);
    return status;
}

static int recommend_to_both(ltrec_context *ctx,
                             const ltrec_factors *listeners,
                             const ltrec_factors *tracks, ltrec_error *err)
{
    static const uint64_t second[] = {0, 1, 3}, new_one[] = {4, 5};
    ltrec_foldin *foldin = NULL;
    float vector[RANK];
    size_t row = 0;
    int status = ltrec_factors_find(listeners, 2, &row);

    printf("listener 2, who played Blue Bossa, So What and Take Five:\n");
    if (status == LTREC_OK)
        status = recommend(ctx, tracks,
                           ltrec_factors_vectors(listeners) + row * RANK,
                           second, 3, err);
    if (status == LTREC_OK)
        status = ltrec_foldin_create(ctx, tracks, NULL, &foldin, err);
    if (status == LTREC_OK)
        status = ltrec_foldin_solve(foldin, 2, new_one, NULL, NULL, vector,
                                    NULL, err);
    printf("somebody new, who played Paranoid and Overkill:\n");
    if (status == LTREC_OK)
        status = recommend(ctx, tracks, vector, new_one, 2, err);
    ltrec_foldin_free(foldin);
    return status;
}

int main(void)
{
    ltrec_context *ctx = NULL;
    ltrec_factors *listeners = NULL, *tracks = NULL;
    ltrec_error err = {0, ""};
    int status = ltrec_context_create(NULL, &ctx, &err);

    if (status == LTREC_OK)
        status = factorize(ctx, &listeners, &tracks, &err);
    if (status == LTREC_OK)
        status = recommend_to_both(ctx, listeners, tracks, &err);
    if (status != LTREC_OK)
        fprintf(stderr, "%s\n", err.message);

    ltrec_factors_free(tracks);
    ltrec_factors_free(listeners);
    ltrec_context_free(ctx);
    return status == LTREC_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
