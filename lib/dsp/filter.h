/*
 * filter.h - a recursive filter, a block of samples at a time
 *
 * A recursion makes each output wait for the one before.  As a product with a
 * matrix, only a block waits for the block before it.
 *
 * As in math/kernels.h each instruction set is one file that defines one
 * table.
 */
#ifndef LTR_DSP_FILTER_H
#define LTR_DSP_FILTER_H

#include <stddef.h>

/* Samples that a recursive filter makes at once, and what it remembers. */
#define LTR_FILTER_BLOCK 8
#define LTR_FILTER_STATE 4

/*
 * A filter as what each of a block's inputs and of its memory adds to every
 * output of the block, and to its memory after it.
 */
struct ltr_filter {
    double input_output[LTR_FILTER_BLOCK][LTR_FILTER_BLOCK];
    double state_output[LTR_FILTER_STATE][LTR_FILTER_BLOCK];
    double input_state[LTR_FILTER_BLOCK][LTR_FILTER_STATE];
    double state_state[LTR_FILTER_STATE][LTR_FILTER_STATE];
};

/* A channel under way: squares[i] is the sum of output i of all blocks. */
struct ltr_filter_run {
    double state[LTR_FILTER_STATE];
    double squares[LTR_FILTER_BLOCK];
};

struct ltr_filters {
    /* Run `n_blocks` blocks of x[n_blocks * block][stride], one channel. */
    void (*run)(const struct ltr_filter *filter, struct ltr_filter_run *run,
                const float *x, size_t stride, size_t n_blocks);

    /* The same of two neighbouring channels, run[2]. */
    void (*run_2)(const struct ltr_filter *filter, struct ltr_filter_run *run,
                  const float *x, size_t stride, size_t n_blocks);
};

extern const struct ltr_filters ltr_filters_portable;
extern const struct ltr_filters ltr_filters_avx2;
extern const struct ltr_filters ltr_filters_avx512;

/* The best table for a CPU, given the bits of ltrec_context.cpu. */
const struct ltr_filters *ltr_filters_for(unsigned cpu);

#endif /* LTR_DSP_FILTER_H */
