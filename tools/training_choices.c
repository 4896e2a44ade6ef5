/*
 * training_choices.c - what is kept back for validation, where spectrograms
 * lie, and whether what is asked for is of the branch at all
 */
#include <libgen.h>
#include <stdlib.h>
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
}
