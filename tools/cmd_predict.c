/*
 * cmd_predict.c - ltrec predict: factors of tracks from what they are
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/factors.h>
#include <ltrec/model.h>

#include "artists.h"
#include "commands.h"
#include "json.h"
#include "term.h"
#include "training.h"
#include "vectors.h"

struct work {
    ltrec_context *ctx;
    ltrec_model *model;
    ltrec_factors *played; /* for the artist branch; may be NULL */
    struct music *music;
    struct artist_sums *artists; /* of `played` */
    size_t rank, n;              /* tracks predicted */
    uint64_t *ids;
    const char **names;
    float *vectors;    /* [n][rank] */
    float *confidence; /* [n] */
    float *variance;   /* [n], the same for the file */
    size_t failed;     /* sound files */
    int32_t precision; /* LTREC_PRECISION_... */
    size_t unknown;    /* tracks of which the model could use nothing */
};

/* Files are for the audio branch; a catalogue has descriptors besides. */
static int brings_sound(const struct work *work, struct args *args)
{
    uint32_t branches = ltrec_model_branches(work->model);

    if (args_has(args, "catalog"))
        return (branches & (LTREC_BRANCH_AUDIO | LTREC_BRANCH_MLG)) != 0;
    return music_has_files(work->music) && (branches & LTREC_BRANCH_AUDIO);
}

static int open_all(struct work *work, struct args *args, ltrec_error *err)
{
    const char *factors = args_text(args, "factors", NULL);
    int status = ltrec_model_load(work->ctx, args_text(args, "model", NULL),
                                  &work->model, err);
    int sound = 0;

    if (status == LTREC_OK && factors)
        status = ltrec_factors_load(work->ctx, factors, 0, &work->played, err);
    if (status == LTREC_OK && factors &&
        ltrec_factors_model_id(work->played) !=
            ltrec_model_factors_id(work->model))
        status = tool_fail(err, LTREC_ERR_MISMATCH,
                           "%.100s: the model was trained on other factors",
                           factors);
    if (status == LTREC_OK && factors)
        status = ltrec_model_check_features(
            work->model, ltrec_factors_feature_version(work->played), err);
    work->music = music_create();
    if (status == LTREC_OK)
        status = tables_read(args, work->model, 0, work->music, err);
    if (status == LTREC_OK)
        sound = brings_sound(work, args);
    if (status == LTREC_OK && (sound || args_has(args, "catalog")))
        status = tables_listen(args, work->ctx, work->model, work->played,
                               sound, work->music, &work->failed, err);
    if (status == LTREC_OK)
        music_warn(work->music);
    return status;
}

static void take_memory(struct work *work)
{
    size_t most = music_count(work->music);

    work->rank = ltrec_model_rank(work->model);
    work->ids = tool_alloc(most + 1, sizeof *work->ids);
    work->names = tool_alloc(most + 1, sizeof *work->names);
    work->vectors = tool_alloc(most + 1, work->rank * sizeof *work->vectors);
    work->confidence = tool_alloc(most + 1, sizeof *work->confidence);
    work->variance = tool_alloc(most + 1, sizeof *work->variance);
    if (work->played)
        work->artists = artist_sums_create(work->music, work->played, NULL);
}

/* Predict a track; what the model can use nothing of is passed over. */
static int predict_one(struct work *work, ltrec_predictor *predictor,
                       uint32_t item, float *mean, ltrec_error *err)
{
    float *factor = work->vectors + work->n * work->rank;
    float norm = ltrec_model_norm(work->model);
    ltrec_track track;
    int status;

    music_track(work->music, item, &track);
    if (work->artists) {
        track.artist_tracks = artist_sums_others(work->artists, item, mean);
        track.artist = track.artist_tracks > 0 ? mean : NULL;
    }
    if (!track.mel && !track.attributes && !track.machine && !track.genres &&
        !track.artist) {
        work->unknown++;
        return LTREC_OK;
    }
    status = ltrec_predictor_run(predictor, &track, factor,
                                 &work->confidence[work->n], err);
    if (status != LTREC_OK)
        return status;
    /* As long as a played track's, so that they can be ranked together. */
    for (size_t i = 0; i < work->rank; i++)
        factor[i] *= norm;
    work->variance[work->n] =
        vectors_variance((double)norm, (double)work->confidence[work->n]);
    work->ids[work->n] = music_id(work->music, item);
    work->names[work->n++] = names_text(work->music->items, item);
    return LTREC_OK;
}

static int predict_all(struct work *work, struct args *args, ltrec_error *err)
{
    ltrec_predictor_options o;
    ltrec_predictor *predictor;
    float *mean = tool_alloc(work->rank, sizeof *mean);
    size_t most = music_count(work->music);
    int status;

    ltrec_predictor_options_init(&o, sizeof o);
    o.full_track = !args_has(args, "one-patch");
    o.precision = work->precision;
    status =
        ltrec_predictor_create(work->ctx, work->model, &o, &predictor, err);
    term_doing("predict");
    for (uint32_t i = 0; i < most && status == LTREC_OK; i++) {
        status = predict_one(work, predictor, i, mean, err);
        if (status == LTREC_OK && term_progress(NULL, i, most) != 0)
            status = tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
        if (status == LTREC_ERR_ARGUMENT) {
            term_error("%.60s: %s", names_text(work->music->items, i),
                       err->message);
            work->failed++;
            status = LTREC_OK;
        }
    }
    term_done();
    ltrec_predictor_free(predictor);
    free(mean);
    return status;
}

static int save(struct work *work, struct args *args, ltrec_error *err)
{
    ltrec_factors_options o;
    ltrec_factors *factors;
    int status;

    if (work->n == 0)
        return tool_fail(err, LTREC_ERR_ARGUMENT,
                         "there is no track that the model knows enough of");
    ltrec_factors_options_init(&o, sizeof o);
    o.names = work->names;
    o.variance = work->variance;
    o.model_id = ltrec_model_factors_id(work->model);
    if (brings_sound(work, args))
        o.feature_version = ltrec_model_feature_version(work->model);
    status = ltrec_factors_create(work->ctx, work->n, work->rank, work->ids,
                                  work->vectors, &o, &factors, err);
    if (status == LTREC_OK)
        status =
            ltrec_factors_save(factors, args_text(args, "out", NULL), err);
    ltrec_factors_free(factors);
    return status;
}

static int predict(struct work *work, struct args *args, ltrec_error *err)
{
    int status = open_all(work, args, err);

    if (status != LTREC_OK)
        return status;
    take_memory(work);
    status = predict_all(work, args, err);
    return status == LTREC_OK ? save(work, args, err) : status;
}

static void report(const struct work *work, struct args *args)
{
    double sum = 0;

    for (size_t i = 0; i < work->n; i++) {
        sum += (double)work->confidence[i];
        if (!args_has(args, "json"))
            continue;
        json_t *object = json_object();

        json_put_text(object, "item", work->names[i]);
        json_put_real(object, "confidence", (double)work->confidence[i]);
        json_print(object);
    }
    if (!args_has(args, "json"))
        printf("%zu tracks predicted, mean confidence %.3f\n", work->n,
               sum / (double)work->n);
    if (work->unknown > 0)
        term_warn("%zu items have nothing that the model could use",
                  work->unknown);
}

static int run(struct args *args)
{
    static const char *const files[] = {"out", NULL};
    struct work work = {0};
    ltrec_error err = {0};
    int status;

    args_required(args, "model");
    args_required(args, "out");
    tables_check(args);
    tables_required(args);
    work.precision = precision_wish(args, LTREC_PRECISION_FLOAT32);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_writable(args, files);
    if (status == EXIT_DONE)
        status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        precision_warn(work.ctx, work.precision);
    if (status == EXIT_DONE)
        status = term_result(predict(&work, args, &err), &err);
    if (status == EXIT_DONE) {
        report(&work, args);
        status = work.failed > 0 ? EXIT_SOME_FAILED : EXIT_DONE;
    }
    free(work.ids);
    free(work.names);
    free(work.vectors);
    free(work.confidence);
    free(work.variance);
    artist_sums_free(work.artists);
    music_free(work.music);
    ltrec_factors_free(work.played);
    ltrec_model_free(work.model);
    ltrec_context_free(work.ctx);
    return status;
}

static const struct args_option options[] = {
    {"model", "M", "from ltrec train"},
    {"out", "F", "the factor file to write"},
    CONTENT_TABLES,
    {"factors", "F", "of played tracks, for the artist branch"},
    {"one-patch", NULL, "only the middle of each track's sound"},
    PRECISION_OPTION,
    {"json", NULL, "one JSON object a track"},
    {NULL, NULL, NULL},
};

const struct command command_predict = {
    .name = "predict",
    .summary = "factors of tracks that nobody has played",
    .usage = "--model M --out F [TABLES]",
    .options = options,
    .run = run,
};
