/*
 * list_lab.h - a recommender over a small catalogue, and one who asks
 */
#ifndef LIST_LAB_H
#define LIST_LAB_H

#include <math.h>
#include <string.h>

#include "small_catalogue.h"

#define MOST CAT_ITEMS

static ltrec_context *ctx;
static struct catalogue *cat;
static ltrec_recommender *all;
static ltrec_listener listener;
static ltrec_list_options list;
static uint64_t played[12];
static float counts[12];

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    cat = catalogue_create(ctx);
    ck_assert_int_eq(catalogue_recommender(ctx, cat, NULL, &all, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < 12; i++) {
        played[i] = cat->ids[2 + 7 * i];
        counts[i] = (float)(1 + i % 4);
    }
    ltrec_listener_init(&listener, sizeof listener);
    listener.n_played = 12;
    listener.played = played;
    listener.counts = counts;
    ltrec_list_options_init(&list, sizeof list);
}

static void teardown(void)
{
    ltrec_recommender_free(all);
    catalogue_free(cat);
    ltrec_context_free(ctx);
}

struct answer {
    uint64_t ids[MOST];
    float scores[MOST];
    size_t n;
};

static inline struct answer ask(const ltrec_recommender *r, size_t k)
{
    struct answer a;

    ck_assert_int_eq(ltrec_recommender_list(r, &listener, &list, k, a.ids,
                                            a.scores, &a.n, NULL),
                     LTREC_OK);
    ck_assert_uint_le(a.n, k);
    return a;
}

static inline int is_in(uint64_t id, const uint64_t *ids, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id)
            return 1;
    return 0;
}

/* Nothing is known of a track without artist, plays, factors and content. */
static inline int known(size_t i)
{
    return cat->plays[i] > 0 || cat->artists[i] != 0 ||
           cat->content[i][0] != 0;
}

#endif /* LIST_LAB_H */
