/*
 * sweep.h - one side of the factorization solved, the other held still
 */
#ifndef LTR_CF_SWEEP_H
#define LTR_CF_SWEEP_H

#include <stdatomic.h>

#include "cf/als_basis.h"
#include "cf/exact.h"
#include "cf/gram.h"
#include "cf/interactions.h"
#include "cf/als_recipe.h"
#include "base/steps.h"
#include "math/normal.h"

struct ltr_kernels;
struct ltr_packs;

/* Listeners or items. */
struct ltr_side {
    const struct ltr_pairs *pairs;
    float *vectors;       /* [n][width] */
    const float *priors;  /* [n][width], or NULL for zeros */
    float *priors_turned; /* where there are priors: along a half's axes */

    /*
     * Of items with an emphasis e (als_recipe.h), [n] its root; NULL: 1.  A
     * sweep has sqrt(e) y for every item's vector y, and the same for priors:
     * alpha0 e (x.y)^2 is alpha0 (x.z)^2 for what it has, and the Gramian is
     * what it always was.
     */
    const float *scales;
    uint32_t *order; /* [n], rows with the most pairs first */
};

struct ltr_sweep {
    ltrec_context *ctx;
    const struct ltr_kernels *kernels;
    const struct ltr_normal *normal;
    struct ltr_recipe recipe;
    size_t rank;    /* the width */
    size_t used;    /* of it; the rest is zeros */
    size_t n_steps; /* of conjugate gradient; 0 solves exactly */

    struct ltr_packs *packs; /* for all products */
    struct ltr_gram gram;
    struct ltr_basis basis; /* but when exact */

    float *scratch; /* [workers][scratch_floats] */
    size_t scratch_floats;
    size_t weighed_pairs; /* of a short row, that fit in a worker's scratch */
    double *exact;        /* [workers][rank + 1][rank], when exact */
    float *pieces;        /* [n_pieces][rank], sums of a long row's */
    atomic_int unsolved;  /* rows whose numbers went wrong */

    /* Of the half under way. */
    const struct ltr_side *side, *other;
    size_t first, end; /* the rows being solved */
    size_t stride;     /* of long ones, from a worker's to its next */
};

/*
 * Inside a sweep vectors are padded with zeros to whole registers, and stay
 * zero there: what is left over would take as long as a register full, or
 * several times that.
 */
size_t ltr_sweep_width(size_t rank);

/* Takes the scratch a sweep of either side needs; LTREC_ERR_MEMORY. */
int ltr_sweep_init(ltrec_context *ctx, const ltrec_factorize_options *options,
                   const struct ltr_pairs *users,
                   const struct ltr_pairs *items, struct ltr_sweep *sweep);
void ltr_sweep_free(struct ltr_sweep *sweep);

/* Order the rows of a side; LTREC_ERR_MEMORY.  `order` is the caller's. */
int ltr_side_sort(ltrec_context *ctx, struct ltr_side *side);

/* The steps that ltr_sweep_run() takes. */
uint64_t ltr_sweep_steps(const struct ltr_pairs *side,
                         const struct ltr_pairs *other);

/*
 * Solve every row of `side` against the vectors of `other`, from where it
 * stands; this turns both, and ltr_basis_leave() turns them back.
 * LTREC_ERR_CANCELLED; LTREC_ERR_ARGUMENT when the numbers are out of hand.
 */
int ltr_sweep_run(struct ltr_sweep *sweep, const struct ltr_side *side,
                  const struct ltr_side *other, struct ltr_steps *steps,
                  ltrec_error *err);

#endif /* LTR_CF_SWEEP_H */
