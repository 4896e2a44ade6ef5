/*
 * layers.h - what networks are made of, forward and backward side by side
 *
 * One sample is a sequence: frames of channels, x[frames][n].  A plain vector
 * is a sequence of one frame.  `d_x` is the derivative of the loss by x and
 * has the shape of x.  Convolutions and dense layers are products, of many
 * samples at once: trunk.c and head.c have them.
 */
#ifndef LTR_NN_LAYERS_H
#define LTR_NN_LAYERS_H

#include <stddef.h>
#include <stdint.h>

#include <ltrec/base.h>

/* ---- Rectifier and dropout, in place ------------------------------------ */

/* NaN passes: what has gone wrong must come out as wrong. */
void ltr_relu_forward(float *x, size_t n);

/* `y` is what the forward pass left: where it is 0, nothing comes back. */
void ltr_relu_backward(const float *y, float *d, size_t n);

/*
 * Each value is dropped with probability `rate`, to a 65,536th, and the
 * others are scaled so that the mean stays.  What is dropped depends on
 * (seed, stream, first + i) alone; `first` is a multiple of 4.
 */
void ltr_dropout_forward(float *x, size_t n, float rate, uint64_t seed,
                         uint64_t stream, uint64_t first);

/* A value that was dropped is 0 in `y`, and one that is 0 needs no more. */
void ltr_dropout_backward(const float *y, float *d, size_t n, float rate);

/* ---- Pooling ------------------------------------------------------------ */

/* y[frames / width][n] = the largest of each `width` frames in a row. */
void ltr_max_pool_forward(const float *x, size_t frames, size_t n,
                          size_t width, float *y);

/* The first of equal maxima gets the gradient.  Dropout may have changed what
 * the forward pass left, which is not looked at. */
void ltr_max_pool_backward(const float *x, size_t frames, size_t n,
                           size_t width, const float *d_y, float *d_x);

/*
 * y[3 n] = over all frames the mean, the maximum and the L2 norm, this one
 * per frame - the root of the mean square - so that length does not count.
 */
void ltr_global_pool_forward(const float *x, size_t frames, size_t n,
                             float *y);
void ltr_global_pool_backward(const float *x, const float *y, size_t frames,
                              size_t n, const float *d_y, float *d_x);

/*
 * The forward pass in parts, for more frames than are at hand at once:
 * sums[3 n] = of some frames the sum, the maximum and the sum of squares; what
 * other frames come to joins all[3 n], which begins as that of the first; and
 * what all of them come to, as floats, ends as y[3 n].
 */
void ltr_global_pool_sum(const float *x, size_t frames, size_t n, float *sums);
void ltr_global_pool_join(double *all, const float *sums, size_t n);
void ltr_global_pool_end(float *y, size_t frames, size_t n);

/* ---- Unit length and losses --------------------------------------------- */

/* Shorter vectors than this are divided by this. */
#define LTR_LEAST_NORM 1e-8

/* y = x / max(|x|, LTR_LEAST_NORM); returns |x|. */
double ltr_unit_forward(const float *x, size_t n, float *y);

/*
 * The cosine loss of prediction p[n] for the unit target y[n]:
 * weight * (1 - cos(p, y)), and its derivative in d_p (NULL when unwanted).
 */
double ltr_cosine_loss(const float *p, const float *y, size_t n, double weight,
                       float *d_p);

/*
 * The mean binary cross-entropy of the logits p[n] for targets y[n] in
 * [0, 1], over those that are not NaN; weight and d_p as above.
 */
double ltr_logistic_loss(const float *p, const float *y, size_t n,
                         double weight, float *d_p);

/* 1 / (1 + exp(-x)) in place. */
void ltr_logistic(float *x, size_t n);

#endif /* LTR_NN_LAYERS_H */
