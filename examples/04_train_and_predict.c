/*
 * 04_train_and_predict.c - a place for a track that nobody has played
 *
 * 240 played tracks, of which the factors and four attributes are known, teach
 * a network what attributes mean.  Then a new track, of which there are only
 * attributes, is placed among them.
 *
 *     cc 04_train_and_predict.c $(pkg-config --cflags --libs ltrec)
 *     ./a.out tiny.model
 *
 * The model file is what the examples in Python and Go read.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <ltrec/ltrec.h>

enum {
    TRACKS = 240,
    RANK = 8,
    ATTRIBUTES = 4
};

static const char *const attribute_names[ATTRIBUTES] = {
    "acoustic", "distorted guitar", "fast", "sung"};

/* A pseudo-random number from 0 to 1, the same on every machine. */
static float draw(void)
{
    static uint32_t state = 1;

    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) / 16777216.0f;
}

/*
 * Music as it might be: each attribute pulls the factors of a track its own
 * way, and there is something about a track that no attribute tells.
 */
static void make_tracks(uint64_t *ids, float (*attributes)[ATTRIBUTES],
                        float (*factors)[RANK])
{
    float pull[ATTRIBUTES][RANK];

    for (size_t a = 0; a < ATTRIBUTES; a++)
        for (size_t k = 0; k < RANK; k++)
            pull[a][k] = draw() - 0.5f;
    for (size_t t = 0; t < TRACKS; t++) {
        ids[t] = t + 1;
        for (size_t k = 0; k < RANK; k++)
            factors[t][k] = 0.2f * (draw() - 0.5f);
        for (size_t a = 0; a < ATTRIBUTES; a++) {
            attributes[t][a] = draw() < 0.5f ? 0.0f : 1.0f;
            for (size_t k = 0; k < RANK; k++)
                factors[t][k] += attributes[t][a] * pull[a][k];
        }
        factors[t][0] += 0.1f; /* so that none is zero */
    }
}

/* From attributes and factors to a file. */
static int train(ltrec_context *ctx, const uint64_t *ids,
                 float (*attributes)[ATTRIBUTES], const ltrec_factors *targets,
                 const char *path, ltrec_error *err)
{
    ltrec_dataset_options contents;
    ltrec_train_options options;
    ltrec_train_report report = {.size = sizeof report};
    ltrec_dataset *dataset = NULL;
    ltrec_model *model = NULL;
    ltrec_track track;
    int status;

    ltrec_dataset_options_init(&contents, sizeof contents);
    contents.n_attributes = ATTRIBUTES;
    contents.attribute_names = attribute_names;
    status = ltrec_dataset_create(ctx, &contents, &dataset, err);
    for (size_t t = 0; status == LTREC_OK && t < TRACKS; t++) {
        ltrec_track_init(&track, sizeof track);
        track.attributes = attributes[t];
        status = ltrec_dataset_add(dataset, ids[t], 0, &track, err);
    }

    ltrec_train_options_init(&options, sizeof options);
    options.hidden = 64; /* four attributes do not need 2048 */
    options.dropout = options.input_dropout = 0.1f;
    options.batch = 32;
    options.split = LTREC_SPLIT_TRACK;
    options.provenance = "made up by examples/04_train_and_predict.c";
    if (status == LTREC_OK)
        status = ltrec_train(ctx, dataset, targets, LTREC_BRANCH_MGP, NULL,
                             &options, &model, &report, err);
    if (status == LTREC_OK) {
        printf("trained on %zu tracks; epoch %" PRIu32 " of %" PRIu32
               " was best: 1 - cosine = %.3f on %zu others\n",
               report.n_train, report.best_epoch, report.epochs,
               report.validation_loss, report.n_validation);
        status = ltrec_model_save(model, path, err);
    }
    ltrec_model_free(model);
    ltrec_dataset_free(dataset);
    return status;
}

/* Where a track with these attributes belongs, and how sure that is. */
static int predict(ltrec_context *ctx, const char *path,
                   const float *attributes, float *factor, float *confidence,
                   ltrec_error *err)
{
    ltrec_model *model = NULL;
    ltrec_predictor *predictor = NULL;
    ltrec_track track;
    int status = ltrec_model_load(ctx, path, &model, err);

    if (status == LTREC_OK)
        status = ltrec_predictor_create(ctx, model, NULL, &predictor, err);
    ltrec_track_init(&track, sizeof track);
    track.attributes = attributes;
    if (status == LTREC_OK)
        status =
            ltrec_predictor_run(predictor, &track, factor, confidence, err);
    ltrec_predictor_free(predictor);
    ltrec_model_free(model);
    return status;
}

/* Into an index with the played ones, and what lies around it there. */
static int print_neighbours(ltrec_context *ctx, const ltrec_factors *played,
                            uint64_t id, const float *factor,
                            float (*attributes)[ATTRIBUTES], ltrec_error *err)
{
    ltrec_index *index = NULL;
    uint64_t near[5];
    float how_near[5];
    size_t n = 0;
    int status = ltrec_index_create(ctx, RANK, NULL, &index, err);

    if (status == LTREC_OK)
        status = ltrec_index_add(index, TRACKS, ltrec_factors_ids(played),
                                 ltrec_factors_vectors(played), err);
    if (status == LTREC_OK)
        status = ltrec_index_add(index, 1, &id, factor, err);
    if (status == LTREC_OK)
        status = ltrec_index_search_id(index, id, 5, NULL, near, how_near, &n);
    for (size_t i = 0; i < n; i++) {
        printf("  track %3" PRIu64 "  %.3f ", near[i], (double)how_near[i]);
        for (size_t a = 0; a < ATTRIBUTES; a++)
            printf("%s%s", attributes[near[i] - 1][a] > 0 ? " +" : " -",
                   attribute_names[a]);
        printf("\n");
    }
    ltrec_index_free(index);
    return status;
}

int main(int argc, char **argv)
{
    static uint64_t ids[TRACKS];
    static float attributes[TRACKS][ATTRIBUTES], factors[TRACKS][RANK];
    static const float new_track[ATTRIBUTES] = {1, 0, 0, 1};
    const char *path = argc > 1 ? argv[1] : "tiny.model";
    ltrec_context *ctx = NULL;
    ltrec_factors *played = NULL;
    float factor[RANK], confidence = 0;
    ltrec_error err;
    int status;

    make_tracks(ids, attributes, factors);
    status = ltrec_context_create(NULL, &ctx, &err);
    if (status == LTREC_OK)
        status = ltrec_factors_create(ctx, TRACKS, RANK, ids, factors[0], NULL,
                                      &played, &err);
    if (status == LTREC_OK)
        status = train(ctx, ids, attributes, played, path, &err);
    if (status == LTREC_OK)
        status = predict(ctx, path, new_track, factor, &confidence, &err);
    if (status == LTREC_OK) {
        printf("a new track, acoustic and sung: confidence %.2f, near\n",
               (double)confidence);
        status = print_neighbours(ctx, played, TRACKS + 1, factor, attributes,
                                  &err);
    }
    if (status != LTREC_OK)
        fprintf(stderr, "%s\n", err.message);

    ltrec_factors_free(played);
    ltrec_context_free(ctx);
    return status == LTREC_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
