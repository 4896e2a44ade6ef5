/*
 * recommender_keeper.c - recommenders for keeper.h
 *
 * The generation is the model's id; weights, artists and plays follow from it.
 * Factors are their own content: there is something to fold in.
 */
#include "keeper.h"

#include "base/random.h"

#define TRACKS 80
#define RANK 4

static int factors_of(ltrec_context *ctx, uint64_t generation,
                      ltrec_factors **out, ltrec_error *err)
{
    ltrec_factors_options options;
    float vectors[TRACKS][RANK];
    uint64_t ids[TRACKS];

    for (uint64_t i = 0; i < TRACKS; i++) {
        ids[i] = i * 3;
        for (uint64_t j = 0; j < RANK; j++)
            vectors[i][j] = ltr_random_normal(generation, i, j);
    }
    ltrec_factors_options_init(&options, sizeof options);
    options.model_id = generation;
    return ltrec_factors_create(ctx, TRACKS, RANK, ids, vectors[0], &options,
                                out, err);
}

static int make(ltrec_context *ctx, uint64_t generation,
                const ltrec_factors *factors, ltrec_recommender **out,
                ltrec_error *err)
{
    ltrec_recommender_sources sources;
    ltrec_recommender_items items;
    ltrec_recommender_options options;
    uint64_t artists[TRACKS];
    uint32_t plays[TRACKS];

    for (uint64_t i = 0; i < TRACKS; i++) {
        artists[i] = ltr_random_below(generation, 100, i, 20);
        plays[i] = (uint32_t)ltr_random_below(generation, 101, i, 50);
    }
    ltrec_recommender_sources_init(&sources, sizeof sources);
    sources.factors = sources.content = factors;
    ltrec_recommender_items_init(&items, sizeof items);
    items.n = TRACKS;
    items.ids = ltrec_factors_ids(factors);
    items.artists = artists;
    items.plays = plays;
    ltrec_recommender_options_init(&options, sizeof options);
    options.weights[LTREC_SOURCE_ARTIST] = (double)generation;
    return ltrec_recommender_create(ctx, &sources, &items, &options, out, err);
}

static int save(ltrec_context *ctx, const char *path, uint64_t generation,
                ltrec_error *err)
{
    ltrec_recommender *r = NULL;
    ltrec_factors *factors = NULL;
    int status = factors_of(ctx, generation, &factors, err);

    if (status == LTREC_OK)
        status = make(ctx, generation, factors, &r, err);
    if (status == LTREC_OK)
        status = ltrec_recommender_save(r, path, err);
    ltrec_recommender_free(r);
    ltrec_factors_free(factors);
    return status;
}

/* Whether both make the same list; -1 when there is no memory for one. */
static int same(const ltrec_recommender *a, const ltrec_recommender *b)
{
    static const uint64_t seed = 6;
    uint64_t ids[2][TRACKS] = {{0}, {0}};
    float scores[2][TRACKS] = {{0}, {0}};
    ltrec_listener listener;
    ltrec_list_options list;
    size_t n[2];

    ltrec_listener_init(&listener, sizeof listener);
    listener.n_seeds = 1;
    listener.seeds = &seed;
    ltrec_list_options_init(&list, sizeof list);
    list.per_artist = 2;
    if (ltrec_recommender_list(a, &listener, &list, TRACKS, ids[0], scores[0],
                               &n[0], NULL) != LTREC_OK ||
        ltrec_recommender_list(b, &listener, &list, TRACKS, ids[1], scores[1],
                               &n[1], NULL) != LTREC_OK)
        return -1;
    return n[0] == n[1] && memcmp(ids[0], ids[1], sizeof ids[0]) == 0 &&
           memcmp(scores[0], scores[1], sizeof scores[0]) == 0;
}

/* The generation whose factors the file belongs to: few are tried. */
static int load(ltrec_context *ctx, const char *path, uint64_t generation,
                ltrec_recommender **out, ltrec_recommender **wanted,
                ltrec_error *err)
{
    ltrec_recommender_sources sources;
    ltrec_factors *factors = NULL;
    int status = factors_of(ctx, generation, &factors, err);

    *out = *wanted = NULL;
    ltrec_recommender_sources_init(&sources, sizeof sources);
    sources.factors = sources.content = factors;
    if (status == LTREC_OK)
        status = ltrec_recommender_load(ctx, path, &sources, out, err);
    if (status == LTREC_OK)
        status = make(ctx, generation, factors, wanted, err);
    ltrec_factors_free(factors);
    return status;
}

static int verify(ltrec_context *ctx, const char *path)
{
    ltrec_recommender *r = NULL, *wanted = NULL;
    ltrec_error err = {0};
    uint64_t generation = 0;
    int status = LTREC_ERR_MISMATCH, right;

    while (status == LTREC_ERR_MISMATCH && generation < 100000)
        status = load(ctx, path, ++generation, &r, &wanted, &err);
    if (status != LTREC_OK) {
        ltrec_recommender_free(r);
        return refused(&err);
    }
    right = same(r, wanted);
    ltrec_recommender_free(r);
    ltrec_recommender_free(wanted);
    if (right < 0)
        return REFUSED;
    printf("%" PRIu64 "\n", generation);
    return right ? DONE : WRONG;
}

int main(int argc, char **argv)
{
    static const struct keeper keeper = {save, verify, NULL};

    return keep(&keeper, argc, argv);
}
