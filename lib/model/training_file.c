/*
 * training_file.c - how branches were trained, as their models tell
 *
 * Five numbers beside a branch in the file.  A branch without them is from
 * elsewhere, or was trained before they were kept: nothing is known of it.
 */
#include "model/model_parts.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "store/store.h"

#define KEY 64
#define MOST_SPLIT 4 /* LTREC_SPLIT_TIME, of ltrec/train.h */

static const char *key_of(char *key, size_t place, const char *what)
{
    snprintf(key, KEY, "%s.%s", ltr_branch_names[place], what);
    return key;
}

void ltr_training_write(struct ltr_writer *w, size_t place,
                        const ltrec_branch_training *t)
{
    char key[KEY];

    if (t->tracks == 0)
        return;
    ltr_store_number(w, key_of(key, place, "tracks"), t->tracks);
    ltr_store_number(w, key_of(key, place, "validation_tracks"),
                     t->validation_tracks);
    ltr_store_number(w, key_of(key, place, "seed"), t->seed);
    ltr_store_number(w, key_of(key, place, "split"), (uint64_t)t->split);
    ltr_store_real(w, key_of(key, place, "validation_share"),
                   (double)t->validation);
}

int ltr_training_read(const struct ltr_reader *r, size_t place,
                      ltrec_branch_training *t, ltrec_error *err)
{
    uint64_t tracks = 0, kept = 0, seed = 0, split = 0;
    double share = 0;
    char key[KEY];
    int status;

    if (!ltr_store_find_text(r, key_of(key, place, "tracks")))
        return LTREC_OK;
    status = ltr_store_find_number(r, key, 1, UINT64_MAX, &tracks, err);
    if (status == LTREC_OK)
        status =
            ltr_store_find_number(r, key_of(key, place, "validation_tracks"),
                                  0, UINT64_MAX, &kept, err);
    if (status == LTREC_OK)
        status = ltr_store_find_number(r, key_of(key, place, "seed"), 0,
                                       UINT64_MAX, &seed, err);
    if (status == LTREC_OK)
        status = ltr_store_find_number(r, key_of(key, place, "split"), 1,
                                       MOST_SPLIT, &split, err);
    if (status == LTREC_OK)
        status = ltr_store_find_real(r, key_of(key, place, "validation_share"),
                                     0, 1, &share, err);
    *t = (ltrec_branch_training){.size = sizeof *t,
                                 .tracks = tracks,
                                 .validation_tracks = kept,
                                 .seed = seed,
                                 .split = (int32_t)split,
                                 .validation = (float)share};
    return status;
}
