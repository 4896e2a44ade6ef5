/*
 * cmd_train.c - ltrec train: learn to predict factors from what a track is
 */
#include <stdio.h>
#include <string.h>

#include <ltrec/train.h>

#include "commands.h"
#include "curves.h"
#include "json.h"
#include "term.h"
#include "training.h"

static const char *const branch_names[] = {"audio",  "mgp",    "mlg",  "genre",
                                           "artist", "fusion", "head", NULL};

struct work {
    ltrec_context *ctx;
    ltrec_factors *targets;
    ltrec_model *base, *model;
    struct music *music;
    ltrec_dataset *dataset;
    uint32_t branch;
    ltrec_train_options options;
    ltrec_train_report report;
    struct curves curves;
    size_t failed; /* sound files */
};

/* How fast, and how long yet at most. */
static void show_pace(const struct work *work, const ltrec_epoch_record *r,
                      char *text, size_t bytes)
{
    double seconds = work->curves.seconds[work->curves.n - 1];
    double left = curves_seconds_left(&work->curves, work->options.patience);

    snprintf(text, bytes, "%.4g %s/s, at most %.0f s left",
             (double)r->samples / (seconds > 1e-9 ? seconds : 1e-9),
             work->branch == LTREC_BRANCH_AUDIO ? "patches" : "tracks", left);
}

static int show_epoch(void *user, const ltrec_epoch_record *r)
{
    struct work *work = user;
    char pace[80];

    curves_add(&work->curves, r);
    show_pace(work, r, pace, sizeof pace);
    if (work->branch == LTREC_BRANCH_HEAD)
        term_say("epoch %u: cross-entropy %.4f, validation %.4f; %s",
                 (unsigned)r->epoch, r->train_loss, r->validation_loss, pace);
    else
        term_say("epoch %u: 1 - cos %.4f, validation %.4f (halved: %.4f); %s",
                 (unsigned)r->epoch, r->train_loss, r->validation_loss,
                 r->validation_loss / 2, pace);
    return term_interrupted();
}

/* Whether the branch listens: MLG does without a table of its own. */
static int needs_sound(const struct work *work, struct args *args)
{
    uint32_t branches = work->branch;
    uint32_t listening = LTREC_BRANCH_AUDIO | LTREC_BRANCH_HEAD;

    if (branches == LTREC_BRANCH_FUSION)
        branches = work->options.fuse ? work->options.fuse
                   : work->base       ? ltrec_model_branches(work->base)
                                      : 0;
    if (work->branch == LTREC_BRANCH_FUSION)
        branches &= ~(uint32_t)LTREC_BRANCH_HEAD;
    if (!args_has(args, "machine"))
        listening |= LTREC_BRANCH_MLG;
    return (branches & listening) != 0;
}

static int prepare(struct work *work, struct args *args, ltrec_error *err)
{
    const char *base = args_text(args, "base", NULL);
    int status = ltrec_factors_load(
        work->ctx, args_text(args, "factors", NULL), 0, &work->targets, err);
    int sound = 0;

    if (status == LTREC_OK && base)
        status = ltrec_model_load(work->ctx, base, &work->base, err);
    work->music = music_create();
    if (status == LTREC_OK)
        status = tables_read(args, work->base, work->branch, work->music, err);
    if (status == LTREC_OK)
        sound = needs_sound(work, args);
    if (status == LTREC_OK && (sound || args_has(args, "catalog")))
        status = tables_listen(args, work->ctx,
                               work->branch == LTREC_BRANCH_AUDIO ? NULL
                                                                  : work->base,
                               library_in_factors, work->targets, sound,
                               work->music, &work->failed, err);
    if (status == LTREC_OK) {
        scratch_choose(args, work->music, args_text(args, "out", ""));
        status =
            music_dataset(work->music, work->ctx, NULL, &work->dataset, err);
    }
    if (status == LTREC_OK)
        music_warn(work->music);
    return status;
}

/* The split of the first branch of a model that tells it; 0 without one. */
static int32_t split_of(const ltrec_model *model, uint32_t but)
{
    for (uint32_t bit = 1; bit <= LTREC_BRANCH_HEAD; bit <<= 1) {
        ltrec_branch_training t;

        if (bit != but &&
            ltrec_model_training(model, bit, &t, sizeof t) == LTREC_OK)
            return t.split;
    }
    return 0;
}

/* What a training did that its caller would not expect: those that stand
 * beside it decide what is kept back, if the tables know what they went by. */
static void warn(const struct work *work, struct args *args)
{
    const char *branch = args_text(args, "branch", "");
    int32_t others = split_of(work->model, work->branch);
    ltrec_branch_training t;

    report_warn(branch, &work->report);
    if (!others || ltrec_model_training(work->model, work->branch, &t,
                                        sizeof t) != LTREC_OK)
        return;
    if (t.split != others)
        term_warn("%s: keeps back other tracks than the branches of --base "
                  "did, by %s, which no table tells",
                  branch, training_split(others));
    else if (args_has(args, "split") && t.split != work->options.split)
        term_warn("%s: keeps back by %s, as the branches of --base did",
                  branch, training_split(others));
}

static int train(struct work *work, struct args *args, ltrec_error *err)
{
    const char *curves = args_text(args, "curves", NULL);
    int status = prepare(work, args, err);

    if (status == LTREC_OK)
        status = tables_agree(work->music, work->targets,
                              args_text(args, "factors", ""),
                              ltrec_factors_name(work->targets, 0), err);
    if (status == LTREC_OK)
        status = split_check(args, work->music, err);
    if (status == LTREC_OK)
        status = curves_open(&work->curves, args_text(args, "branch", ""),
                             args_text(args, "log", NULL),
                             args_text(args, "checkpoint", NULL), err);
    if (status != LTREC_OK)
        return status;
    work->options.checkpoint = args_text(args, "checkpoint", NULL);
    work->options.record = show_epoch;
    work->options.user = work;
    work->options.provenance = args_text(args, "provenance", "");
    work->report.size = sizeof work->report;
    term_doing(args_text(args, "branch", ""));
    status = ltrec_train(work->ctx, work->dataset, work->targets, work->branch,
                         work->base, &work->options, &work->model,
                         &work->report, err);
    term_done();
    if (status == LTREC_OK)
        warn(work, args);
    if (status == LTREC_OK)
        status =
            ltrec_model_save(work->model, args_text(args, "out", NULL), err);
    if (status == LTREC_OK && curves)
        status = curves_draw(&work->curves, curves, err);
    return status;
}

static void report(const struct work *work, struct args *args)
{
    const ltrec_train_report *r = &work->report;
    int is_angle = work->branch != LTREC_BRANCH_HEAD;

    if (args_has(args, "json")) {
        json_t *object = json_object();

        json_put_text(object, "branch", args_text(args, "branch", ""));
        json_put_count(object, "tracks", r->n_train);
        json_put_count(object, "validation_tracks", r->n_validation);
        json_put_count(object, "parameters", r->n_parameters);
        json_put_count(object, "epochs", r->epochs);
        json_put_count(object, "best_epoch", r->best_epoch);
        json_put_real(object, "train_loss", r->train_loss);
        json_put_real(object, "validation_loss", r->validation_loss);
        if (is_angle)
            json_put_real(object, "validation_loss_half",
                          r->validation_loss / 2);
        json_put_text(object, "out", args_text(args, "out", ""));
        if (r->n_unplayed > 0)
            json_put_count(object, "unplayed_tracks", r->n_unplayed);
        if (r->stopped[0])
            json_put_text(object, "stopped", r->stopped);
        json_print(object);
    } else {
        printf("%s: %zu tracks, ", args_text(args, "branch", ""), r->n_train);
        if (r->n_unplayed > 0)
            printf("and %zu without a target, ", r->n_unplayed);
        printf("%zu to validate, %zu parameters; epoch %u of "
               "%u kept, validation loss %.4f",
               r->n_validation, r->n_parameters, (unsigned)r->best_epoch,
               (unsigned)r->epochs, r->validation_loss);
        if (is_angle)
            printf(" (halved: %.4f)", r->validation_loss / 2);
        printf("\n");
    }
}

static void read_wishes(struct args *args, struct work *work)
{
    args_required(args, "branch");
    args_required(args, "factors");
    args_required(args, "out");
    tables_check(args);
    training_options(args, &work->options);
    work->options.min_plays =
        (uint32_t)args_integer(args, "min-listeners", 3, 1, 1000000);
    work->options.seed = (uint64_t)args_integer(args, "seed", 1, 0, INT64_MAX);
    work->options.fuse = branches_wish(args, "fuse");
    work->options.split = split_wish(args);
    work->branch = UINT32_C(1) << args_choice(args, "branch", 0, branch_names);
    branches_required(args, work->branch);
    if (work->branch == LTREC_BRANCH_AUDIO)
        teachers_required(args, work->branch, &work->options);
    if (work->branch &
        (LTREC_BRANCH_MLG | LTREC_BRANCH_HEAD | LTREC_BRANCH_FUSION))
        tables_required(args);
}

static int run(struct args *args)
{
    static const char *const files[] = {"out", "checkpoint", NULL};
    static const char *const drawings[] = {"curves", NULL};
    const char *log = args_text(args, "log", NULL);
    struct work work = {0};
    ltrec_error err = {0};
    int status;

    read_wishes(args, &work);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_writable(args, files, 1);
    if (status == EXIT_DONE)
        status = args_writable(args, drawings, 0);
    if (status == EXIT_DONE && log)
        status = term_result(curves_check(log, &err), &err);
    if (status == EXIT_DONE)
        status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        precision_warn(work.ctx, work.options.precision);
    if (status == EXIT_DONE)
        training_warn(args, "branch", work.branch);
    if (status == EXIT_DONE)
        status = term_result(train(&work, args, &err), &err);
    if (status == EXIT_DONE) {
        report(&work, args);
        status = work.failed > 0 ? EXIT_SOME_FAILED : EXIT_DONE;
    }
    curves_close(&work.curves);
    ltrec_dataset_free(work.dataset);
    music_free(work.music);
    ltrec_model_free(work.model);
    ltrec_model_free(work.base);
    ltrec_factors_free(work.targets);
    ltrec_context_free(work.ctx);
    return status;
}

static const struct args_option options[] = {
    {"branch", "B", "audio, mgp, mlg, genre, artist, head or fusion"},
    {"factors", "F", "the factors to be learnt, from ltrec factorize"},
    {"base", "M", "the model so far, which the new branch joins"},
    {"fuse", "LIST", "for fusion: branches joined by + (default: all)"},
    {"out", "M", "the model file to write"},
    CONTENT_TABLES,
    TRAINING_OPTIONS,
    {"min-listeners", "N", "a target must have (default: 3)"},
    {"split", "S", "validation by track, artist, album or time"},
    {"checkpoint", "FILE", "saved after every epoch, and gone on from"},
    {"scratch", "DIR", "spectrograms in a file there, not in memory"},
    {"log", "FILE", "a line of JSON an epoch"},
    {"curves", "FILE", "the losses over the epochs, as SVG"},
    {"provenance", "TEXT", "data and licence, kept in the file"},
    {"seed", "N", "default: 1"},
    {"json", NULL, "one JSON object"},
    {NULL, NULL, NULL},
};

const struct command command_train = {
    .name = "train",
    .summary = "learn to predict factors from what a track is",
    .usage = "--branch B --factors F --out M [--base M] [TABLES]",
    .details =
        "Branches are trained one at a time, each on top of --base:\n"
        "  ltrec train --branch mgp --factors F --attributes T --out 1.model\n"
        "  ltrec train --branch genre --factors F --genres T --base 1.model "
        "--out 2.model\n"
        "  ltrec train --branch fusion --factors F --attributes T --genres T "
        "--base 2.model --out 3.model\n"
        "Audio reads the files named by the items table's column `path`.",
    .options = options,
    .writes = "out checkpoint log curves",
    .run = run,
};
