/*
 * recommender.c - the object: its tracks, its sources, its options
 */
#include "rec/recommender.h"

#include <math.h>

#include "base/context.h"
#include "base/error.h"
#include "base/options.h"
#include "factors/factors.h"

static const ltrec_recommender_sources no_sources = {
    .size = sizeof no_sources,
};

static const ltrec_recommender_options defaults = {
    .size = sizeof defaults,
    .fusion = LTREC_FUSION_SCORE,
    .weights = {1, 0.1, 0.1, 0, 0.3},
    .prior_plays = 5,
};

void ltrec_recommender_sources_init(ltrec_recommender_sources *sources,
                                    size_t size)
{
    ltr_options_init(sources, size, &no_sources, sizeof no_sources);
}

void ltrec_recommender_options_init(ltrec_recommender_options *options,
                                    size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

int ltr_rec_options(const ltrec_recommender_options *given,
                    ltrec_recommender_options *out, ltrec_error *err)
{
    int status;

    *out = defaults;
    status = ltr_options_read(out, sizeof *out, given, "recommender", err);
    if (status != LTREC_OK)
        return status;
    for (int s = 0; s < LTREC_SOURCES; s++)
        if (!(out->weights[s] >= 0) || !isfinite(out->weights[s]))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "recommender: weight %d is %g, must be 0 or more "
                            "and finite",
                            s, out->weights[s]);
    if (out->fusion != LTREC_FUSION_SCORE && out->fusion != LTREC_FUSION_RANK)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "recommender: no fusion %d",
                        (int)out->fusion);
    if (!isfinite(out->discount) || !(out->prior_plays >= 0) ||
        !isfinite(out->prior_plays))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "recommender: discount %g and prior_plays %g must be "
                        "finite, the second not negative",
                        out->discount, out->prior_plays);
    return LTREC_OK;
}

static int no_memory(ltrec_error *err)
{
    return ltr_fail(err, LTREC_ERR_MEMORY, "recommender: no memory");
}

/* ---- Sources ------------------------------------------------------------ */

static int check_sources(const ltrec_recommender_sources *s, ltrec_error *err)
{
    const ltrec_factors *f = s->factors, *c = s->content;

    if (!f && !c && !s->itemitem)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "recommender: needs factors, content or an item-item "
                        "model");
    if (f && c && (f->rank != c->rank || f->model_id != c->model_id))
        return ltr_fail(err, LTREC_ERR_MISMATCH,
                        "recommender: the content is predicted for other "
                        "factors (rank %zu, not %zu)",
                        c->rank, f->rank);
    if (f && c && !ltr_features_fit(f->feature_version, c->feature_version))
        return ltr_fail(err, LTREC_ERR_MISMATCH,
                        "recommender: the content is predicted from other "
                        "features than the factors");
    for (size_t i = 0; c && s->confidence && i < c->count; i++)
        if (!(s->confidence[i] >= 0 && s->confidence[i] <= 1))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "recommender: confidence %zu is %g, must be 0 to "
                            "1",
                            i, (double)s->confidence[i]);
    return LTREC_OK;
}

int ltr_rec_sources(const ltrec_recommender_sources *given,
                    ltrec_recommender_sources *out, ltrec_error *err)
{
    int status;

    *out = no_sources;
    status = ltr_options_read(out, sizeof *out, given, "recommender", err);
    return status == LTREC_OK ? check_sources(out, err) : status;
}

/* Those whose vectors they are; NULL without any. */
static const ltrec_factors *vectors_of(const ltrec_recommender_sources *s)
{
    return s->factors ? s->factors : s->content;
}

uint64_t ltr_rec_model_of(const ltrec_recommender_sources *sources)
{
    const ltrec_factors *any = vectors_of(sources);

    return any ? any->model_id : 0;
}

uint64_t ltr_rec_features_of(const ltrec_recommender_sources *sources)
{
    uint64_t content = ltrec_factors_feature_version(sources->content);

    return content ? content : ltrec_factors_feature_version(sources->factors);
}

static int take_sources(ltrec_recommender *r,
                        const ltrec_recommender_sources *s, ltrec_error *err)
{
    const ltrec_factors *any = vectors_of(s);

    r->rank = any ? any->rank : 0;
    r->model_id = ltr_rec_model_of(s);
    r->feature_version = ltr_rec_features_of(s);
    if (s->itemitem) {
        r->itemitem = ltr_itemitem_ref(s->itemitem);
        r->sources |= 1u << LTREC_SOURCE_ITEMITEM;
    }
    if (s->factors) {
        r->factors = ltr_factors_ref(s->factors);
        r->sources |= 1u << LTREC_SOURCE_FACTORS;
    }
    if (s->content) {
        r->content = ltr_factors_ref(s->content);
        r->sources |= 1u << LTREC_SOURCE_CONTENT;
    }
    return s->factors
               ? ltrec_foldin_create(r->ctx, s->factors, NULL, &r->foldin, err)
               : LTREC_OK;
}

/* ---- Life cycle --------------------------------------------------------- */

static int blame(int status, int fault, ltrec_error *err)
{
    if (status != LTREC_ERR_ARGUMENT)
        return status;
    if (err)
        err->code = fault;
    return fault;
}

static int fill(ltrec_recommender *r, const ltrec_recommender_sources *sources,
                const ltrec_recommender_items *items, int fault,
                ltrec_error *err)
{
    int status = take_sources(r, sources, err);

    if (status == LTREC_OK)
        status = blame(ltr_rec_items(r, items, err), fault, err);
    if (status == LTREC_OK)
        status = ltr_rec_blend(r, sources->confidence, err);
    if (status == LTREC_OK && r->artist_vectors && r->rank > 0)
        r->sources |= 1u << LTREC_SOURCE_ARTIST;
    return status;
}

int ltr_rec_build(ltrec_context *ctx, const ltrec_recommender_sources *sources,
                  const ltrec_recommender_items *items,
                  const ltrec_recommender_options *options, int fault,
                  ltrec_recommender **out, ltrec_error *err)
{
    ltrec_recommender_options o;
    ltrec_recommender *r;
    int status = blame(ltr_rec_options(options, &o, err), fault, err);

    if (status != LTREC_OK)
        return status;
    r = ltr_alloc(ctx, 1, sizeof *r);
    if (!r)
        return no_memory(err);
    r->ctx = ltr_context_ref(ctx);
    r->options = o;
    status = fill(r, sources, items, fault, err);
    if (status != LTREC_OK) {
        ltrec_recommender_free(r);
        return status;
    }
    *out = r;
    return LTREC_OK;
}

int ltrec_recommender_create(ltrec_context *ctx,
                             const ltrec_recommender_sources *sources,
                             const ltrec_recommender_items *items,
                             const ltrec_recommender_options *options,
                             ltrec_recommender **out, ltrec_error *err)
{
    ltrec_recommender_sources s;
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "recommender: `out` is NULL");
    *out = NULL;
    if (!ctx || !sources)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "recommender: needs a context and sources");
    status = ltr_rec_sources(sources, &s, err);
    return status == LTREC_OK ? ltr_rec_build(ctx, &s, items, options,
                                              LTREC_ERR_ARGUMENT, out, err)
                              : status;
}

static void free_groups(ltrec_context *ctx, struct ltr_groups *g)
{
    ltr_free(ctx, g->keys);
    ltr_free(ctx, g->group);
}

void ltrec_recommender_free(ltrec_recommender *recommender)
{
    ltrec_recommender *r = recommender;
    ltrec_context *ctx;

    if (!r)
        return;
    ctx = r->ctx;
    ltrec_foldin_free(r->foldin);
    ltrec_factors_free(r->factors);
    ltrec_factors_free(r->content);
    ltrec_itemitem_free(r->itemitem);
    ltr_idmap_free(ctx, &r->rows);
    free_groups(ctx, &r->artists);
    free_groups(ctx, &r->albums);
    free_groups(ctx, &r->recordings);
    ltr_free(ctx, r->ids);
    ltr_free(ctx, r->numbers);
    ltr_free(ctx, r->plays);
    ltr_free(ctx, r->log_plays);
    ltr_free(ctx, r->vectors);
    ltr_free(ctx, r->lengths);
    ltr_free(ctx, r->certain);
    ltr_free(ctx, r->trust);
    ltr_free(ctx, r->own);
    ltr_free(ctx, r->promised);
    ltr_free(ctx, r->promises);
    ltr_free(ctx, r->artist_vectors);
    ltr_free(ctx, r->artist_lengths);
    ltr_free(ctx, r);
    ltr_context_unref(ctx);
}

/* ---- Questions ---------------------------------------------------------- */

size_t ltrec_recommender_count(const ltrec_recommender *recommender)
{
    return recommender ? recommender->n : 0;
}

uint32_t ltrec_recommender_sources_of(const ltrec_recommender *recommender)
{
    return recommender ? recommender->sources : 0;
}

int ltrec_recommender_options_of(const ltrec_recommender *recommender,
                                 ltrec_recommender_options *options)
{
    if (!recommender || !options)
        return LTREC_ERR_ARGUMENT;
    ltr_options_init(options, options->size, &recommender->options,
                     sizeof recommender->options);
    return LTREC_OK;
}
