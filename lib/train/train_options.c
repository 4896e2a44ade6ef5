/*
 * train_options.c - the options of training: defaults, ranges, and a number
 * that tells two sets of them apart
 */
#include "train/train_parts.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/options.h"
#include "store/store.h"

#define MOST_PROVENANCE 65536 /* found out before hours of training */

static const ltrec_train_options defaults = {
    .size = sizeof defaults,
    .audio = LTREC_AUDIO_REFERENCE,
    .patch_seconds = 35,
    .patches = 1,
    .dropout = 0.5f,
    .input_dropout = 0.5f,
    .fuse_dropout = 0.7f,
    .branch_dropout = 0.25f,
    .head_folds = 5,
    .epochs = 100,
    .patience = 8,
    .rate = 1e-3f,
    .validation = 0.1f,
    .split = LTREC_SPLIT_ARTIST,
    .min_plays = 1,
    .kappa = 3,
    .weighing = LTREC_WEIGHING_PLAYS,
    .provenance = "",
    .schedule = LTREC_SCHEDULE_CONSTANT,
    .linear = LTREC_LINEAR_NONE,
    .temperature = 0.1f,
    .average = 0.99f,
    .checkpoint_epochs = 1,
    .precision = LTREC_PRECISION_FLOAT32,
    .stack = 1,
    .unplayed = 1,
};

void ltrec_train_options_init(ltrec_train_options *options, size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

/* ---- Ranges ------------------------------------------------------------- */

enum {
    N_NUMBERS = LTR_TRAIN_SETTINGS - 4
};

/* An option that is a number, and its range. */
struct number {
    const char *name;
    double value, least, most;
};

static void list_numbers(const ltrec_train_options *o,
                         struct number numbers[N_NUMBERS])
{
    const struct number list[N_NUMBERS] = {
        {"audio", o->audio, LTREC_AUDIO_REFERENCE, LTREC_AUDIO_FLATTEN},
        {"patch_seconds", (double)o->patch_seconds, 0.01, 3600},
        {"patches", o->patches, 1, 1000},
        {"hidden", o->hidden, 0, 65536},
        {"dropout", (double)o->dropout, 0, 0.99},
        {"input_dropout", (double)o->input_dropout, 0, 0.99},
        {"fuse_dropout", (double)o->fuse_dropout, 0, 0.99},
        {"branch_dropout", (double)o->branch_dropout, 0, 0.99},
        {"head_folds", o->head_folds, 2, 20},
        {"epochs", o->epochs, 1, 100000},
        {"patience", o->patience, 1, 100000},
        {"batch", o->batch, 0, 65536},
        {"rate", (double)o->rate, 1e-12, 10},
        {"validation", (double)o->validation, 0, 0.5},
        {"split", o->split, LTREC_SPLIT_TRACK, LTREC_SPLIT_TIME},
        {"kappa", (double)o->kappa, 0, 1e9},
        {"schedule", o->schedule, LTREC_SCHEDULE_CONSTANT,
         LTREC_SCHEDULE_COSINE},
        {"warmup", (double)o->warmup, 0, 100000},
        {"decay", (double)o->decay, 0, 100},
        {"average", (double)o->average, 0, 0.99999},
        {"linear", o->linear, LTREC_LINEAR_NONE, LTREC_LINEAR_RIDGE},
        {"contrast", (double)o->contrast, 0, 10},
        {"temperature", (double)o->temperature, 0.01, 10},
        {"mask", (double)o->mask, 0, 0.99},
        {"mixup", (double)o->mixup, 0, 1},
        {"stripes", o->stripes, 0, 10},
        {"auxiliary", (double)o->auxiliary, 0, 100},
        {"distil", (double)o->distil, 0, 1},
        {"checkpoint_epochs", o->checkpoint_epochs, 1, 100000},
        {"precision", o->precision, LTREC_PRECISION_FLOAT32,
         LTREC_PRECISION_BF16},
        {"weighing", o->weighing, LTREC_WEIGHING_PLAYS, LTREC_WEIGHING_TRUST},
        {"stack", o->stack, 0, 1},
        {"soft_floor", (double)o->soft_floor, 0, LTR_MOST_SOFT_FLOOR},
        {"unplayed", o->unplayed, 0, 1},
    };

    memcpy(numbers, list, sizeof list);
}

int ltr_train_options_check(const ltrec_train_options *o, ltrec_error *err)
{
    struct number numbers[N_NUMBERS];

    list_numbers(o, numbers);
    for (size_t i = 0; i < N_NUMBERS; i++)
        /* As floats: 0.99f is within, and a little more than 0.99. */
        if (!((float)numbers[i].value >= (float)numbers[i].least &&
              (float)numbers[i].value <= (float)numbers[i].most))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "train: %s is %g, wanted %g to %g",
                            numbers[i].name, numbers[i].value,
                            numbers[i].least, numbers[i].most);
    if (o->fuse & ~(uint32_t)(LTREC_BRANCH_FUSION - 1))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "train: `fuse` has bits of what is no branch that can "
                        "be fused");
    if (!o->provenance)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "train: `provenance` is NULL");
    if (!ltr_store_accepts(o->provenance) ||
        strlen(o->provenance) > MOST_PROVENANCE)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "train: `provenance` is not UTF-8, or longer than %d "
                        "bytes",
                        MOST_PROVENANCE);
    return LTREC_OK;
}

/* How long to go on does not change what an epoch does, unless the rate falls
 * with the epochs. */
static int is_about_the_end(const ltrec_train_options *o, const char *name)
{
    return (strcmp(name, "epochs") == 0 &&
            o->schedule == LTREC_SCHEDULE_CONSTANT) ||
           strcmp(name, "patience") == 0 ||
           strcmp(name, "checkpoint_epochs") == 0;
}

/* An option that has no range of its own, or those above. */
static struct number setting_of(const ltrec_train_options *o,
                                const struct number numbers[N_NUMBERS],
                                size_t i)
{
    const struct number more[] = {
        {"fuse", o->fuse, 0, 0},
        {"min_plays", o->min_plays, 0, 0},
        {"the seed, above 2^32,", (double)(o->seed >> 32), 0, 0},
        {"seed", (double)(o->seed & UINT32_MAX), 0, 0},
    };

    return i < N_NUMBERS ? numbers[i] : more[i - N_NUMBERS];
}

void ltr_train_settings(const ltrec_train_options *o,
                        double values[LTR_TRAIN_SETTINGS])
{
    struct number numbers[N_NUMBERS];

    list_numbers(o, numbers);
    for (size_t i = 0; i < LTR_TRAIN_SETTINGS; i++)
        values[i] = setting_of(o, numbers, i).value;
}

/* In as many digits as it takes: a seed has ten, a rate a few. */
static int tell_apart(const char *name, double found, double wanted,
                      ltrec_error *err)
{
    char was[40], is[40];
    int digits = 6;

    do {
        snprintf(was, sizeof was, "%.*g", digits, found);
        snprintf(is, sizeof is, "%.*g", digits, wanted);
    } while (digits++ < 17 &&
             (strcmp(was, is) == 0 || strstr(was, "e+") || strstr(is, "e+")));
    return ltr_fail(err, LTREC_ERR_MISMATCH,
                    "train: the checkpoint is of other options: %s %s, not %s",
                    name, was, is);
}

int ltr_train_settings_check(const ltrec_train_options *o,
                             const double found[LTR_TRAIN_SETTINGS],
                             ltrec_error *err)
{
    struct number numbers[N_NUMBERS];

    list_numbers(o, numbers);
    for (size_t i = 0; i < LTR_TRAIN_SETTINGS; i++) {
        struct number n = setting_of(o, numbers, i);

        if (found[i] != n.value && !is_about_the_end(o, n.name))
            return tell_apart(n.name, found[i], n.value, err);
    }
    return LTREC_OK;
}
