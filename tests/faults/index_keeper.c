/*
 * index_keeper.c - indexes for keeper.h; the generation is the model's id
 */
#include "keeper.h"

#include "base/random.h"

#define TRACKS 4100 /* enough for lists */
#define DIM 8

static void vector_of(uint64_t generation, uint64_t id, float *vector)
{
    for (uint64_t j = 0; j < DIM; j++)
        vector[j] = ltr_random_normal(generation, id, j);
}

/* ---- Saving ------------------------------------------------------------- */

static int save(ltrec_context *ctx, const char *path, uint64_t generation,
                ltrec_error *err)
{
    ltrec_index_options options;
    ltrec_index *index;
    float vector[DIM];
    int status;

    ltrec_index_options_init(&options, sizeof options);
    options.model_id = generation;
    options.feature_version = ~generation;
    status = ltrec_index_create(ctx, DIM, &options, &index, err);
    for (uint64_t id = 0; id < TRACKS && status == LTREC_OK; id++) {
        vector_of(generation, id, vector);
        status = ltrec_index_add(index, 1, &id, vector, err);
    }
    if (status == LTREC_OK)
        status = ltrec_index_compact(index, NULL, err);
    if (status == LTREC_OK)
        status = ltrec_index_save(index, path, err);
    ltrec_index_free(index);
    return status;
}

/* ---- Looking ------------------------------------------------------------ */

/* Every track is its own nearest; every `step`-th is asked. */
static int is_generation(const ltrec_index *index, uint64_t generation,
                         uint64_t step)
{
    if (ltrec_index_count(index) != TRACKS || ltrec_index_dim(index) != DIM ||
        ltrec_index_feature_version(index) != ~generation)
        return 0;
    for (uint64_t id = 0; id < TRACKS; id += step) {
        float vector[DIM], similarity;
        uint64_t nearest;
        size_t n;

        vector_of(generation, id, vector);
        if (ltrec_index_search(index, vector, 1, &nearest, &similarity, &n) !=
                LTREC_OK ||
            n != 1 || nearest != id || similarity < 0.99999f)
            return 0;
    }
    return 1;
}

static int verify(ltrec_context *ctx, const char *path)
{
    ltrec_index *index;
    ltrec_error err;
    uint64_t generation;
    int right;

    if (ltrec_index_load(ctx, path, &index, &err) != LTREC_OK)
        return refused(&err);
    generation = ltrec_index_model_id(index);
    right = is_generation(index, generation, 1);
    ltrec_index_free(index);
    printf("%" PRIu64 "\n", generation);
    return right ? DONE : WRONG;
}

/* Damage may change what a mapped file answers, but must not crash it. */
static int map(ltrec_context *ctx, const char *path)
{
    ltrec_index *index;
    ltrec_error err;
    int right;

    if (ltrec_index_map(ctx, path, &index, &err) != LTREC_OK)
        return refused(&err);
    right = is_generation(index, ltrec_index_model_id(index), 7);
    for (uint64_t id = 0; id < TRACKS; id += 5) {
        uint64_t ids[3];
        float similarities[3];
        size_t n;

        ltrec_index_search_id(index, id, 3, NULL, ids, similarities, &n);
    }
    ltrec_index_free(index);
    return right ? DONE : WRONG;
}

int main(int argc, char **argv)
{
    static const struct keeper keeper = {save, verify, map};

    return keep(&keeper, argc, argv);
}
