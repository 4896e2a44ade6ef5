/*
 * lists.h - tracks of an index in lists of neighbours
 *
 * Each list has a centroid, a unit vector, and the tracks that lie nearest to
 * it, those at the smallest angle first.  Let x be one of them, a its angle
 * with the centroid, b that of a query and h = acos z the angle within which
 * a track must lie to reach the cosine z.  Angles obey the triangle
 * inequality, so the track can only if
 *
 *     b - a <= h,  or  cos b >= cos (a + h) = cos a cos h - sin a sin h
 *
 * A list is cut into parts, and the widest angle of each says which parts need
 * not be looked at: of clustered tracks most, of others none.  That is used
 * by searches that miss nothing and by those that look into some lists only.
 *
 * Which lists are nearest to a query is told by 8-bit codes of the centroids,
 * in integers, so that every kernel set and thread count looks into the same.
 */
#ifndef LTR_INDEX_LISTS_H
#define LTR_INDEX_LISTS_H

#include "index/codes.h"

/* Above, what a search keeps of each would outgrow the stack. */
#define LTR_MOST_LISTS 4096

/* Equal shares of a list's rows, to a row. */
#define LTR_LIST_PARTS 8

/* Answers for which a number of lists is measured. */
#define LTR_AIMS 2

/* How many lists a search looks into. */
struct ltr_aim {
    double recall;             /* 1: as many as it takes to miss nothing */
    uint32_t probes[LTR_AIMS]; /* for 10 answers, and for 100; 0: all */
    double of_tracks;          /* recall@10 of held-out tracks */
    double of_queries;         /* and of the queries given; -1: none */
};

/* The widest angles up to the end of each part, and what they amount to. */
struct ltr_cap {
    float angles[LTR_LIST_PARTS];
    float cosines[LTR_LIST_PARTS];
    float sines[LTR_LIST_PARTS];
};

struct ltr_lists {
    size_t n;               /* 0: tracks are in no lists */
    float *centroids;       /* [n][dim] */
    struct ltr_codes codes; /* of the centroids */
    uint32_t *begins;       /* [n + 1], a list's first row; the last: rows */
    struct ltr_cap *caps;   /* [n] */
    struct ltr_aim aim;
};

/* Room for `n` lists; LTREC_ERR_MEMORY leaves none. */
int ltr_lists_create(ltrec_context *ctx, size_t n, size_t dim,
                     struct ltr_lists *out);
int ltr_lists_copy(ltrec_context *ctx, struct ltr_lists *to,
                   const struct ltr_lists *from, size_t dim);
void ltr_lists_free(ltrec_context *ctx, struct ltr_lists *lists);

static inline size_t ltr_lists_rows(const struct ltr_lists *lists)
{
    return lists->n ? lists->begins[lists->n] : 0;
}

/* What they take in memory. */
uint64_t ltr_lists_bytes(const struct ltr_lists *lists, size_t dim);

/* The list that `row` lies in. */
size_t ltr_lists_of(const struct ltr_lists *lists, size_t row);

/* The angle between unit vectors. */
float ltr_lists_angle(const float *centroid, const float *x, size_t dim);

/* Codes of the centroids, made as those of the tracks. */
void ltr_lists_code(struct ltr_lists *lists, size_t dim,
                    enum ltr_coding coding);

/*
 * Caps, from the centroids, `begins` and vectors[][dim]; LTREC_ERR_MEMORY
 * leaves them as they were.  Or from their angles.
 */
int ltr_lists_measure(ltrec_context *ctx, struct ltr_lists *lists,
                      const float *vectors, size_t dim);
void ltr_lists_use_angles(struct ltr_lists *lists);

/* ---- Choosing ----------------------------------------------------------- */

/* Floats that ltr_lists_weigh() writes a query. */
static inline size_t ltr_lists_padded(const struct ltr_lists *lists)
{
    return ltr_codes_blocks(lists->n) * LTR_BLOCK;
}

/*
 * weights[n][padded] = about how near each list is to each query, in units of
 * its scale; for up to LTR_WEIGH_AT_ONCE queries.
 */
#define LTR_WEIGH_AT_ONCE 32
void ltr_lists_weigh(const struct ltr_lists *lists, ltr_dots *dots,
                     const struct ltr_sift_query *queries, size_t n,
                     size_t dim, float *weights);

/* What a query demands of a track, made ready for any number of lists. */
struct ltr_demand {
    float score;
    double cosine;
    double sine;
};

struct ltr_demand ltr_lists_demand(double length, size_t dim, float score);

/*
 * The first row of a list of this weight that may meet the demand; its end
 * when none may.  Those after the first may too.
 */
size_t ltr_lists_first(const struct ltr_lists *lists, size_t list,
                       float weight, const struct ltr_code_query *query,
                       const struct ltr_demand *demand);

#endif /* LTR_INDEX_LISTS_H */
