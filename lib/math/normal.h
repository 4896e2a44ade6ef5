/*
 * normal.h - weighted outer products of rows that lie apart, times a vector
 *
 * The part of a least-squares problem's normal equations that is a row's own:
 * a sum of w v v' over vectors v scattered in a large matrix.  It is never
 * made, only multiplied by; what that costs is fetching the vectors, so that
 * each is used for its dot product and its sum while it is at hand, and those
 * of later rows are sent for meanwhile.
 */
#ifndef LTR_MATH_NORMAL_H
#define LTR_MATH_NORMAL_H

#include <stddef.h>
#include <stdint.h>

/* Widths are whole numbers of these, the floats of the widest register. */
#define LTR_NORMAL_LANES 16

struct ltr_normal_rows {
    const float *vectors; /* [][dim] */
    size_t dim;           /* a multiple of LTR_NORMAL_LANES */
    const uint32_t *rows; /* [n] of them */
    const float *weights; /* [n] */
    size_t n;

    /* Vectors that will be asked for later. */
    const uint32_t *ahead; /* [n_ahead] */
    size_t n_ahead;
};

struct ltr_normal {
    /*
     * out[dim] += the sum over i, ascending, of weights[i] (v_i.x) v_i; or,
     * with `pulls`, of (pulls[i] - weights[i] (v_i.x)) v_i, which is their
     * residual.  The bits do not depend on how a sum is parted into calls.
     */
    void (*apply)(float *out, const struct ltr_normal_rows *a, const float *x,
                  const float *pulls);

    /* sum + the sum over i, ascending, of weights[i] (v_i.x)^2. */
    float (*square)(float sum, const struct ltr_normal_rows *a,
                    const float *x);

    /* The part that rows share: out[dim] = (shared[dim] + rho) * x[dim]. */
    void (*share)(float *out, const float *shared, float rho, const float *x,
                  size_t dim);

    /* out[dim] = 1 / (shared[dim] + rho + weight * typical[dim]). */
    void (*invert)(float *out, const float *shared, float rho,
                   const float *typical, float weight, size_t dim);

    /* out[dim] = x[dim] * by[dim]. */
    void (*scale)(float *out, const float *x, const float *by, size_t dim);

    /* y[dim] += length * x[dim]. */
    void (*add)(float *y, const float *x, float length, size_t dim);

    /* The direction after: p[dim] = r[dim] + ratio * p[dim]. */
    void (*turn)(float *p, const float *r, float ratio, size_t dim);
};

extern const struct ltr_normal ltr_normal_portable;
extern const struct ltr_normal ltr_normal_avx2;
extern const struct ltr_normal ltr_normal_avx512;

/* The best for a CPU, given the bits of ltrec_context.cpu. */
const struct ltr_normal *ltr_normal_for(unsigned cpu);

#endif /* LTR_MATH_NORMAL_H */
