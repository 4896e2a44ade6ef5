/*
 * regression.h - ridge regression on some of the rows, by some of the columns
 *
 * With columns standardised over all rows and targets centred over those at
 * hand the intercept drops out of the normal equations:
 *
 *     (X'X + penalty I) W = X'Y                    d unknowns, d <= n
 *     W = X'A,  (XX' + penalty I) A = Y            n unknowns, d > n
 *
 * where d are the columns at hand, each times its weight: of the first kind
 * the weights come to the products, of the second to the rows.
 *
 * Everything here ticks, on the calling thread, and ends early once the watch
 * is cancelled: its result is then of no use.
 */
#ifndef LTR_TRAIN_REGRESSION_H
#define LTR_TRAIN_REGRESSION_H

#include "train/train_parts.h"

/* Rows or columns, whichever are fewer: 200 MB of equations. */
#define LTR_MOST_UNKNOWNS 4096

struct ltr_regression {
    ltrec_context *ctx;
    struct ltr_watch *watch;
    size_t n_all, d, k;
    const float *features; /* [n_all][d] */
    const uint32_t *bit;   /* [d], the column that says whether one is unknown,
                              itself where there is none; or NULL: no bits */
    const float *offset;   /* [d], what was taken off; NULL for 0 */
    const float *y;        /* [n_all] rows of k, `stride` apart */
    size_t stride;
    float *x;            /* [n_all][d], features standardised */
    float *mean, *scale; /* [d] */

    size_t n;          /* rows at hand */
    size_t width;      /* columns at hand */
    uint32_t *at_hand; /* [width], which */
    float *rows;       /* [n][width] of x, when dual times `columns` */
    float *targets;    /* [n][k], less their mean */
    double *centre;    /* [k] */
    double *intercept; /* [k] */
    int dual;          /* fewer rows than columns */
    size_t m;          /* unknowns: width, or n when dual */
    size_t at, end;    /* of what is worked on */
    size_t panel;      /* vectors a task */
    float *products;   /* [m][m], lower triangle, of columns or of rows */
    float *right;      /* [m][k], and its answers */
    float *answers;
    double *gram;   /* [m][m] */
    double *column; /* [workers][m] */
    float *panels;  /* [workers][ltr_regression_panel()] */
    struct ltr_packs *packs;
    const float *columns; /* [d] or NULL, and these are the caller's */
    float *weights;       /* [d + 1][k] */
};

/*
 * Take memory, for no more than LTR_MOST_UNKNOWNS, and standardise: what is
 * before x is the caller's to fill in.  To be freed also after a failure.
 * LTREC_ERR_MEMORY.
 */
int ltr_regression_take(struct ltr_regression *regression);
void ltr_regression_free(struct ltr_regression *regression);

/*
 * Look at the rows i with chosen[i] != 0, and at standardised columns times
 * columns[d], which divides their penalty by the square of that; those of 0
 * are left out.  NULL is for 1.  `columns` is read again by
 * ltr_regression_solve().
 */
void ltr_regression_gather(struct ltr_regression *regression,
                           const uint8_t *chosen, const float *columns);

/* The same rows and columns by other weights, none of which is 0 that was not,
 * or the other way round: costs less than to gather them. */
void ltr_regression_weigh(struct ltr_regression *regression,
                          const uint8_t *chosen, const float *columns);

/*
 * Into weights[d + 1][k], for features as they are; the last row is the
 * intercept.  There are rows at hand.  LTREC_ERR_ARGUMENT when the equations
 * say nothing, LTREC_ERR_CANCELLED; without a message.
 */
int ltr_regression_solve(struct ltr_regression *regression, double penalty,
                         float *weights);

/* ---- In regression_products.c ------------------------------------------- */

/* The floats of a panel: some of the products, or of right-hand sides. */
size_t ltr_regression_panel(const struct ltr_regression *regression);

/* X'X and X'Y, or XX' and Y where that is less, of the rows at hand. */
void ltr_regression_multiply(struct ltr_regression *regression);

/* weights = X'A, from the answers A of the second kind. */
void ltr_regression_expand(struct ltr_regression *regression);

#endif /* LTR_TRAIN_REGRESSION_H */
