/*
 * small_catalogue.h - tracks with all that a recommender can know of them
 *
 * Four tastes; each artist has one, and so have its tracks.  Some tracks were
 * never played and are known by their content alone, some by nothing, some
 * recordings are there twice.
 */
#ifndef SMALL_CATALOGUE_H
#define SMALL_CATALOGUE_H

#include <check.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "base/random.h"

#define CAT_ITEMS 240
#define CAT_RANK 8
#define CAT_ARTISTS 30
#define CAT_USERS 90

struct catalogue {
    uint64_t ids[CAT_ITEMS], artists[CAT_ITEMS], albums[CAT_ITEMS];
    uint64_t recordings[CAT_ITEMS];
    uint32_t plays[CAT_ITEMS];
    float vectors[CAT_ITEMS][CAT_RANK], content[CAT_ITEMS][CAT_RANK];
    float confidence[CAT_ITEMS];
    ltrec_factors *factors, *predicted;
    ltrec_interactions *known, *heldout; /* what listeners played, and will */
    ltrec_itemitem *itemitem;
};

/* Listener u likes the tracks of taste u % 4, and some of any. */
static inline void catalogue_draw_plays(struct catalogue *c,
                                        ltrec_context *ctx)
{
    ck_assert_int_eq(ltrec_interactions_create(ctx, NULL, &c->known, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_interactions_create(ctx, NULL, &c->heldout, NULL),
                     LTREC_OK);
    for (uint64_t user = 0; user < CAT_USERS; user++)
        for (size_t i = 0; i < CAT_ITEMS; i++) {
            int likes = c->artists[i] % 4 == user % 4;
            float chance = c->plays[i] == 0 ? 0 : likes ? 0.4f : 0.03f;
            float count = 1 + (float)(i % 5);

            if (ltr_random_uniform(12, user, i) < chance)
                ltrec_interactions_add(ltr_random_uniform(13, user, i) < 0.25f
                                           ? c->heldout
                                           : c->known,
                                       1, &user, &c->ids[i], &count, NULL);
        }
    ltrec_interactions_finish(c->known, NULL, NULL, NULL);
    ltrec_interactions_finish(c->heldout, NULL, NULL, NULL);
    ck_assert_int_eq(
        ltrec_itemitem_fit(ctx, c->known, NULL, &c->itemitem, NULL), LTREC_OK);
}

static inline void catalogue_draw_item(struct catalogue *c, size_t i)
{
    size_t artist = ltr_random_below(11, 0, i, CAT_ARTISTS),
           taste = artist % 4;
    int unplayed = i % 6 == 0, unknown = i % 40 == 39;

    c->ids[i] = 1000 + (i * 77) % 1009;
    c->artists[i] = i % 19 == 0 ? 0 : 500 + artist;
    c->albums[i] = 9000 + artist * 10 + i % 3;
    c->recordings[i] = i % 10 == 1 ? 70 + i - 1 : 70 + i;
    c->plays[i] = unplayed || unknown
                      ? 0
                      : 1 + (uint32_t)ltr_random_below(11, 1, i, 200);
    c->confidence[i] = 0.3f + 0.5f * ltr_random_uniform(11, 2, i);
    for (size_t j = 0; j < CAT_RANK; j++) {
        float taste_of = j == 2 * taste ? 1.0f : 0.1f;

        if (c->plays[i] > 0)
            c->vectors[i][j] =
                taste_of + 0.3f * ltr_random_normal(11, 3 + i, j);
        if (!unknown && i % 5 != 3)
            c->content[i][j] =
                taste_of + 0.2f * ltr_random_normal(11, 900 + i, j);
    }
}

static inline struct catalogue *catalogue_create(ltrec_context *ctx)
{
    static struct catalogue c;
    ltrec_factors_options options;

    memset(&c, 0, sizeof c);
    for (size_t i = 0; i < CAT_ITEMS; i++)
        catalogue_draw_item(&c, i);
    ltrec_factors_options_init(&options, sizeof options);
    options.plays = c.plays;
    options.model_id = 5;
    ck_assert_int_eq(ltrec_factors_create(ctx, CAT_ITEMS, CAT_RANK, c.ids,
                                          c.vectors[0], &options, &c.factors,
                                          NULL),
                     LTREC_OK);
    options.plays = NULL;
    ck_assert_int_eq(ltrec_factors_create(ctx, CAT_ITEMS, CAT_RANK, c.ids,
                                          c.content[0], &options, &c.predicted,
                                          NULL),
                     LTREC_OK);
    catalogue_draw_plays(&c, ctx);
    return &c;
}

static inline void catalogue_free(struct catalogue *c)
{
    ltrec_factors_free(c->factors);
    ltrec_factors_free(c->predicted);
    ltrec_interactions_free(c->known);
    ltrec_interactions_free(c->heldout);
    ltrec_itemitem_free(c->itemitem);
}

static inline ltrec_recommender_sources
catalogue_sources(const struct catalogue *c)
{
    ltrec_recommender_sources sources;

    ltrec_recommender_sources_init(&sources, sizeof sources);
    sources.factors = c->factors;
    sources.content = c->predicted;
    sources.confidence = c->confidence;
    sources.itemitem = c->itemitem;
    return sources;
}

/* With everything that there is. */
static inline int
catalogue_recommender(ltrec_context *ctx, const struct catalogue *c,
                      const ltrec_recommender_options *options,
                      ltrec_recommender **out, ltrec_error *err)
{
    ltrec_recommender_sources sources = catalogue_sources(c);
    ltrec_recommender_items items;

    ltrec_recommender_items_init(&items, sizeof items);
    items.n = CAT_ITEMS;
    items.ids = c->ids;
    items.artists = c->artists;
    items.albums = c->albums;
    items.recordings = c->recordings;
    items.plays = c->plays;
    return ltrec_recommender_create(ctx, &sources, &items, options, out, err);
}

static inline size_t catalogue_find(const struct catalogue *c, uint64_t id)
{
    for (size_t i = 0; i < CAT_ITEMS; i++)
        if (c->ids[i] == id)
            return i;
    return CAT_ITEMS;
}

#endif /* SMALL_CATALOGUE_H */
