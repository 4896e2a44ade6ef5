/*
 * cmd_predict.c - ltrec predict: factors of tracks from what they are
 */
#include <stdio.h>

#include <ltrec/factors.h>
#include <ltrec/model.h>

#include "commands.h"
#include "json.h"
#include "predicting.h"
#include "term.h"
#include "training.h"

struct work {
    ltrec_context *ctx;
    ltrec_model *model;
    ltrec_factors *played; /* for the artist branch; may be NULL */
    struct music *music;
    struct predicting predicting;
    size_t failed; /* sound files */
};

/* Files are for the audio branch; a catalogue has descriptors besides. */
static int brings_sound(const struct work *work, struct args *args)
{
    uint32_t branches = ltrec_model_branches(work->model);

    if (args_has(args, "catalog"))
        return (branches & (LTREC_BRANCH_AUDIO | LTREC_BRANCH_MLG)) != 0;
    return music_has_files(work->music) && (branches & LTREC_BRANCH_AUDIO);
}

/* An artist is known by what was played of them, which --factors has. */
static void warn_of_artists(const struct work *work, struct args *args)
{
    if ((args_has(args, "items") || args_has(args, "catalog")) &&
        ltrec_model_branches(work->model) & LTREC_BRANCH_ARTIST)
        term_warn("without --factors the model cannot go by artists");
}

static int open_all(struct work *work, struct args *args, ltrec_error *err)
{
    const char *factors = args_text(args, "factors", NULL);
    int status = ltrec_model_load(work->ctx, args_text(args, "model", NULL),
                                  &work->model, err);
    int sound = 0;

    work->predicting.ctx = work->ctx;
    work->predicting.model = work->model;
    if (status == LTREC_OK)
        status = predicting_check(&work->predicting, err);
    if (status == LTREC_OK && !factors)
        warn_of_artists(work, args);
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
        status = tables_listen(args, work->ctx, work->model,
                               library_in_factors, work->played, sound,
                               work->music, &work->failed, err);
    if (status == LTREC_OK)
        music_warn(work->music);
    return status;
}

static int predict(struct work *work, struct args *args, ltrec_error *err)
{
    struct predicting *p = &work->predicting;
    int status = open_all(work, args, err);

    if (status != LTREC_OK)
        return status;
    p->music = work->music;
    p->played = work->played;
    p->with_sound = brings_sound(work, args);
    status = predicting_do(p, err);
    work->failed += p->failed;
    return status == LTREC_OK
               ? ltrec_factors_save(p->factors, args_text(args, "out", NULL),
                                    err)
               : status;
}

static void report(const struct predicting *p, struct args *args)
{
    double sum = 0;

    for (size_t i = 0; i < p->n; i++) {
        sum += (double)p->confidence[i];
        if (!args_has(args, "json"))
            continue;
        json_t *object = json_object();

        json_put_text(object, "item", p->names[i]);
        json_put_real(object, "confidence", (double)p->confidence[i]);
        json_print(object);
    }
    if (!args_has(args, "json"))
        printf("%zu tracks predicted, mean confidence %.3f\n", p->n,
               sum / (double)p->n);
    if (p->unknown > 0)
        term_warn("%zu items have nothing that the model could use",
                  p->unknown);
}

/* In the order of LTREC_TRACK_... */
static const char *const ways[] = {"middle", "patches", "whole", NULL};

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
    work.predicting.full_track =
        args_choice(args, "hear", LTREC_TRACK_PATCHES, ways);
    work.predicting.precision = precision_wish(args, LTREC_PRECISION_FLOAT32);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_writable(args, files, 1);
    if (status == EXIT_DONE)
        status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        precision_warn(work.ctx, work.predicting.precision);
    if (status == EXIT_DONE)
        status = term_result(predict(&work, args, &err), &err);
    if (status == EXIT_DONE) {
        report(&work.predicting, args);
        status = work.failed > 0 ? EXIT_SOME_FAILED : EXIT_DONE;
    }
    predicting_free(&work.predicting);
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
    {"hear", "HOW", "sound: in patches (default), whole, or its middle alone"},
    PRECISION_OPTION,
    {"json", NULL, "one JSON object a track"},
    {NULL, NULL, NULL},
};

const struct command command_predict = {
    .name = "predict",
    .summary = "factors of tracks that nobody has played",
    .usage = "--model M --out F [TABLES]",
    .options = options,
    .writes = "out",
    .run = run,
};
