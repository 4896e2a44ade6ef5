/*
 * listening.h - what training makes of the sound of tracks, beside crops
 */
#ifndef LTR_TRAIN_LISTENING_H
#define LTR_TRAIN_LISTENING_H

#include "train/train_parts.h"

/* features[n_train][ltr_linear_size()] of the audio branch's tracks to be
 * trained on, which begin as zeros. */
int ltr_describe_tracks(const struct ltr_lesson *lesson,
                        const struct ltr_sample *sample,
                        const struct ltr_branch *audio, float *features);

/* The head's input for each row, by the base model's trunk. */
int ltr_hear_pooled(const struct ltr_lesson *lesson, const uint32_t *rows,
                    size_t n, struct ltr_matrix *out);

/*
 * What is heard in every track that has sound and a target, `heard[n]
 * [attributes]`: each by a head that was trained without it and without its
 * artist's other tracks.  Both are to be freed also after a failure.
 */
int ltr_hear_by_others(const struct ltr_lesson *lesson,
                       struct ltr_sample *wanted, struct ltr_matrix *heard);

/*
 * What is taken from each column of a head's inputs, and what it is then
 * multiplied by, to be learnt from; both are [width], zeros where it has not
 * been made.
 */
struct ltr_alike {
    float *mean, *scale;
};

/* Make a matrix alike by those of its rows that are trained on; `out` is to be
 * freed also after a failure. */
int ltr_alike_make(const struct ltr_lesson *lesson,
                   const struct ltr_sample *sample, struct ltr_matrix *matrix,
                   struct ltr_alike *out);

/* Give a head that learnt from such a matrix weights for inputs as they are.
 */
void ltr_alike_fold(const struct ltr_alike *alike, struct ltr_branch *head);

void ltr_alike_free(ltrec_context *ctx, struct ltr_alike *alike);

#endif /* LTR_TRAIN_LISTENING_H */
