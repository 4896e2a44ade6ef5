/*
 * list.c - a list for a listener: its rules checked, its tracks scored, chosen
 */
#include "rec/recommender.h"

#include <math.h>

#include "base/error.h"
#include "base/options.h"

static const ltrec_list_options defaults = {
    .size = sizeof defaults,
    .sources = (1u << LTREC_SOURCES) - 1,
    .most_plays = UINT32_MAX,
    .one_recording = 1,
    .discount = (double)NAN,
};

void ltrec_list_options_init(ltrec_list_options *options, size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

static int check_numbers(const ltrec_recommender *r,
                         const ltrec_list_options *o, ltrec_error *err)
{
    if (!(o->diversity >= 0 && o->diversity <= 1) ||
        !(o->duplicate_cosine >= 0 && o->duplicate_cosine <= 1) ||
        isinf(o->discount))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "list: diversity %g and duplicate_cosine %g must be 0 "
                        "to 1, discount %g finite",
                        o->diversity, o->duplicate_cosine, o->discount);
    if ((o->sources & r->sources) == 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "list: asks sources %x, there are %x",
                        (unsigned)o->sources, (unsigned)r->sources);
    for (size_t i = 0; i < o->n_boosts; i++)
        if (!isfinite(o->boosts[i]))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "list: boost %zu is not finite", i);
    return LTREC_OK;
}

static int check_arrays(const ltrec_list_options *o, ltrec_error *err)
{
    if ((o->n_before > 0 && !o->before) || (o->n_pins > 0 && !o->pins) ||
        (o->n_banned > 0 && !o->banned) ||
        (o->n_banned_artists > 0 && !o->banned_artists) ||
        (o->n_boosts > 0 && (!o->boosted || !o->boosts)))
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "list: a list is NULL");
    if (o->n_before > INT32_MAX)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "list: more than 2^31 tracks before");
    return LTREC_OK;
}

static bool is_banned(const ltrec_recommender *r, const ltrec_list_options *o,
                      size_t row)
{
    uint64_t artist = r->artists.keys ? r->artists.keys[row] : 0;

    for (size_t i = 0; i < o->n_banned; i++)
        if (o->banned[i] == r->ids[row])
            return true;
    for (size_t i = 0; artist != 0 && i < o->n_banned_artists; i++)
        if (o->banned_artists[i] == artist)
            return true;
    return false;
}

static int check_pins(const ltrec_recommender *r, const ltrec_list_options *o,
                      ltrec_error *err)
{
    for (size_t i = 0; i < o->n_pins; i++) {
        size_t row = ltr_rec_row(r, o->pins[i]);

        if (row == LTR_NO_ROW)
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "list: pin %zu is no track of the recommender", i);
        if (is_banned(r, o, row))
            return ltr_fail(err, LTREC_ERR_ARGUMENT, "list: pin %zu is banned",
                            i);
        for (size_t j = 0; j < i; j++)
            if (o->pins[j] == o->pins[i])
                return ltr_fail(err, LTREC_ERR_ARGUMENT,
                                "list: pins %zu and %zu are the same track", j,
                                i);
    }
    return LTREC_OK;
}

int ltr_list_options(const ltrec_recommender *r,
                     const ltrec_list_options *given, ltrec_list_options *out,
                     ltrec_error *err)
{
    int status;

    *out = defaults;
    status = ltr_options_read(out, sizeof *out, given, "list", err);
    if (status == LTREC_OK)
        status = check_arrays(out, err);
    if (status == LTREC_OK)
        status = check_numbers(r, out, err);
    return status == LTREC_OK ? check_pins(r, out, err) : status;
}

int ltrec_recommender_list(const ltrec_recommender *recommender,
                           const ltrec_listener *listener,
                           const ltrec_list_options *options, size_t k,
                           uint64_t *ids, float *scores, size_t *n_found,
                           ltrec_error *err)
{
    const ltrec_recommender *r = recommender;
    struct ltr_profile profile;
    struct ltr_scores all;
    ltrec_list_options list;
    int status;

    if (!n_found)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "list: `n_found` is NULL");
    *n_found = 0;
    if (!r || (k > 0 && (!ids || !scores)))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "list: needs a recommender and room for %zu tracks",
                        k);
    status = ltr_list_options(r, options, &list, err);
    if (status == LTREC_OK)
        status = ltr_profile_create(r, listener, &profile, err);
    if (status != LTREC_OK)
        return status;
    status = ltr_scores_create(r, &profile, &list, &all, err);
    if (status == LTREC_OK) {
        if (k > 0)
            status = ltr_rerank(r, &all, &list, k, ids, scores, n_found, err);
        ltr_scores_free(&all);
    }
    ltr_profile_free(&profile);
    return status;
}
