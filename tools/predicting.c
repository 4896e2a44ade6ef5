/*
 * predicting.c - the factors that a model gives to all tracks at hand
 */
#include "predicting.h"

#include <stdlib.h>

#include "artists.h"
#include "term.h"
#include "vectors.h"

/* What grows by a track at a time. */
struct rows {
    struct predicting *p;
    ltrec_predictor *predictor;
    struct artist_sums *artists; /* of the played; or NULL */
    size_t rank;
    uint64_t *ids;
    float *vectors;  /* [n][rank] */
    float *variance; /* [n], the confidence as a file has it */
    float *mean;     /* [rank], of an artist */
};

/* Predict a track; what the model can use nothing of is passed over. */
static int predict_one(struct rows *r, uint32_t item, ltrec_error *err)
{
    struct predicting *p = r->p;
    float *factor = r->vectors + p->n * r->rank;
    float length;
    ltrec_track track;
    int status;

    music_track(p->music, item, &track);
    if (r->artists)
        artist_sums_others(r->artists, item, r->mean, &track);
    if (!track.mel && !track.attributes && !track.machine && !track.genres &&
        !track.artist) {
        p->unknown++;
        return LTREC_OK;
    }
    status = ltrec_predictor_run(r->predictor, &track, factor,
                                 &p->confidence[p->n], err);
    if (status != LTREC_OK)
        return status;
    /* As long as a played track's, so that they can be ranked together. */
    length = ltrec_model_length(p->model, &track);
    for (size_t i = 0; i < r->rank; i++)
        factor[i] *= length;
    r->variance[p->n] =
        vectors_variance((double)length, (double)p->confidence[p->n]);
    r->ids[p->n] = music_id(p->music, item);
    p->names[p->n++] = names_text(p->music->items, item);
    return LTREC_OK;
}

static int make_predictor(const struct predicting *p, ltrec_predictor **out,
                          ltrec_error *err)
{
    ltrec_predictor_options o;

    ltrec_predictor_options_init(&o, sizeof o);
    o.full_track = p->full_track;
    o.precision = p->precision;
    return ltrec_predictor_create(p->ctx, p->model, &o, out, err);
}

int predicting_check(const struct predicting *p, ltrec_error *err)
{
    ltrec_predictor *predictor;
    int status = make_predictor(p, &predictor, err);

    ltrec_predictor_free(predictor);
    return status;
}

static int predict_all(struct rows *r, ltrec_error *err)
{
    struct predicting *p = r->p;
    size_t most = music_count(p->music);
    int status = make_predictor(p, &r->predictor, err);

    term_doing("predict");
    for (uint32_t i = 0; i < most && status == LTREC_OK; i++) {
        if (!p->only || p->only[i])
            status = predict_one(r, i, err);
        if (status == LTREC_OK && term_progress(NULL, i, most) != 0)
            status = tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
        if (status == LTREC_ERR_ARGUMENT) {
            if (!p->untold)
                term_error("%.60s: %s", names_text(p->music->items, i),
                           err->message);
            p->failed++;
            status = LTREC_OK;
        }
    }
    term_done();
    ltrec_predictor_free(r->predictor);
    return status;
}

static int make_factors(const struct rows *r, ltrec_error *err)
{
    struct predicting *p = r->p;
    ltrec_factors_options o;

    if (p->n == 0)
        return tool_fail(err, LTREC_ERR_ARGUMENT,
                         "there is no track that the model knows enough of");
    ltrec_factors_options_init(&o, sizeof o);
    o.names = p->names;
    o.variance = r->variance;
    o.model_id = ltrec_model_factors_id(p->model);
    if (p->with_sound)
        o.feature_version = ltrec_model_feature_version(p->model);
    return ltrec_factors_create(p->ctx, p->n, r->rank, r->ids, r->vectors, &o,
                                &p->factors, err);
}

int predicting_do(struct predicting *p, ltrec_error *err)
{
    size_t most = music_count(p->music) + 1;
    struct rows r = {.p = p, .rank = ltrec_model_rank(p->model)};
    int status;

    p->n = p->unknown = p->failed = 0;
    p->names = tool_alloc(most, sizeof *p->names);
    p->confidence = tool_alloc(most, sizeof *p->confidence);
    r.ids = tool_alloc(most, sizeof *r.ids);
    r.vectors = tool_alloc(most, r.rank * sizeof *r.vectors);
    r.variance = tool_alloc(most, sizeof *r.variance);
    r.mean = tool_alloc(r.rank, sizeof *r.mean);
    if (p->played)
        r.artists = artist_sums_create(p->music, p->played, NULL);
    status = predict_all(&r, err);
    if (status == LTREC_OK)
        status = make_factors(&r, err);
    artist_sums_free(r.artists);
    free(r.ids);
    free(r.vectors);
    free(r.variance);
    free(r.mean);
    return status;
}

void predicting_free(struct predicting *p)
{
    free(p->names);
    free(p->confidence);
    ltrec_factors_free(p->factors);
    p->names = NULL;
    p->confidence = NULL;
    p->factors = NULL;
}
