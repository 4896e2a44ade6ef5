/*
 * als_basis.h - the axes in which what rows of the factorization share is
 * diagonal
 *
 * The pairs nobody played weigh more than those that were, and their part of
 * the equations is that of all rows: alpha0 G + rho I, in which only rho
 * differs.  The loss is the same for any rotation of both sides at once, and
 * along the eigenvectors of G that part is a few numbers: a row multiplies by
 * it, and divides by it, in no time.
 */
#ifndef LTR_CF_ALS_BASIS_H
#define LTR_CF_ALS_BASIS_H

#include <stdbool.h>
#include <stddef.h>

#include <ltrec/base.h>

struct ltr_side;
struct ltr_steps;
struct ltr_sweep;

struct ltr_basis {
    /* [rank] each, along the axes of the half under way. */
    float *shared;  /* of alpha0 G */
    float *typical; /* the mean of v_j^2 over pairs: what 1 of w adds, about */
    float least;    /* rho, of what is divided by */

    float *turn;  /* [rank][rank], the axes in terms of those before */
    float *since; /* [rank][rank], of those that vectors began with */
    bool turned;  /* since has something */

    float *packed;   /* one of the two, as products want it */
    float *products; /* [workers][some rows][rank] */
    float *partial;  /* [tasks][rank], of typical */
    double *a, *vectors, *values, *work;
};

/* Takes what the others need; LTREC_ERR_MEMORY. */
int ltr_basis_init(struct ltr_sweep *sweep);
void ltr_basis_free(struct ltr_sweep *sweep);

/*
 * For the half under way, whose Gramian is there: finds the axes and turns the
 * vectors of both sides to them, and priors to priors_turned.
 * LTREC_ERR_CANCELLED.
 */
int ltr_basis_enter(struct ltr_sweep *sweep, struct ltr_steps *steps);

/* Turns both sides back to the axes they had before the first half. */
int ltr_basis_leave(struct ltr_sweep *sweep, const struct ltr_side *users,
                    const struct ltr_side *items, struct ltr_steps *steps);

#endif /* LTR_CF_ALS_BASIS_H */
