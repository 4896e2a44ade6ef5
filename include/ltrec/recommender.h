/*
 * ltrec/recommender.h - lists that people want, from all that is known
 *
 * Nearest neighbours are no playlist: they are the seed's own album, one
 * recording three times, one artist over and over, and always the same famous
 * tracks.  A recommender joins what several sources say of a track and makes
 * a list of it under rules.
 *
 *     factors     what listeners of similar taste play; tracks with few plays
 *                 lean on what their content promises
 *     content     factors that a model predicted from what a track is
 *     artist      the mean of the artist's tracks
 *     popularity  how many play it
 *     item-item   what is played along with what the listener played
 *
 *     ltrec_recommender_sources_init(&sources, sizeof sources);
 *     sources.factors = factors;
 *     sources.content = predicted;
 *     ltrec_recommender_create(ctx, &sources, NULL, NULL, &r, &err);
 *
 *     ltrec_listener_init(&listener, sizeof listener);
 *     listener.played = ids, listener.counts = counts, listener.n_played = n;
 *     ltrec_list_options_init(&list, sizeof list);
 *     list.per_artist = 1;
 *     ltrec_recommender_list(r, &listener, &list, 20, out, scores, &n_out,
 *                            &err);
 *
 * Every score is a sum, so that ltrec_recommender_explain() can say what it
 * is made of.  docs/recommend.md has the equations and what was measured.
 *
 * Threads: a recommender never changes, and any number may use it at once.  A
 * call takes memory of its own: up to 70 bytes a track and 8 * rank^2.
 */
#ifndef LTREC_RECOMMENDER_H
#define LTREC_RECOMMENDER_H

#include <ltrec/base.h>
#include <ltrec/factors.h>
#include <ltrec/index.h>
#include <ltrec/interactions.h>
#include <ltrec/itemitem.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltrec_recommender ltrec_recommender;

/* Which source; 1 << source makes sets of them. */
enum {
    LTREC_SOURCE_FACTORS = 0,
    LTREC_SOURCE_CONTENT = 1,
    LTREC_SOURCE_ARTIST = 2,
    LTREC_SOURCE_POPULARITY = 3,
    LTREC_SOURCE_ITEMITEM = 4
};
#define LTREC_SOURCES 5

/* ---- What it is made of ------------------------------------------------- */

/* Any of them; at least one.  They are kept alive. */
typedef struct ltrec_recommender_sources {
    size_t size; /* set by ltrec_recommender_sources_init() */

    const ltrec_factors *factors; /* of the tracks, from plays */
    const ltrec_factors *content; /* of the same model, predicted */

    /*
     * [rows of content], how sure each prediction is, 0 to 1: the cosine it
     * is expected to have with the truth, as ltrec_predictor_run() says.
     * NULL: the square roots of their trust, where the content has a
     * variance (ltrec_factors_variance()), or else 0.5 each.
     */
    const float *confidence;

    const ltrec_itemitem *itemitem;
} ltrec_recommender_sources;

LTREC_API void
ltrec_recommender_sources_init(ltrec_recommender_sources *sources,
                               size_t size);

/*
 * The tracks, and what the rules have to know of them.  Everything is copied.
 * 0 stands for an artist, album or recording that is not known, which no rule
 * touches.
 */
typedef struct ltrec_recommender_items {
    size_t size; /* set by ltrec_recommender_items_init() */
    size_t n;
    const uint64_t *ids;        /* [n], in any order, each once */
    const uint64_t *artists;    /* [n], or NULL */
    const uint64_t *albums;     /* [n], or NULL */
    const uint64_t *recordings; /* [n], equal for copies of one; or NULL */
    const uint32_t *plays;      /* [n]; NULL: what the sources know */
} ltrec_recommender_items;

LTREC_API void ltrec_recommender_items_init(ltrec_recommender_items *items,
                                            size_t size);

/* How what the sources say becomes one number. */
enum {
    /* The sum of weight * (score - mean) / deviation over the candidates. */
    LTREC_FUSION_SCORE = 1,
    /* The sum of weight / (60 + place), of the first 500 of each source
     * (Cormack, Clarke and Buettcher 2009). */
    LTREC_FUSION_RANK = 2
};

typedef struct ltrec_recommender_options {
    size_t size;    /* set by ltrec_recommender_options_init() */
    int32_t fusion; /* LTREC_FUSION_...; default LTREC_FUSION_SCORE */

    /*
     * Of each source, by LTREC_SOURCE_..., 0 or more; a source that is not
     * there weighs nothing.  Defaults 1, 0.1, 0.1, 0 and 0.3;
     * ltrec_recommender_fit() finds better ones.
     */
    double weights[LTREC_SOURCES];

    /* Taken off a score for each unit of log(1 + plays); default 0. */
    double discount;

    /*
     * Plays that say as much as a prediction with a cosine of 0.7 to the
     * truth; default 5.  A track's factor y and its prediction f become
     *     sqrt(p (1 + p)) y / |y| + sqrt(q (1 + q)) f / |f|
     * of a length between theirs - the prediction's is its own where the
     * content has a variance, and otherwise the median of factors with plays -
     * with q = c^2 / (1 - c^2) for a prediction of confidence c and p = plays
     * / prior_plays; or, where the factors have a variance
     * (ltrec_factors_variance()), p = |y|^2 / variance instead.
     */
    double prior_plays;
} ltrec_recommender_options;

LTREC_API void
ltrec_recommender_options_init(ltrec_recommender_options *options,
                               size_t size);

/*
 * `items` NULL takes the rows of the factors, of the content and of the
 * item-item model, each id once, without artists and albums.
 *
 * LTREC_ERR_ARGUMENT for no source, no tracks, an id that comes twice, a
 * confidence outside 0 to 1, a weight that is negative or not finite;
 * LTREC_ERR_MISMATCH when factors and content are of different models, ranks
 * or known feature versions; LTREC_ERR_MEMORY: it takes 8 * rank + 72 bytes a
 * track.
 */
LTREC_API int
ltrec_recommender_create(ltrec_context *ctx,
                         const ltrec_recommender_sources *sources,
                         const ltrec_recommender_items *items,
                         const ltrec_recommender_options *options,
                         ltrec_recommender **out, ltrec_error *err);

/* Accepts NULL. */
LTREC_API void ltrec_recommender_free(ltrec_recommender *recommender);

/* The tracks it can answer. */
LTREC_API size_t ltrec_recommender_count(const ltrec_recommender *recommender);

/* Bits 1 << LTREC_SOURCE_... of the sources it has. */
LTREC_API uint32_t
ltrec_recommender_sources_of(const ltrec_recommender *recommender);

/* The options it was made with, over those in `options`, initialised. */
LTREC_API int
ltrec_recommender_options_of(const ltrec_recommender *recommender,
                             ltrec_recommender_options *options);

/* ---- Who asks ----------------------------------------------------------- */

/*
 * A listener, or a track: one with nothing but seeds is answered by cosine to
 * the seeds' mean.  Ids that the recommender doesn't know are passed over.
 */
typedef struct ltrec_listener {
    size_t size; /* set by ltrec_listener_init() */

    size_t n_played;
    const uint64_t *played; /* [n_played] */
    const float *counts;    /* [n_played], above 0; NULL: 1 each */
    const double *ages;     /* [n_played] since then, 0 or more; or NULL */
    double half_life;       /* in the unit of `ages`; 0, the default: none */

    /* Thumbs: as `thumb` plays would, towards 1 and towards 0.  What has a
     * thumb down is never answered. */
    size_t n_liked;
    const uint64_t *liked;
    size_t n_disliked;
    const uint64_t *disliked;
    double thumb; /* the weight of a thumb, in plays; default 3 */

    size_t n_seeds; /* more like these */
    const uint64_t *seeds;
} ltrec_listener;

LTREC_API void ltrec_listener_init(ltrec_listener *listener, size_t size);

/* ---- The list ----------------------------------------------------------- */

typedef struct ltrec_list_options {
    size_t size;                      /* set by ltrec_list_options_init() */
    const ltrec_index_filter *filter; /* which tracks; NULL: all */
    uint32_t sources;                 /* bits of those to ask; default all */
    uint32_t most_plays; /* only tracks played at most so often; default
                            UINT32_MAX */
    uint32_t played_too; /* not 0: also what they played; default 0 */

    /* At most so many of one artist and of one album; 0, the default: any. */
    uint32_t per_artist, per_album;

    /*
     * The places that must lie between two tracks of one artist or album,
     * `before[n_before]` included, what was played last coming last; default
     * 0.  Where nothing else is left the rule gives way, the track longest
     * ago coming first: caps make a list shorter, windows don't.
     */
    uint32_t artist_window, album_window;
    size_t n_before;
    const uint64_t *before;

    /* Not 0, the default: each recording once, and none of `before`, which is
     * heard enough even where no recording is known. */
    uint32_t one_recording;

    /* Not 0: also at most one of tracks whose vectors have a cosine above
     * this.  Default 0: tracks without plays that are described alike have
     * equal predictions and are different tracks. */
    double duplicate_cosine;

    /*
     * Maximal marginal relevance (Carbonell and Goldstein 1998): the next
     * track is the one with the largest
     *     (1 - diversity) * score - diversity * largest cosine to one chosen,
     * scores taken from 0 to 1 over the candidates, cosines not below 0.
     * 0 to 1; default 0.
     */
    double diversity;

    /* Not NaN: instead of the recommender's.  Default NaN. */
    double discount;

    /* These come first, in this order, whatever the rules say; they count
     * for the rules of the others. */
    size_t n_pins;
    const uint64_t *pins;

    /* Never any of these tracks, or of these artists. */
    size_t n_banned, n_banned_artists;
    const uint64_t *banned;
    const uint64_t *banned_artists;

    /* Added to the scores of these. */
    size_t n_boosts;
    const uint64_t *boosted; /* [n_boosts] */
    const float *boosts;     /* [n_boosts] */
} ltrec_list_options;

LTREC_API void ltrec_list_options_init(ltrec_list_options *options,
                                       size_t size);

/*
 * The best list of `k` tracks: `ids[k]` and `scores[k]` receive them in the
 * order to be played.  Eligible is a track of which a source that is asked,
 * one with a weight, knows something, that passes the filter and bans and was
 * not played.  `*n_found` is the smaller of k and the eligible tracks that the
 * caps leave room for.  Pins have the score they would have had, NaN when they
 * were not eligible.
 *
 * A listener of whom nothing is known gets what is popular, and the call
 * fails with LTREC_ERR_STATE when nobody knows what that is.
 *
 * LTREC_ERR_ARGUMENT, saying which, for counts, ages, boosts or options
 * outside their range, a list of the filter out of order, a pin that is not
 * known, comes twice or is banned; LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_recommender_list(const ltrec_recommender *recommender,
                                     const ltrec_listener *listener,
                                     const ltrec_list_options *options,
                                     size_t k, uint64_t *ids, float *scores,
                                     size_t *n_found, ltrec_error *err);

/* ---- Fitting the weights ------------------------------------------------ */

typedef struct ltrec_recommender_fit_options {
    size_t size; /* set by ltrec_recommender_fit_options_init() */

    uint32_t most_listeners; /* as many are looked at; default 1000 */
    uint32_t candidates; /* the best of each source, for each; default 200 */

    /* The part of NDCG that a popularity discount may cost; default 0.005.
     * 0 still discounts where that costs nothing; negative: no discount. */
    double loss;

    ltrec_progress progress; /* may be NULL */
    void *user;
} ltrec_recommender_fit_options;

LTREC_API void
ltrec_recommender_fit_options_init(ltrec_recommender_fit_options *options,
                                   size_t size);

/* How it went, on the listeners looked at.  The caller sets `size`. */
typedef struct ltrec_recommender_fit_report {
    size_t size;
    uint64_t listeners;
    int32_t best_source; /* LTREC_SOURCE_... that is best alone */
    double best_ndcg;    /* NDCG@100 of it, without discount */
    double fused_ndcg;   /* of all with the weights found, without it */
    double ndcg;         /* with it */
    double fused_tail;   /* recall@20 of the tail without the discount */
    double tail;         /* with it */
} ltrec_recommender_fit_report;

/*
 * Write to `fitted` the recommender's options with those weights that rank
 * best, by NDCG@100, what listeners of `heldout` turned out to play, of whom
 * `known` has what they played before; then the discount that brings the tail
 * up most for its price.  Both tables are finished, and the sources must not
 * have seen `heldout`.  Make a recommender anew with them.
 *
 * Weights are searched one after the other on a fixed scale, from those of
 * the best source alone, so that all together are never worse than it, here.
 * Fitting the same tables gives the same weights at any thread count.
 *
 * LTREC_ERR_ARGUMENT when no listener of `heldout` can be looked at or an
 * option is outside its range, LTREC_ERR_STATE when a table is not finished,
 * LTREC_ERR_CANCELLED; LTREC_ERR_MEMORY: 32 bytes for each candidate of each
 * source and listener.  `report` may be NULL.
 */
LTREC_API int
ltrec_recommender_fit(const ltrec_recommender *recommender,
                      const ltrec_interactions *known,
                      const ltrec_interactions *heldout,
                      const ltrec_recommender_fit_options *options,
                      ltrec_recommender_options *fitted,
                      ltrec_recommender_fit_report *report, ltrec_error *err);

/* ---- Files -------------------------------------------------------------- */

/*
 * The tracks, with artists, albums, recordings and plays, and the options;
 * the sources have files of their own.  docs/format.md has the bytes.
 * Replaces `path` whole or leaves it as it was: LTREC_ERR_IO,
 * LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_recommender_save(const ltrec_recommender *recommender,
                                     const char *path, ltrec_error *err);

/*
 * With `sources`, which are given as for ltrec_recommender_create(), and fail
 * as they do there.  LTREC_ERR_MISMATCH also when they are of another model or
 * feature version than those it was saved with; LTREC_ERR_FORMAT when the file
 * is damaged or nothing can be made of what is in it, LTREC_ERR_UNSUPPORTED,
 * LTREC_ERR_IO, LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_recommender_load(ltrec_context *ctx, const char *path,
                                     const ltrec_recommender_sources *sources,
                                     ltrec_recommender **out,
                                     ltrec_error *err);

#ifdef __cplusplus
}
#endif

#endif /* LTREC_RECOMMENDER_H */
