/*
 * training_choices.c - what is kept back for validation, where spectrograms
 * lie, and whether what is asked for is of the branch at all
 */
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "term.h"
#include "training.h"

/* ---- Spectrograms ------------------------------------------------------- */

/* A quarter of the memory of this machine: the rest is for networks, and for
 * whoever else is there. */
static double memory_for_sound(void)
{
    return (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) / 4;
}

void scratch_choose(struct args *args, struct music *music, const char *out)
{
    const char *given = args_text(args, "scratch", NULL);
    double bytes = (double)music_kept_bytes(music);
    char *copy;

    if (given) {
        music->scratch = tool_copy_text(given);
    } else if (bytes > memory_for_sound()) {
        copy = tool_copy_text(out);
        music->scratch = tool_copy_text(dirname(copy));
        free(copy);
        term_say("%.3g GB of spectrograms: in a file without a name in %s",
                 bytes / 1e9, music->scratch);
    }
}

/* ---- Keeping back ------------------------------------------------------- */

static const char *const splits[] = {"track", "artist", "album", "time", NULL};

int32_t split_wish(struct args *args)
{
    return LTREC_SPLIT_TRACK + args_choice(args, "split", 1, splits);
}

const char *training_split(int32_t split)
{
    return splits[split - LTREC_SPLIT_TRACK];
}

int split_check(struct args *args, const struct music *music, ltrec_error *err)
{
    static const char *const columns[] = {"", "artist", "album", "released"};
    int32_t split = split_wish(args);

    if (!args_has(args, "split") || split == LTREC_SPLIT_TRACK)
        return LTREC_OK;
    for (uint32_t i = 0; i < music_count(music); i++)
        if (split == LTREC_SPLIT_ARTIST  ? music->artist[i] != 0
            : split == LTREC_SPLIT_ALBUM ? music->album[i] != 0
                                         : music->released[i] != 0)
            return LTREC_OK;
    return tool_fail(err, LTREC_ERR_ARGUMENT,
                     "--split %s: of no track is it known; --items with a "
                     "column %s, or the tags of a --catalog, tell it",
                     args_text(args, "split", ""),
                     columns[split - LTREC_SPLIT_TRACK]);
}

/* ---- What is learnt besides --------------------------------------------- */

int ears_check(uint32_t branches, const struct music *music, ltrec_error *err)
{
    if (!(branches & LTREC_BRANCH_MLG) || !music_by_ear(music) ||
        names_count(music->vocabulary[MUSIC_ATTRIBUTES]) > 0)
        return LTREC_OK;
    return tool_fail(err, LTREC_ERR_ARGUMENT,
                     "mlg without --machine listens for attributes, which "
                     "--attributes has to tell");
}

void teachers_required(struct args *args, uint32_t wanted,
                       const ltrec_train_options *o)
{
    uint32_t listening = LTREC_BRANCH_AUDIO;

    if (!args_has(args, "machine") && !args_has(args, "catalog"))
        listening |= LTREC_BRANCH_MLG;
    if ((wanted & listening) && !args_has(args, "attributes") &&
        (o->auxiliary > 0 || o->distil > 0))
        args_wrong(args,
                   "--%s learns from attributes: --attributes is "
                   "missing",
                   o->auxiliary > 0 ? "auxiliary" : "distil");
}

void report_warn(const char *branch, const ltrec_train_report *r)
{
    if (r->stopped[0])
        term_warn("%s: %s; kept the weights of epoch %u", branch, r->stopped,
                  (unsigned)r->best_epoch);
    if (r->n_validation == 0)
        term_warn("%s: with %zu tracks none is kept back; what is called "
                  "validation is the training's own loss",
                  branch, r->n_train);
}

/* ---- Of another branch -------------------------------------------------- */

uint32_t training_taught(uint32_t wanted, int fused, int by_ear, int distils)
{
    uint32_t lessons[TRAINING_LESSONS];
    size_t n = training_lessons(wanted, by_ear, distils, lessons);
    uint32_t taught = fused ? LTREC_BRANCH_FUSION : 0;

    for (size_t i = 0; i < n; i++)
        taught |= lessons[i];
    return taught;
}

void training_warn(const struct args *args, const char *option,
                   uint32_t taught)
{
    static const struct {
        const char *name;
        uint32_t branches;
    } of[] = {
        {"network", LTREC_BRANCH_AUDIO | LTREC_BRANCH_HEAD},
        {"patch-seconds", LTREC_BRANCH_AUDIO},
        {"patches", LTREC_BRANCH_AUDIO},
        {"stripes", LTREC_BRANCH_AUDIO},
        {"soft-floor", LTREC_BRANCH_AUDIO},
        {"auxiliary", LTREC_BRANCH_AUDIO},
        {"distil", LTREC_BRANCH_AUDIO},
        {"unplayed", LTREC_BRANCH_AUDIO},
        {"fuse-dropout", LTREC_BRANCH_FUSION},
        {"stack", LTREC_BRANCH_FUSION},
        {"fuse", LTREC_BRANCH_FUSION},
        {"input-dropout", LTREC_BRANCH_MGP | LTREC_BRANCH_MLG},
        {"mask", LTREC_BRANCH_MGP | LTREC_BRANCH_MLG},
        {"linear", LTREC_BRANCH_ALL & ~LTREC_BRANCH_HEAD},
        {"contrast", LTREC_BRANCH_ALL & ~LTREC_BRANCH_HEAD},
        {"mixup", LTREC_BRANCH_ALL & ~LTREC_BRANCH_HEAD},
        {"kappa", LTREC_BRANCH_ALL & ~LTREC_BRANCH_HEAD},
    };

    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
        if (!(of[i].branches & taught) && args_has(args, of[i].name))
            term_warn("--%s is not for --%s %.60s, passed over", of[i].name,
                      option, args_text(args, option, ""));
    if (args_has(args, "temperature") && !args_has(args, "contrast"))
        term_warn("--temperature is of --contrast, passed over");
    if (args_has(args, "kappa") &&
        strcmp(args_text(args, "weigh", ""), "trust") == 0)
        term_warn("--kappa is not for --weigh trust, passed over");
}
