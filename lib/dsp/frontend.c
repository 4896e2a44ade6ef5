/*
 * frontend.c - from sound to rows of mel power, in pieces of any size
 *
 *     pcm ─► mix ─► block ─► resample ─► samples ─► transform ─► mel ─► row
 *
 * Sound is gathered into blocks of one size before anything is computed from
 * it, because the resampler's bits depend on how its input is cut.  So they
 * do not depend on how the caller cuts it.
 */
#include "dsp/frontend.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "base/options.h"
#include "dsp/level.h"
#include "dsp/mel.h"
#include "dsp/pcm.h"
#include "dsp/resample.h"
#include "dsp/stft.h"

#define BLOCK 1024 /* frames of input computed from at once */
#define MADE 2048  /* samples the resampler makes at once */
#define MOST_CHANNELS 64
#define LEAST_RATE 1000
#define MOST_RATE 768000

struct ltrec_frontend {
    ltrec_context *ctx;
    ltrec_frontend_options options;
    struct ltr_resampler *resampler;
    struct ltr_stft *stft;
    struct ltr_mel *mel;
    float *block;   /* [BLOCK] input, one channel */
    float *made;    /* [MADE] from the resampler */
    float *samples; /* [window] of the row that is being filled */
    float *power;   /* [window / 2 + 1] */

    /* The track under way; rate_hz is 0 when there is none. */
    uint32_t rate_hz;
    uint32_t channels;
    uint64_t n_fed;     /* frames taken from the caller */
    uint64_t n_made;    /* samples at our rate */
    uint64_t n_rows;    /* rows given to the caller */
    size_t block_fill;  /* of `block` */
    size_t sample_fill; /* of `samples` */
};

/* Where the rows of one call go. */
struct rows {
    float *mel;
    size_t count;
};

/* ---- Counting ----------------------------------------------------------- */

/* The samples that n frames become: n * to / from, rounded up. */
static uint64_t resampled(uint64_t n, uint32_t from_hz, uint32_t to_hz)
{
    uint64_t whole = n / from_hz, part = n % from_hz;

    if (whole > UINT64_MAX / MOST_RATE - 1)
        return UINT64_MAX;
    return whole * to_hz + (part * to_hz + from_hz - 1) / from_hz;
}

static uint64_t rows_of(const ltrec_frontend_options *o, uint64_t n_samples)
{
    if (n_samples == 0)
        return 0;
    if (o->centred)
        return 1 + n_samples / o->hop;
    if (n_samples <= o->window)
        return 1;
    return 2 + (n_samples - o->window - 1) / o->hop;
}

static int rate_accepted(const ltrec_frontend *frontend, uint32_t rate_hz)
{
    return rate_hz >= LEAST_RATE && rate_hz <= MOST_RATE &&
           ltr_resampler_accepts(rate_hz, frontend->options.rate_hz);
}

size_t ltrec_frontend_rows(const ltrec_frontend *frontend, uint32_t rate_hz,
                           uint64_t n_frames)
{
    uint64_t samples, rows;

    if (!frontend || !rate_accepted(frontend, rate_hz))
        return 0;
    samples = resampled(n_frames, rate_hz, frontend->options.rate_hz);
    rows = rows_of(&frontend->options, samples);
    return rows < SIZE_MAX && samples < UINT64_MAX ? (size_t)rows : SIZE_MAX;
}

size_t ltrec_frontend_rows_left(const ltrec_frontend *frontend,
                                uint64_t n_frames)
{
    uint64_t all;

    if (!frontend || frontend->rate_hz == 0)
        return 0;
    if (n_frames > UINT64_MAX - frontend->n_fed)
        return SIZE_MAX;
    all = ltrec_frontend_rows(frontend, frontend->rate_hz,
                              frontend->n_fed + n_frames);
    return all < SIZE_MAX ? (size_t)(all - frontend->n_rows) : SIZE_MAX;
}

/* ---- Computing ---------------------------------------------------------- */

static void finish_row(ltrec_frontend *frontend, struct rows *rows)
{
    const ltrec_frontend_options *o = &frontend->options;

    ltr_stft_power(frontend->stft, frontend->samples, frontend->power);
    ltr_mel_apply(frontend->mel, frontend->power,
                  rows->mel + rows->count * o->bands);
    rows->count++;
    frontend->n_rows++;
    frontend->sample_fill = o->window - o->hop;
    memmove(frontend->samples, frontend->samples + o->hop,
            frontend->sample_fill * sizeof *frontend->samples);
}

/* Take n samples at our rate; NULL stands for zeros. */
static void add_samples(ltrec_frontend *frontend, const float *samples,
                        size_t n, struct rows *rows)
{
    while (n > 0) {
        size_t fill = frontend->sample_fill;
        size_t room = frontend->options.window - fill;
        size_t take = n < room ? n : room;

        if (samples) {
            memcpy(frontend->samples + fill, samples, take * sizeof *samples);
            samples += take;
        } else {
            memset(frontend->samples + fill, 0, take * sizeof *samples);
        }
        frontend->sample_fill += take;
        n -= take;
        if (take == room)
            finish_row(frontend, rows);
    }
}

/* Samples beyond the length of the track, if there are any, are dropped. */
static void add_made(ltrec_frontend *frontend, const float *samples, size_t n,
                     struct rows *rows)
{
    uint64_t most = resampled(frontend->n_fed, frontend->rate_hz,
                              frontend->options.rate_hz);
    uint64_t room = most - frontend->n_made;

    if (n > room)
        n = (size_t)room;
    add_samples(frontend, samples, n, rows);
    frontend->n_made += n;
}

/* Resample what is in the block; with `last`, the end of the track too. */
static int compute_block(ltrec_frontend *frontend, int last, struct rows *rows)
{
    struct ltr_resampler_step step = {
        .in = frontend->block,
        .n_in = frontend->block_fill,
        .last = last,
        .out = frontend->made,
        .capacity = MADE,
    };
    int status = LTREC_OK;

    frontend->block_fill = 0;
    if (frontend->rate_hz == frontend->options.rate_hz) {
        add_made(frontend, step.in, step.n_in, rows);
        return LTREC_OK;
    }
    do {
        status = ltr_resampler_run(frontend->resampler, &step);
        if (status != LTREC_OK)
            return status;
        add_made(frontend, step.out, step.n_made, rows);
        step.in += step.n_used;
        step.n_in -= step.n_used;
    } while (step.n_used > 0 || step.n_made > 0);
    return LTREC_OK;
}

static int add_pcm(ltrec_frontend *frontend, const float *pcm, size_t n,
                   struct rows *rows)
{
    int status = LTREC_OK;

    while (n > 0 && status == LTREC_OK) {
        size_t room = BLOCK - frontend->block_fill;
        size_t take = n < room ? n : room;

        ltr_pcm_mix(frontend->block + frontend->block_fill, pcm, take,
                    frontend->channels);
        frontend->block_fill += take;
        frontend->n_fed += take;
        pcm += take * frontend->channels;
        n -= take;
        if (take == room)
            status = compute_block(frontend, 0, rows);
    }
    return status;
}

/* The rest of the samples, and zeros until the last row is full. */
static int add_end(ltrec_frontend *frontend, struct rows *rows)
{
    uint64_t all = resampled(frontend->n_fed, frontend->rate_hz,
                             frontend->options.rate_hz);
    int status = compute_block(frontend, 1, rows);

    if (status != LTREC_OK)
        return status;
    while (frontend->n_rows < rows_of(&frontend->options, all)) {
        size_t room = frontend->options.window - frontend->sample_fill;

        add_samples(frontend, NULL, room, rows);
    }
    return LTREC_OK;
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
    if (rate_hz != frontend->options.rate_hz)
        ltr_resampler_start(frontend->resampler, rate_hz,
                            frontend->options.rate_hz);
    frontend->rate_hz = rate_hz;
    frontend->channels = channels;
    frontend->n_fed = frontend->n_made = frontend->n_rows = 0;
    frontend->block_fill = 0;
    /* What a centred first row sees before the track is silence. */
    frontend->sample_fill =
        frontend->options.centred ? frontend->options.window / 2 : 0;
    memset(frontend->samples, 0,
           frontend->sample_fill * sizeof *frontend->samples);
    return LTREC_OK;
}

/* What feeding n frames and finishing have in common to check. */
static int check_call(const ltrec_frontend *frontend, size_t n_frames,
                      const float *mel, size_t capacity, ltrec_error *err)
{
    size_t wanted;

    if (frontend->rate_hz == 0)
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

static int check_pcm(const ltrec_frontend *frontend, const float *pcm,
                     size_t n_frames, ltrec_error *err)
{
    size_t channels = frontend->channels, bad;

    if (n_frames == 0)
        return LTREC_OK;
    if (!pcm)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "frontend: `pcm` is NULL");
    if (n_frames > SIZE_MAX / sizeof *pcm / channels)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: %zu frames are more than memory holds",
                        n_frames);
    bad = ltr_pcm_find_bad(pcm, n_frames * channels);
    if (bad < n_frames * channels)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: frame %llu, channel %zu is %g, wanted a "
                        "finite sample",
                        (unsigned long long)(frontend->n_fed + bad / channels),
                        bad % channels, (double)pcm[bad]);
    return LTREC_OK;
}

/* Run one step of a track; libsamplerate's failure, if ever, ends it. */
static int compute(ltrec_frontend *frontend, const float *pcm, size_t n_frames,
                   struct rows *rows, ltrec_error *err)
{
    ltr_fpu saved = ltr_flush_begin();
    int status =
        pcm ? add_pcm(frontend, pcm, n_frames, rows) : add_end(frontend, rows);

    ltr_flush_end(saved);
    if (!pcm || status != LTREC_OK)
        frontend->rate_hz = 0;
    if (status != LTREC_OK)
        return ltr_fail(err, status, "frontend: the resampler failed");
    return LTREC_OK;
}

int ltrec_frontend_feed(ltrec_frontend *frontend, const float *pcm,
                        size_t n_frames, float *mel, size_t capacity,
                        size_t *n_rows, ltrec_error *err)
{
    struct rows rows = {.mel = mel};
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
    struct rows rows = {.mel = mel};
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
    status =
        ltr_level(&frontend->options, mel, n_rows * frontend->options.bands);
    ltr_flush_end(saved);
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
        status = ltrec_frontend_feed(frontend, pcm, n_frames, mel, capacity,
                                     &n_fed, err);
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

/* Everything but the mel bands, whose failure has words of its own. */
static int make_parts(ltrec_frontend *frontend)
{
    ltrec_context *ctx = frontend->ctx;
    const ltrec_frontend_options *o = &frontend->options;
    int status = ltr_resampler_create(ctx, o->resampler, &frontend->resampler);

    if (status == LTREC_OK)
        status =
            ltr_stft_create(ctx, o->window, o->precision, &frontend->stft);
    if (status != LTREC_OK)
        return status;
    frontend->block = ltr_alloc(ctx, BLOCK, sizeof(float));
    frontend->made = ltr_alloc(ctx, MADE, sizeof(float));
    frontend->samples = ltr_alloc(ctx, o->window, sizeof(float));
    frontend->power = ltr_alloc(ctx, o->window / 2 + 1, sizeof(float));
    return frontend->block && frontend->made && frontend->samples &&
                   frontend->power
               ? LTREC_OK
               : LTREC_ERR_MEMORY;
}

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
    status = ltr_mel_create(ctx, &o, &frontend->mel, err);
    if (status == LTREC_OK && make_parts(frontend) != LTREC_OK)
        status = ltr_fail(err, LTREC_ERR_MEMORY, "frontend: no memory");
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
    ltr_free(ctx, frontend->power);
    ltr_free(ctx, frontend->samples);
    ltr_free(ctx, frontend->made);
    ltr_free(ctx, frontend->block);
    ltr_mel_free(frontend->mel);
    ltr_stft_free(frontend->stft);
    ltr_resampler_free(frontend->resampler);
    ltr_free(ctx, frontend);
    ltr_context_unref(ctx);
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
