/*
 * fuzz_frontend.c - any options, then any sound in pieces of any size
 *
 * The input is options, the shape of the track, and bytes that become
 * samples.  What is refused is refused; what is not must give exactly as many
 * finite rows as was said.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/ltrec.h>

#define MOST_ROWS 4096

struct shape {
    uint8_t preset; /* nonzero: the options below */
    uint8_t bytes_a_sample;
    uint16_t piece;
    uint32_t rate_hz, channels;
    uint32_t options_rate_hz, window, hop, bands;
    float fmin_hz, fmax_hz, floor_db, amin;
    int8_t scale, norm, centred, level, reference, resampler, precision;
    int8_t transform, bands_per_octave;
};

static void set_options(ltrec_frontend_options *o, const struct shape *shape)
{
    static const char *const presets[] = {"default", "librosa", "musicnn",
                                          "cqt"};

    ltrec_frontend_options_preset(o, sizeof *o, presets[shape->preset % 4]);
    if (shape->preset < 4)
        return;
    o->rate_hz = shape->options_rate_hz;
    o->window = shape->window;
    o->hop = shape->hop;
    o->bands = shape->bands;
    o->fmin_hz = shape->fmin_hz;
    o->fmax_hz = shape->fmax_hz;
    o->floor_db = shape->floor_db;
    o->amin = shape->amin;
    o->scale = shape->scale;
    o->norm = shape->norm;
    o->centred = shape->centred;
    o->level = shape->level;
    o->reference = shape->reference;
    o->resampler = shape->resampler;
    o->precision = shape->precision;
    o->transform = shape->transform;
    o->bands_per_octave = (uint32_t)shape->bands_per_octave;
}

/* One byte a sample reaches far with little; four reach every float. */
static float *samples_of(const struct shape *shape, const uint8_t *data,
                         size_t bytes, size_t *n)
{
    size_t width = shape->bytes_a_sample % 2 ? 4 : 1;
    float *pcm = malloc(bytes * sizeof *pcm + 1);

    *n = bytes / width;
    for (size_t i = 0; i < *n; i++) {
        if (width == 4)
            memcpy(pcm + i, data + 4 * i, 4);
        else
            pcm[i] = (float)data[i] / 128 - 1;
    }
    return pcm;
}

/* Feed it all; returns the rows, or SIZE_MAX when something was refused. */
static size_t feed(ltrec_frontend *frontend, const float *pcm, size_t n_frames,
                   uint32_t channels, size_t piece, float *mel)
{
    size_t bands = ltrec_frontend_bands(frontend), total = 0, n;
    ltrec_error err;

    for (size_t i = 0; i < n_frames; i += piece) {
        size_t left = n_frames - i;

        if (ltrec_frontend_feed(
                frontend, pcm + i * channels, left < piece ? left : piece,
                mel + total * bands, MOST_ROWS - total, &n, &err) != LTREC_OK)
            return SIZE_MAX;
        total += n;
    }
    if (ltrec_frontend_finish(frontend, mel + total * bands, MOST_ROWS - total,
                              &n, &err) != LTREC_OK)
        return SIZE_MAX;
    return total + n;
}

/* Whatever is described is a number or missing. */
static void check_descriptors(ltrec_frontend *frontend)
{
    float values[LTREC_DESCRIPTORS];

    if (ltrec_describe_get(frontend, values, LTREC_DESCRIPTORS, NULL) !=
        LTREC_OK)
        return;
    for (size_t i = 0; i < LTREC_DESCRIPTORS; i++)
        if (isinf(values[i]))
            abort();
}

static void run(ltrec_frontend *frontend, const struct shape *shape,
                const float *pcm, size_t n)
{
    size_t bands = ltrec_frontend_bands(frontend), rows;
    size_t n_frames = shape->channels > 0 ? n / shape->channels : 0;
    float *mel;

    if (ltrec_frontend_start(frontend, shape->rate_hz, shape->channels,
                             NULL) != LTREC_OK)
        return;
    if (ltrec_frontend_rows(frontend, shape->rate_hz, n_frames) > MOST_ROWS)
        return;
    mel = malloc(MOST_ROWS * bands * sizeof *mel);
    rows = feed(frontend, pcm, n_frames, shape->channels,
                (size_t)shape->piece + 1, mel);
    if (rows != SIZE_MAX) {
        if (rows != ltrec_frontend_rows(frontend, shape->rate_hz, n_frames) ||
            ltrec_frontend_level(frontend, mel, rows) != LTREC_OK)
            abort();
        for (size_t i = 0; i < rows * bands; i++)
            if (!isfinite(mel[i]))
                abort();
        check_descriptors(frontend);
    }
    free(mel);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ltrec_frontend_options options;
    ltrec_frontend *frontend;
    struct shape shape;
    ltrec_context *ctx;
    float *pcm;
    size_t n;

    if (size < sizeof shape)
        return 0;
    memcpy(&shape, data, sizeof shape);
    set_options(&options, &shape);
    if (ltrec_context_create(NULL, &ctx, NULL) != LTREC_OK)
        return 0;
    if (ltrec_frontend_create(ctx, &options, &frontend, NULL) == LTREC_OK) {
        if (shape.bytes_a_sample & 2)
            ltrec_describe_enable(frontend, NULL);
        pcm = samples_of(&shape, data + sizeof shape, size - sizeof shape, &n);
        run(frontend, &shape, pcm, n);
        free(pcm);
        ltrec_frontend_free(frontend);
    }
    ltrec_context_free(ctx);
    return 0;
}
