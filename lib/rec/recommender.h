/*
 * recommender.h - inside the recommender
 */
#ifndef LTR_REC_RECOMMENDER_H
#define LTR_REC_RECOMMENDER_H

#include <stdbool.h>

#include <ltrec/factorize.h>
#include <ltrec/recommender.h>

#include "cf/itemitem.h"
#include "index/index_filter.h"
#include "math/idmap.h"

/* Tracks that share an artist, an album or a recording, numbered from 0. */
struct ltr_groups {
    uint64_t *keys;  /* [n_items] as the caller gave them, or NULL */
    uint32_t *group; /* [n_items], LTR_NO_GROUP where unknown; or NULL */
    size_t n;        /* groups */
};

#define LTR_NO_GROUP UINT32_MAX
#define LTR_NO_NUMBER UINT32_MAX

struct ltrec_recommender {
    ltrec_context *ctx;
    ltrec_factors *factors, *content; /* references, or NULL */
    ltrec_foldin *foldin;             /* against factors, or NULL */
    ltrec_itemitem *itemitem;         /* a reference, or NULL */
    uint32_t *numbers; /* [n] in itemitem, LTR_NO_NUMBER; or NULL */
    ltrec_recommender_options options;
    uint32_t sources; /* bits */
    uint64_t model_id, feature_version;

    size_t n, rank; /* rank 0 without vectors */
    uint64_t *ids;
    struct ltr_idmap rows;
    struct ltr_groups artists, albums, recordings;
    uint32_t *plays;  /* [n] */
    float *log_plays; /* [n], log(1 + plays) */

    /* A track's place, and how far it is from listening: blend.c. */
    float *vectors;  /* [n][rank] */
    float *lengths;  /* [n], 0 where nothing is known */
    float *certain;  /* [n], the part that comes from plays, 0 to 1 */
    float *trust;    /* [n], the cosine expected with the truth */
    double *own;     /* [n], what its factor is multiplied by in its vector */
    float *promised; /* [n][rank], what content says, or NULL */
    float *promises; /* [n], its length, 0 where it says nothing; or NULL */

    float *artist_vectors; /* [artists.n][rank], or NULL */
    float *artist_lengths; /* [artists.n] */
};

/* The row of `id`, or LTR_NO_ROW. */
static inline size_t ltr_rec_row(const ltrec_recommender *r, uint64_t id)
{
    return ltr_idmap_find(&r->rows, r->ids, id);
}

/* What the caller gives, checked. */
int ltr_rec_sources(const ltrec_recommender_sources *given,
                    ltrec_recommender_sources *out, ltrec_error *err);

/*
 * ltrec_recommender_create() from sources that were checked.  What is wrong
 * with the items and options is an error `fault`: who else wrote them than the
 * caller is to blame.
 */
int ltr_rec_build(ltrec_context *ctx, const ltrec_recommender_sources *sources,
                  const ltrec_recommender_items *items,
                  const ltrec_recommender_options *options, int fault,
                  ltrec_recommender **out, ltrec_error *err);

/* The model of the vectors, and the features of those that were predicted; 0
 * without any. */
uint64_t ltr_rec_model_of(const ltrec_recommender_sources *sources);
uint64_t ltr_rec_features_of(const ltrec_recommender_sources *sources);

/* The options, checked; NULL takes the defaults. */
int ltr_rec_options(const ltrec_recommender_options *given,
                    ltrec_recommender_options *out, ltrec_error *err);

/* The tracks of `r`, whose sources are set; NULL: those of the sources. */
int ltr_rec_items(ltrec_recommender *r, const ltrec_recommender_items *given,
                  ltrec_error *err);

/* Vectors of the tracks and artists of `r`, whose sources are set. */
int ltr_rec_blend(ltrec_recommender *r, const float *confidence,
                  ltrec_error *err);

/* Of two rows' vectors; 0 where nothing is known of one: cosine.c. */
double ltr_rec_cosine(const ltrec_recommender *r, size_t a, size_t b);

/* ltrec_recommender_load() of bytes in memory: recommender_file.c. */
int ltr_rec_parse(ltrec_context *ctx, const void *bytes, size_t size,
                  const ltrec_recommender_sources *sources,
                  ltrec_recommender **out, ltrec_error *err);

/* ---- Who asks ----------------------------------------------------------- */

/* A track of the listener's past: listener.c. */
struct ltr_event {
    uint32_t row;
    float weight; /* in the equations, below 0 for a thumb down */
    float plays;  /* by now, thumbs among them; 0 for one down */
};

struct ltr_profile {
    ltrec_context *ctx;
    struct ltr_event *events; /* [n_events], by row, each once */
    size_t n_events;
    size_t n_spoken; /* of the two below: events of plays above 0 */
    uint64_t *ids;   /* [n_spoken] */
    float *plays;    /* [n_spoken] */
    bool is_track;   /* seeds alone: asked for by cosine */
    float *vector;   /* [rank] */
    double length;   /* of the vector; 0: nothing is known */
};

/* LTREC_ERR_ARGUMENT, LTREC_ERR_MEMORY; `out` then needs no freeing. */
int ltr_profile_create(const ltrec_recommender *r, const ltrec_listener *given,
                       struct ltr_profile *out, ltrec_error *err);
void ltr_profile_free(struct ltr_profile *profile);

/*
 * shares[n_events] = how much each event is answerable for profile.vector .
 * `toward[rank]`; they add up to it.
 */
int ltr_profile_shares(const ltrec_recommender *r,
                       const struct ltr_profile *profile, const float *toward,
                       double *shares);

/* ---- What the sources say ----------------------------------------------- */

/* Scores of all tracks for one listener: scores.c. */
struct ltr_scores {
    ltrec_context *ctx;
    size_t n;
    unsigned char *eligible;       /* [n] */
    float *of[LTREC_SOURCES];      /* [n], or NULL for one not asked */
    float *place[LTREC_SOURCES];   /* [n], 0 or 1 / (60 + place); or NULL */
    double mean[LTREC_SOURCES];    /* over eligible tracks it knows */
    double scale[LTREC_SOURCES];   /* weight / deviation */
    double weights[LTREC_SOURCES]; /* of those asked */
    double discount;
    int32_t fusion;
    float *total; /* [n], -infinity where not eligible */
};

int ltr_scores_create(const ltrec_recommender *r,
                      const struct ltr_profile *profile,
                      const ltrec_list_options *list, struct ltr_scores *out,
                      ltrec_error *err);
void ltr_scores_free(struct ltr_scores *scores);

/* Whether a source knows a track at all. */
bool ltr_rec_knows(const ltrec_recommender *r, int source, size_t row);

/*
 * Mark in `scores`, whose weights are set, the tracks that may be answered:
 * eligible.c.  LTREC_ERR_MEMORY.
 */
int ltr_rec_mark_eligible(const ltrec_recommender *r,
                          const struct ltr_profile *profile,
                          const ltrec_list_options *list,
                          const struct ltr_filter *filter,
                          struct ltr_scores *scores);

/* The addend of a source to the total of a row. */
double ltr_scores_part(const ltrec_recommender *r,
                       const struct ltr_scores *scores, int source,
                       size_t row);

/* The sum of its boosts. */
double ltr_rec_boost(const ltrec_list_options *list, uint64_t id);

/* ---- The list ----------------------------------------------------------- */

/* The options, checked against `r`. */
int ltr_list_options(const ltrec_recommender *r,
                     const ltrec_list_options *given, ltrec_list_options *out,
                     ltrec_error *err);

/* Choose under the rules: rerank.c. */
int ltr_rerank(const ltrec_recommender *r, const struct ltr_scores *scores,
               const ltrec_list_options *list, size_t k, uint64_t *ids,
               float *out_scores, size_t *n_found, ltrec_error *err);

#endif /* LTR_REC_RECOMMENDER_H */
