/*
 * conv.c - convolutions in time and dense layers, by matrix products
 *
 * Frames are rows, so that the taps of one output are consecutive floats: an
 * operand whose rows overlap (row stride n_in, taps * n_in columns) turns the
 * whole layer into one product, without copying the input.
 */
#include "nn/layers.h"

#include <string.h>

#include "math/gemm.h"

void ltr_conv_forward(const ltrec_context *ctx, const struct ltr_conv *conv,
                      size_t frames, const float *x, size_t first,
                      size_t count, float *y)
{
    size_t rows = frames - conv->taps + 1, depth = conv->taps * conv->n_in;

    /* Start every row from the bias, and let the product add to it. */
    for (size_t t = 0; t < rows; t++)
        memcpy(y + t * conv->n_out + first, conv->bias + first,
               count * sizeof *y);
    ltr_gemm(ctx, rows, count, depth, (struct ltr_operand){x, conv->n_in, 1},
             ltr_transposed(conv->weights + first * depth, depth), y + first,
             conv->n_out, true);
}

/*
 * Each tap sends d_y back to the frame it read.  Its first pass over the
 * frames may set; the others, one frame later each, add in the order of taps.
 */
void ltr_conv_backward(const ltrec_context *ctx, const struct ltr_conv *conv,
                       size_t frames, const float *d_y, size_t first,
                       size_t count, float *d_x)
{
    size_t rows = frames - conv->taps + 1, depth = conv->taps * conv->n_in;

    for (size_t t = rows; t < frames; t++)
        memset(d_x + t * conv->n_in + first, 0, count * sizeof *d_x);
    for (size_t tap = 0; tap < conv->taps; tap++)
        ltr_gemm(ctx, rows, count, conv->n_out, ltr_plain(d_y, conv->n_out),
                 ltr_plain(conv->weights + tap * conv->n_in + first, depth),
                 d_x + tap * conv->n_in + first, conv->n_in, tap > 0);
}

void ltr_conv_gradient(const ltrec_context *ctx, const struct ltr_conv *conv,
                       size_t frames, const float *x, const float *d_y,
                       size_t first, size_t count, float *d_weights,
                       float *d_bias)
{
    size_t rows = frames - conv->taps + 1, depth = conv->taps * conv->n_in;

    for (size_t t = 0; t < rows; t++)
        for (size_t f = first; f < first + count; f++)
            d_bias[f] += d_y[t * conv->n_out + f];
    ltr_gemm(ctx, count, depth, rows, ltr_transposed(d_y + first, conv->n_out),
             (struct ltr_operand){x, conv->n_in, 1}, d_weights + first * depth,
             depth, true);
}
