/*
 * vectors.h - factors from the files that may hold them
 */
#ifndef VECTORS_H
#define VECTORS_H

#include <ltrec/factors.h>
#include <ltrec/index.h>

#include "items.h"
#include "names.h"
#include "tool.h"

/*
 * Read a factor file, or a .npy matrix of floats whose rows get the ids 0, 1,
 * 2 ...
 */
int vectors_read(ltrec_context *ctx, const char *path, ltrec_factors **out,
                 ltrec_error *err);

/*
 * A new index, for a recall up to 1, of all rows that have a direction;
 * `*n_left_out`, of zeros, stand for what nobody played.
 */
int vectors_index(ltrec_context *ctx, const ltrec_factors *factors,
                  double recall, ltrec_index **out, size_t *n_left_out,
                  ltrec_error *err);

/*
 * Read the queries [n][dim] of a .npy file.  They are the caller's to free().
 */
int vectors_queries(const char *path, size_t dim, size_t *n, float **queries,
                    ltrec_error *err);

/*
 * Save factors with the strings that their ids stand for: by the names, or
 * where those do not know one by the names of `more`, which may be NULL.
 */
int vectors_save(ltrec_context *ctx, const ltrec_factors *factors,
                 const struct names *names, const ltrec_factors *more,
                 const char *path, ltrec_error *err);

/*
 * Whether predictions may be set beside factors: LTREC_ERR_MISMATCH, naming
 * both files, for those of other factors, or from features that both know and
 * that differ.
 */
int vectors_fit(const ltrec_factors *predicted, const char *predicted_path,
                const ltrec_factors *factors, const char *factors_path,
                ltrec_error *err);

/* What a prediction of this length and confidence, 0 to 1, has for a variance:
 * with it the confidence is kept in a factor file. */
float vectors_variance(double norm, double confidence);

/*
 * What predictions lead to expect of factors: a prediction of confidence c is
 * as long as a factor, of which it gets c right, so c times itself.  Rows
 * without a variance, or that somebody played, are what they are.
 */
int vectors_expected(ltrec_context *ctx, const ltrec_factors *predicted,
                     ltrec_factors **out, ltrec_error *err);

/* ---- What an id is called ----------------------------------------------- */

/* Where names may come from; either may be NULL. */
struct titles {
    const ltrec_factors *factors;
    const ltrec_factors *more;
    const struct items *items;
};

/*
 * The item's own name, "" when nothing knows it, then from the table its
 * artist and title, "" without.  Never NULL.
 */
void titles_of(const struct titles *titles, uint64_t id, const char **name,
               const char **artist, const char **title);

/*
 * The id that somebody means by `text`: the one of that name, or, when
 * `index` has none such but the text is a number, that number.
 */
uint64_t titles_id(const ltrec_index *index, const char *text);

#endif /* VECTORS_H */
