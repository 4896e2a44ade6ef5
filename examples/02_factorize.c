/*
 * 02_factorize.c - from plays to neighbours
 *
 * Six listeners, seven tracks.  Nothing says what the tracks are, only who
 * played them; factorizing finds that there are two kinds of them.
 *
 *     cc 02_factorize.c $(pkg-config --cflags --libs ltrec)
 */
#include <stdio.h>
#include <stdlib.h>

#include <ltrec/ltrec.h>

static const char *const titles[] = {
    "Blue Bossa", "So What",  "Naima",    "Take Five",
    "Paranoid",   "Overkill", "Iron Man",
};

/* Who played what, and how often: the first three like jazz. */
static const struct {
    uint64_t user, item;
    float count;
} plays[] = {
    {1, 0, 12}, {1, 1, 9}, {1, 2, 4}, {2, 0, 3},  {2, 1, 7}, {2, 3, 5},
    {3, 1, 2},  {3, 2, 8}, {3, 3, 6}, {4, 4, 20}, {4, 5, 3}, {4, 6, 9},
    {5, 4, 4},  {5, 6, 7}, {5, 3, 1}, {6, 5, 11}, {6, 6, 2}, {6, 4, 5},
};

static int read_plays(ltrec_interactions *table, ltrec_error *err)
{
    int status = LTREC_OK;

    for (size_t i = 0; i < sizeof plays / sizeof *plays; i++) {
        status = ltrec_interactions_add(table, 1, &plays[i].user,
                                        &plays[i].item, &plays[i].count, err);
        if (status != LTREC_OK)
            return status;
    }
    return ltrec_interactions_finish(table, NULL, NULL, err);
}

/* The two nearest of each track; a factors file is made the same way. */
static int print_neighbours(ltrec_context *ctx, const ltrec_factors *items,
                            ltrec_error *err)
{
    size_t n_items = ltrec_factors_count(items), n = 0;
    const uint64_t *ids = ltrec_factors_ids(items);
    ltrec_index *index = NULL;
    uint64_t near[2];
    float how_near[2];
    int status =
        ltrec_index_create(ctx, ltrec_factors_rank(items), NULL, &index, err);

    if (status == LTREC_OK)
        status = ltrec_index_add(index, n_items, ids,
                                 ltrec_factors_vectors(items), err);
    for (size_t i = 0; status == LTREC_OK && i < n_items; i++) {
        status =
            ltrec_index_search_id(index, ids[i], 2, NULL, near, how_near, &n);
        printf("%-10s is near %s (%.2f) and %s (%.2f)\n", titles[ids[i]],
               titles[near[0]], (double)how_near[0], titles[near[1]],
               (double)how_near[1]);
    }
    ltrec_index_free(index);
    return status;
}

int main(void)
{
    ltrec_context *ctx = NULL;
    ltrec_interactions *table = NULL;
    ltrec_factors *users = NULL, *items = NULL;
    ltrec_factorize_options options;
    ltrec_error err;
    int status;

    ltrec_factorize_options_init(&options, sizeof options);
    options.rank = 4;
    status = ltrec_context_create(NULL, &ctx, &err);
    if (status == LTREC_OK)
        status = ltrec_interactions_create(ctx, NULL, &table, &err);
    if (status == LTREC_OK)
        status = read_plays(table, &err);
    if (status == LTREC_OK)
        status =
            ltrec_factorize(ctx, table, &options, &users, &items, NULL, &err);
    if (status == LTREC_OK)
        status = print_neighbours(ctx, items, &err);
    if (status != LTREC_OK)
        fprintf(stderr, "%s\n", err.message);

    ltrec_factors_free(items);
    ltrec_factors_free(users);
    ltrec_interactions_free(table);
    ltrec_context_free(ctx);
    return status == LTREC_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
