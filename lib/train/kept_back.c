/*
 * kept_back.c - by what tracks are kept back, in all branches of a model
 *
 * What a fusion makes of its branches is judged by tracks that none of them
 * has learnt, so those that join a model keep back what its first one did.
 */
#include "train/train_parts.h"

/* Whether any track says what a split goes by. */
static int is_told(const ltrec_dataset *d, int32_t split)
{
    for (size_t row = 0; row < d->n; row++) {
        const struct ltr_known *t = &d->tracks[row];

        if (split == LTREC_SPLIT_TRACK ||
            (split == LTREC_SPLIT_ARTIST && t->artist != 0) ||
            (split == LTREC_SPLIT_ALBUM && t->album != 0) ||
            (split == LTREC_SPLIT_TIME && t->released != 0))
            return 1;
    }
    return 0;
}

struct ltr_keeping ltr_keeping_of(const ltrec_dataset *d,
                                  const ltrec_train_options *o,
                                  struct ltr_branch *const *joined)
{
    for (size_t i = 0; joined && i < LTR_BRANCHES; i++) {
        const ltrec_branch_training *t =
            joined[i] ? &joined[i]->training : NULL;

        if (t && t->tracks > 0 && is_told(d, t->split))
            return (struct ltr_keeping){t->seed, t->split, t->validation};
    }
    /* Where no artist, or album, is named each track is on its own. */
    if ((o->split == LTREC_SPLIT_ARTIST || o->split == LTREC_SPLIT_ALBUM) &&
        !is_told(d, o->split))
        return (struct ltr_keeping){o->seed, LTREC_SPLIT_TRACK, o->validation};
    return (struct ltr_keeping){o->seed, o->split, o->validation};
}

void ltr_training_of(const struct ltr_lesson *l, ltrec_branch_training *out)
{
    *out =
        (ltrec_branch_training){.size = sizeof *out,
                                .tracks = l->report->n_train,
                                .validation_tracks = l->report->n_validation,
                                .seed = l->keeping.seed,
                                .split = l->keeping.split,
                                .validation = l->keeping.share};
}
