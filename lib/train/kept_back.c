/*
 * kept_back.c - by what tracks are kept back, in all branches of a model
 *
 * What a fusion makes of its branches is judged by tracks that none of them
 * has learnt, so those that join a model keep back what its first one did.
 */
#include "base/error.h"
#include "train/train_parts.h"

static const char *const splits[] = {
    [LTREC_SPLIT_TRACK] = "track",
    [LTREC_SPLIT_ARTIST] = "artist",
    [LTREC_SPLIT_ALBUM] = "album",
    [LTREC_SPLIT_TIME] = "time of release",
};

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

static int keep_as_before(struct ltr_lesson *l,
                          const struct ltr_branch *joined)
{
    const ltrec_branch_training *t = &joined->training;

    l->keeping = (struct ltr_keeping){t->seed, t->split, t->validation};
    return t->validation == 0 || l->dataset->n == 0 ||
                   is_told(l->dataset, t->split)
               ? LTREC_OK
               : ltr_fail(l->err, LTREC_ERR_MISMATCH,
                          "train: the model's branches kept tracks back by "
                          "%s, of which this dataset says nothing",
                          splits[t->split]);
}

int ltr_keep_back(struct ltr_lesson *l, struct ltr_branch *const *joined)
{
    const ltrec_train_options *o = l->options;
    int by_group =
        o->split == LTREC_SPLIT_ARTIST || o->split == LTREC_SPLIT_ALBUM;

    for (size_t i = 0; joined && i < LTR_BRANCHES; i++)
        if (joined[i] && joined[i]->training.tracks > 0)
            return keep_as_before(l, joined[i]);
    /* Where no artist, or album, is named each track is on its own. */
    l->keeping = (struct ltr_keeping){
        o->seed,
        by_group && !is_told(l->dataset, o->split) ? LTREC_SPLIT_TRACK
                                                   : o->split,
        o->validation};
    return LTREC_OK;
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
