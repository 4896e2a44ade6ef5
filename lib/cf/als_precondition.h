/*
 * als_precondition.h - what rows of the factorization share, inverted
 *
 * The pairs nobody played weigh more than those that were, and their part of
 * the equations is that of all rows: alpha0 G + rho I, in which only rho
 * differs a little.  Conjugate gradient preconditioned by its inverse starts
 * from what a row without pairs would have, and comes in two steps to where it
 * otherwise is after three.
 */
#ifndef LTR_CF_ALS_PRECONDITION_H
#define LTR_CF_ALS_PRECONDITION_H

#include <stddef.h>

#include <ltrec/base.h>

struct ltr_sweep;
struct ltr_steps;

struct ltr_precondition {
    float *panels; /* [rank][rank], as struct ltr_normal wants them */
    float rho;     /* the typical one */

    double *l;       /* [rank][rank], the Cholesky triangle */
    double *columns; /* [workers][rank], of its inverse */
    float *inverse;  /* [rank][rank], of it too, transposed */
    size_t first;    /* the columns under way */
};

/* Takes what ltr_precondition() needs; LTREC_ERR_MEMORY. */
int ltr_precondition_init(struct ltr_sweep *sweep);
void ltr_precondition_free(struct ltr_sweep *sweep);

/*
 * For the half under way, whose Gramian is there.  The typical rho is the mean
 * of rows', about, but no less than single precision can invert.
 * LTREC_ERR_CANCELLED; LTREC_ERR_ARGUMENT when the numbers are out of hand.
 */
int ltr_precondition(struct ltr_sweep *sweep, struct ltr_steps *steps);

#endif /* LTR_CF_ALS_PRECONDITION_H */
