/*
 * melfile.c - the mel rows of sound files
 */
#include "melfile.h"

#include <stdlib.h>
#include <string.h>

#include "decoder.h"
#include "term.h"

/* What 16 bits can still tell from 1. */
#define FULL_SCALE 0.99996f

/* Messages of the library do not know which file it was; others say it. */
static int name_file(int status, const char *path, ltrec_error *err)
{
    char shown[TOOL_SHORT_NAME];
    ltrec_error inner;

    if (!err || status == LTREC_OK)
        return status;
    tool_short_name(shown, path);
    if (strncmp(err->message, shown, strlen(shown)) == 0)
        return status;
    inner = *err;
    return tool_fail(err, status, "%s: %.150s", shown, inner.message);
}

/* Make room for what `n_frames` more can give; the rows there is room for. */
static size_t make_room(struct melfile *out, ltrec_frontend *frontend,
                        size_t *capacity, uint64_t n_frames)
{
    size_t bands = ltrec_frontend_bands(frontend);
    size_t rows = out->rows + ltrec_frontend_rows_left(frontend, n_frames);

    out->mel = tool_grow(out->mel, capacity, rows * bands, sizeof *out->mel);
    return *capacity / bands - out->rows;
}

/* Feed pcm[n_frames], or end the track when that is 0. */
static int feed(struct melfile *out, ltrec_frontend *frontend,
                size_t *capacity, const float *pcm, size_t n_frames,
                ltrec_error *err)
{
    size_t room = make_room(out, frontend, capacity, n_frames);
    float *to = out->mel + out->rows * ltrec_frontend_bands(frontend);
    size_t n_rows = 0;
    int status = n_frames > 0
                     ? ltrec_frontend_feed(frontend, pcm, n_frames, to, room,
                                           &n_rows, err)
                     : ltrec_frontend_finish(frontend, to, room, &n_rows, err);

    out->rows += status == LTREC_OK ? n_rows : 0;
    return status;
}

/* Numbers in the order of the floats that have these bits, and back: what
 * compilers make of integers are vectors, and of floats a step at a time. */
static int32_t order(int32_t bits)
{
    return bits ^ ((bits >> 31) & 0x7fffffff);
}

static int32_t order_of(float x)
{
    int32_t bits;

    memcpy(&bits, &x, sizeof bits);
    return order(bits);
}

static float float_of(int32_t ordered)
{
    int32_t bits = order(ordered);
    float x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

/* What of the samples themselves is worth knowing. */
static void look_at(struct melfile *out, const float *pcm, size_t n)
{
    const int32_t full = order_of(FULL_SCALE), empty = order_of(-FULL_SCALE);
    int32_t low = order_of(out->low), high = order_of(out->high);
    uint32_t n_clipped = 0;

    for (size_t i = 0; i < n; i++) {
        int32_t x = order_of(pcm[i]);

        low = x < low ? x : low;
        high = x > high ? x : high;
        n_clipped += (uint32_t)(x >= full) + (uint32_t)(x <= empty);
    }
    out->low = float_of(low);
    out->high = float_of(high);
    out->n_clipped += n_clipped;
}

/* The next block of samples, the decoder's time taken. */
static int decode(struct decoder *decoder, struct melfile *out,
                  const float **pcm, size_t *n, ltrec_error *err)
{
    double start = tool_now();
    int status = decoder_read(decoder, pcm, n, err);

    out->decode_seconds += tool_now() - start;
    return status;
}

static int read_samples(struct decoder *decoder, ltrec_frontend *frontend,
                        const struct melfile_options *o, uint64_t *total,
                        struct melfile *out, ltrec_error *err)
{
    size_t n, capacity = 0;
    const float *pcm;
    int status;

    while ((status = decode(decoder, out, &pcm, &n, err)) == 1) {
        if (*total == 0)
            out->low = out->high = pcm[0];
        *total += n;
        if ((double)*total > o->max_seconds * out->rate_hz)
            return tool_fail(err, LTREC_ERR_CAPACITY, "longer than %g seconds",
                             o->max_seconds);
        look_at(out, pcm, n * out->channels);
        status = feed(out, frontend, &capacity, pcm, n, err);
        if (status == LTREC_OK && o->progress &&
            o->progress(o->user, *total, decoder_stated_frames(decoder)))
            return tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
        if (status != LTREC_OK)
            return status;
    }
    if (status == LTREC_OK && *total > 0)
        status = feed(out, frontend, &capacity, NULL, 0, err);
    return status;
}

static int read_rows(struct decoder *decoder, ltrec_frontend *frontend,
                     const struct melfile_options *o, struct melfile *out,
                     ltrec_error *err)
{
    uint64_t total = 0;
    int status =
        ltrec_frontend_start(frontend, out->rate_hz, out->channels, err);

    if (status == LTREC_OK)
        status = read_samples(decoder, frontend, o, &total, out, err);
    if (status == LTREC_OK && total == 0)
        return tool_fail(err, LTREC_ERR_FORMAT, "holds no samples");
    if (status == LTREC_OK &&
        ltrec_frontend_level(frontend, out->mel, out->rows) != LTREC_OK)
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "gives power that is not finite");
    out->seconds = (double)total / out->rate_hz;
    out->stated_seconds =
        (double)decoder_stated_frames(decoder) / out->rate_hz;
    return status;
}

void melfile_options_init(struct melfile_options *options)
{
    memset(options, 0, sizeof *options);
    options->max_seconds = MELFILE_SECONDS;
    options->or_ffmpeg = 1;
    options->progress = term_progress;
}

int melfile_read(const char *path, ltrec_frontend *frontend,
                 const struct melfile_options *options, struct melfile *out,
                 ltrec_error *err)
{
    struct decoder *decoder;
    double start = tool_now();
    int status;

    memset(out, 0, sizeof *out);
    status = decoder_open(path, options->or_ffmpeg, &decoder, err);
    if (status != LTREC_OK)
        return status;
    out->decode_seconds = tool_now() - start;
    out->rate_hz = decoder_rate_hz(decoder);
    out->channels = decoder_channels(decoder);
    out->decoder = decoder_name(decoder);
    status =
        name_file(read_rows(decoder, frontend, options, out, err), path, err);
    decoder_close(decoder);
    if (status != LTREC_OK)
        melfile_free(out);
    return status;
}

void melfile_free(struct melfile *file)
{
    free(file->mel);
    memset(file, 0, sizeof *file);
}
