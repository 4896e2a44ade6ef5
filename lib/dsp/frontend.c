/*
 * frontend.c - the public side of the front end: what comes in is checked here
 */
#include "dsp/frontend.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "base/options.h"
#include "dsp/describe.h"
#include "dsp/level.h"
#include "dsp/pcm.h"
#include "dsp/resample.h"
#include "dsp/stream.h"

#define MOST_CHANNELS 64
#define LEAST_RATE 1000
#define MOST_RATE 768000

struct ltrec_frontend {
    ltrec_context *ctx;
    ltrec_frontend_options options;
    struct ltr_stream stream;
};

/* ---- Counting ----------------------------------------------------------- */

static int rate_accepted(const ltrec_frontend *frontend, uint32_t rate_hz)
{
    return rate_hz >= LEAST_RATE && rate_hz <= MOST_RATE &&
           ltr_resampler_accepts(rate_hz, frontend->options.rate_hz);
}

size_t ltrec_frontend_rows(const ltrec_frontend *frontend, uint32_t rate_hz,
                           uint64_t n_frames)
{
    uint64_t rows;

    if (!frontend || !rate_accepted(frontend, rate_hz))
        return 0;
    rows = ltr_stream_rows(&frontend->options, rate_hz, n_frames);
    return rows < SIZE_MAX ? (size_t)rows : SIZE_MAX;
}

size_t ltrec_frontend_rows_left(const ltrec_frontend *frontend,
                                uint64_t n_frames)
{
    uint64_t all;

    if (!frontend || frontend->stream.rate_hz == 0)
        return 0;
    if (n_frames > UINT64_MAX - frontend->stream.n_fed)
        return SIZE_MAX;
    all = ltrec_frontend_rows(frontend, frontend->stream.rate_hz,
                              frontend->stream.n_fed + n_frames);
    return all < SIZE_MAX ? (size_t)(all - frontend->stream.n_rows) : SIZE_MAX;
}

/* ---- A track, piece by piece -------------------------------------------- */

int ltrec_frontend_start(ltrec_frontend *frontend, uint32_t rate_hz,
                         uint32_t channels, ltrec_error *err)
{
    if (!frontend)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "frontend: it is NULL");
    if (!rate_accepted(frontend, rate_hz))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: a track of %lu Hz, wanted %d to %d and "
                        "within 256 times %lu",
                        (unsigned long)rate_hz, LEAST_RATE, MOST_RATE,
                        (unsigned long)frontend->options.rate_hz);
    if (channels < 1 || channels > MOST_CHANNELS)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: a track of %lu channels, wanted 1 to %d",
                        (unsigned long)channels, MOST_CHANNELS);
    if (ltr_stream_start(&frontend->stream, rate_hz, channels) != LTREC_OK)
        return ltr_fail(err, LTREC_ERR_MEMORY,
                        "frontend: no memory to resample %lu Hz",
                        (unsigned long)rate_hz);
    return LTREC_OK;
}

/* What feeding n frames and finishing have in common to check. */
static int check_call(const ltrec_frontend *frontend, size_t n_frames,
                      const float *mel, size_t capacity, ltrec_error *err)
{
    size_t wanted;

    if (frontend->stream.rate_hz == 0)
        return ltr_fail(err, LTREC_ERR_STATE,
                        "frontend: no track has been started");
    wanted = ltrec_frontend_rows_left(frontend, n_frames);
    if (capacity < wanted)
        return ltr_fail(err, LTREC_ERR_CAPACITY,
                        "frontend: room for %zu rows, wanted %zu", capacity,
                        wanted);
    if (wanted > 0 && !mel)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "frontend: `mel` is NULL");
    return LTREC_OK;
}

static int check_pcm_size(const ltrec_frontend *frontend, const float *pcm,
                          size_t n_frames, ltrec_error *err)
{
    if (n_frames > 0 && !pcm)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "frontend: `pcm` is NULL");
    if (n_frames > SIZE_MAX / sizeof *pcm / frontend->stream.channels)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: %zu frames are more than memory holds",
                        n_frames);
    return LTREC_OK;
}

static int check_pcm(const ltrec_frontend *frontend, const float *pcm,
                     size_t n_frames, ltrec_error *err)
{
    size_t channels = frontend->stream.channels, bad;
    int status = check_pcm_size(frontend, pcm, n_frames, err);

    if (status != LTREC_OK || n_frames == 0)
        return status;
    bad = ltr_pcm_find_bad(ltr_signal_for(frontend->ctx->cpu), pcm,
                           n_frames * channels);
    if (bad < n_frames * channels)
        return ltr_fail(
            err, LTREC_ERR_ARGUMENT,
            "frontend: frame %llu, channel %zu is %g, wanted a "
            "finite sample",
            (unsigned long long)(frontend->stream.n_fed + bad / channels),
            bad % channels, (double)pcm[bad]);
    return LTREC_OK;
}

/* Run one step of a track; libsamplerate's failure, if ever, ends it. */
static int compute(ltrec_frontend *frontend, const float *pcm, size_t n_frames,
                   struct ltr_rows *rows, ltrec_error *err)
{
    ltr_fpu saved = ltr_flush_begin();
    int status = pcm ? ltr_stream_add(&frontend->stream, pcm, n_frames, rows)
                     : ltr_stream_end(&frontend->stream, rows);

    ltr_flush_end(saved);
    if (!pcm || status != LTREC_OK)
        frontend->stream.rate_hz = 0;
    if (status != LTREC_OK)
        return ltr_fail(err, status, "frontend: the resampler failed");
    return LTREC_OK;
}

int ltrec_frontend_feed(ltrec_frontend *frontend, const float *pcm,
                        size_t n_frames, float *mel, size_t capacity,
                        size_t *n_rows, ltrec_error *err)
{
    struct ltr_rows rows = {.mel = mel};
    int status;

    if (n_rows)
        *n_rows = 0;
    if (!frontend || !n_rows)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: it or `n_rows` is NULL");
    status = check_call(frontend, n_frames, mel, capacity, err);
    if (status == LTREC_OK)
        status = check_pcm(frontend, pcm, n_frames, err);
    if (status == LTREC_OK && n_frames > 0)
        status = compute(frontend, pcm, n_frames, &rows, err);
    if (status == LTREC_OK)
        *n_rows = rows.count;
    return status;
}

int ltrec_frontend_finish(ltrec_frontend *frontend, float *mel,
                          size_t capacity, size_t *n_rows, ltrec_error *err)
{
    struct ltr_rows rows = {.mel = mel};
    int status;

    if (n_rows)
        *n_rows = 0;
    if (!frontend || !n_rows)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: it or `n_rows` is NULL");
    status = check_call(frontend, 0, mel, capacity, err);
    if (status == LTREC_OK)
        status = compute(frontend, NULL, 0, &rows, err);
    if (status == LTREC_OK)
        *n_rows = rows.count;
    return status;
}

/* ---- A whole track ------------------------------------------------------ */

int ltrec_frontend_level(const ltrec_frontend *frontend, float *mel,
                         size_t n_rows)
{
    ltr_fpu saved;
    int status;

    if (!frontend || (n_rows > 0 && !mel) ||
        n_rows > SIZE_MAX / sizeof *mel / frontend->options.bands)
        return LTREC_ERR_ARGUMENT;
    saved = ltr_flush_begin();
    status = ltr_level(ltr_signal_for(frontend->ctx->cpu), &frontend->options,
                       mel, n_rows * frontend->options.bands);
    ltr_flush_end(saved);
    return status;
}

/*
 * Samples are checked before anything comes of them.  Here that may be a piece
 * at a time, which is still in the second level cache when it is computed
 * from.
 */
#define PIECE 65536 /* samples of all channels */

static int feed_all(ltrec_frontend *frontend, const float *pcm,
                    size_t n_frames, float *mel, size_t capacity,
                    size_t *n_rows, ltrec_error *err)
{
    size_t channels = frontend->stream.channels, most = PIECE / channels;
    int status = check_call(frontend, n_frames, mel, capacity, err);

    while (n_frames > 0 && status == LTREC_OK) {
        size_t n = n_frames < most ? n_frames : most, n_fed;

        status = ltrec_frontend_feed(frontend, pcm, n,
                                     mel + *n_rows * frontend->options.bands,
                                     capacity - *n_rows, &n_fed, err);
        *n_rows += n_fed;
        pcm += n * channels;
        n_frames -= n;
    }
    return status;
}

int ltrec_frontend_mel(ltrec_frontend *frontend, uint32_t rate_hz,
                       uint32_t channels, const float *pcm, size_t n_frames,
                       float *mel, size_t capacity, size_t *n_rows,
                       ltrec_error *err)
{
    size_t n_fed = 0, n_ended = 0;
    int status;

    if (!n_rows)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "frontend: `n_rows` is NULL");
    *n_rows = 0;
    status = ltrec_frontend_start(frontend, rate_hz, channels, err);
    if (status == LTREC_OK)
        status = check_pcm_size(frontend, pcm, n_frames, err);
    if (status == LTREC_OK)
        status = feed_all(frontend, pcm, n_frames, mel, capacity, &n_fed, err);
    if (status == LTREC_OK)
        status = ltrec_frontend_finish(
            frontend, mel ? mel + n_fed * frontend->options.bands : NULL,
            capacity - n_fed, &n_ended, err);
    if (status == LTREC_OK)
        status = ltrec_frontend_level(frontend, mel, n_fed + n_ended);
    if (status == LTREC_OK)
        *n_rows = n_fed + n_ended;
    return status;
}

/* ---- Life cycle --------------------------------------------------------- */

int ltrec_frontend_create(ltrec_context *ctx,
                          const ltrec_frontend_options *options,
                          ltrec_frontend **out, ltrec_error *err)
{
    ltrec_frontend_options o;
    ltrec_frontend *frontend;
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "frontend: `out` is NULL");
    *out = NULL;
    if (!ctx)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "frontend: no context");
    status = ltr_frontend_options_read(&o, options, err);
    if (status != LTREC_OK)
        return status;
    frontend = ltr_alloc(ctx, 1, sizeof *frontend);
    if (!frontend)
        return ltr_fail(err, LTREC_ERR_MEMORY, "frontend: no memory");
    frontend->ctx = ltr_context_ref(ctx);
    frontend->options = o;
    status = ltr_stream_init(&frontend->stream, frontend->ctx,
                             &frontend->options, err);
    if (status != LTREC_OK) {
        ltrec_frontend_free(frontend);
        return status;
    }
    *out = frontend;
    return LTREC_OK;
}

void ltrec_frontend_free(ltrec_frontend *frontend)
{
    ltrec_context *ctx;

    if (!frontend)
        return;
    ctx = frontend->ctx;
    ltr_stream_clear(&frontend->stream);
    ltr_free(ctx, frontend);
    ltr_context_unref(ctx);
}

/* ---- Describing --------------------------------------------------------- */

int ltrec_describe_enable(ltrec_frontend *frontend, ltrec_error *err)
{
    if (!frontend)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "describe: no front end");
    if (!frontend->stream.describe &&
        ltr_describe_create(frontend->ctx, frontend->options.rate_hz,
                            &frontend->stream.describe) != LTREC_OK)
        return ltr_fail(err, LTREC_ERR_MEMORY, "describe: no memory");
    return LTREC_OK;
}

int ltrec_describe_get(const ltrec_frontend *frontend, float *values,
                       size_t capacity, ltrec_error *err)
{
    const float *known = NULL;

    if (!frontend || (capacity > 0 && !values))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "describe: no front end, or `values` is NULL");
    if (frontend->stream.describe)
        known = ltr_describe_values(frontend->stream.describe);
    for (size_t i = 0; i < capacity; i++)
        values[i] = known && i < LTREC_DESCRIPTORS ? known[i] : NAN;
    if (!known)
        return ltr_fail(err, LTREC_ERR_STATE,
                        "describe: no track has been described");
    return LTREC_OK;
}

/* ---- Questions ---------------------------------------------------------- */

uint32_t ltrec_frontend_bands(const ltrec_frontend *frontend)
{
    return frontend ? frontend->options.bands : 0;
}

uint32_t ltrec_frontend_hop(const ltrec_frontend *frontend)
{
    return frontend ? frontend->options.hop : 0;
}

uint32_t ltrec_frontend_rate(const ltrec_frontend *frontend)
{
    return frontend ? frontend->options.rate_hz : 0;
}

void ltrec_frontend_options_get(const ltrec_frontend *frontend,
                                ltrec_frontend_options *options, size_t size)
{
    if (frontend)
        ltr_options_init(options, size, &frontend->options,
                         sizeof frontend->options);
}

uint64_t ltrec_frontend_version(const ltrec_frontend *frontend)
{
    return frontend ? ltr_frontend_options_version(&frontend->options) : 0;
}
