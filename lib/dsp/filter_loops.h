/*
 * filter_loops.h - a recursive filter on the compiler's vectors
 *
 * Included by one file per instruction set, each compiled for its own.
 */
#include "dsp/filter.h"

#include <string.h>

#define BLOCK LTR_FILTER_BLOCK
#define STATE LTR_FILTER_STATE

typedef double block __attribute__((vector_size(BLOCK * sizeof(double))));
typedef double state __attribute__((vector_size(STATE * sizeof(double))));

/* What one input or one part of the memory of each channel adds. */
static inline void add_column(const double *output, const double *after,
                              const double *in, size_t step, block *y,
                              state *memory, size_t channels)
{
    block column;
    state column_s;

    memcpy(&column, output, sizeof column);
    memcpy(&column_s, after, sizeof column_s);
    for (size_t c = 0; c < channels; c++) {
        y[c] += column * in[c * step];
        memory[c] += column_s * in[c * step];
    }
}

/*
 * A block of each of so many channels, which do not wait for each other, and
 * share what is loaded of the matrix.
 */
static inline void filter_block(const struct ltr_filter *f,
                                const double *inputs, double before[2][STATE],
                                block *squares, size_t channels)
{
    state after[2] = {{0}, {0}};
    block y[2] = {{0}, {0}};

    for (size_t i = 0; i < BLOCK; i++)
        add_column(f->input_output[i], f->input_state[i],
                   inputs + i * channels, 1, y, after, channels);
    for (size_t i = 0; i < STATE; i++)
        add_column(f->state_output[i], f->state_state[i], &before[0][i], STATE,
                   y, after, channels);
    for (size_t c = 0; c < channels; c++) {
        squares[c] += y[c] * y[c];
        memcpy(before[c], &after[c], sizeof before[c]);
    }
}

/* Blocks turned into doubles at a time. */
#define SOME 16

/* Blocks one after the other; what is constant makes loops shorter. */
static inline void run_all(const struct ltr_filter *f,
                           struct ltr_filter_run *run, const float *x,
                           size_t stride, size_t n_blocks, size_t channels)
{
    double before[2][STATE], inputs[SOME * BLOCK * 2];
    block squares[2];

    /* Not every compiler sees that no other channels than these are read. */
    memset(squares, 0, sizeof squares);
    for (size_t c = 0; c < channels; c++) {
        memcpy(before[c], run[c].state, sizeof before[c]);
        memcpy(&squares[c], run[c].squares, sizeof squares[c]);
    }
    while (n_blocks > 0) {
        size_t some = n_blocks < SOME ? n_blocks : SOME;

        for (size_t i = 0; i < some * BLOCK; i++)
            for (size_t c = 0; c < channels; c++)
                inputs[i * channels + c] = (double)x[i * stride + c];
        for (size_t i = 0; i < some; i++)
            filter_block(f, inputs + i * BLOCK * channels, before, squares,
                         channels);
        x += some * BLOCK * stride;
        n_blocks -= some;
    }
    for (size_t c = 0; c < channels; c++) {
        memcpy(run[c].state, before[c], sizeof before[c]);
        memcpy(run[c].squares, &squares[c], sizeof squares[c]);
    }
}

static void run_1(const struct ltr_filter *f, struct ltr_filter_run *run,
                  const float *x, size_t stride, size_t n_blocks)
{
    if (stride == 1)
        run_all(f, run, x, 1, n_blocks, 1);
    else
        run_all(f, run, x, stride, n_blocks, 1);
}

static void run_2(const struct ltr_filter *f, struct ltr_filter_run *run,
                  const float *x, size_t stride, size_t n_blocks)
{
    if (stride == 2)
        run_all(f, run, x, 2, n_blocks, 2);
    else
        run_all(f, run, x, stride, n_blocks, 2);
}

#define FILTER_TABLE \
    { \
        .run = run_1, .run_2 = run_2, \
    }
