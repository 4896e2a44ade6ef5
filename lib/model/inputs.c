/*
 * inputs.c - from what is known of a track to what a network takes in
 */
#include "model/model_parts.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/options.h"
#include "nn/layers.h"

static const ltrec_track nothing = {.size = sizeof nothing};

void ltrec_track_init(ltrec_track *track, size_t size)
{
    ltr_options_init(track, size, &nothing, sizeof nothing);
}

/* ---- Checking ----------------------------------------------------------- */

#define SOME 1024 /* values looked at before what was seen is */

/* The first of x[n] that is out of [least, most], or n. */
static size_t find_first(const float *x, size_t n, float least, float most,
                         int nan_is_fine)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(x[i]) ? !nan_is_fine : x[i] < least || x[i] > most)
            return i;
    return n;
}

/* The same, and fast where there is none: without a branch a value. */
static size_t find_bad(const float *x, size_t n, float least, float most,
                       int nan_is_fine)
{
    for (size_t first = 0; first < n; first += SOME) {
        size_t some = n - first < SOME ? n - first : SOME;
        int beyond = 0, nan = 0;

        for (size_t i = first; i < first + some; i++) {
            beyond |= (x[i] < least) | (x[i] > most);
            nan |= x[i] != x[i];
        }
        if (beyond || (nan && !nan_is_fine))
            return first +
                   find_first(x + first, some, least, most, nan_is_fine);
    }
    return n;
}

static int says_nothing(const float *x, size_t n)
{
    for (size_t i = 0; x && i < n; i++)
        if (!isnan(x[i]))
            return 0;
    return 1;
}

int ltr_track_check(ltrec_track *track, const struct ltr_track_shape *shape,
                    ltrec_error *err)
{
    const float huge = 1e30f;
    const struct {
        const char *what;
        const float *x;
        size_t n;
        float least, most;
        int nan_is_fine;
    } parts[] = {
        {"mel", track->mel, track->n_frames * shape->bands, -huge, huge, 0},
        {"attributes", track->attributes, shape->n_attributes, 0, 1, 1},
        {"machine", track->machine, shape->n_machine, -huge, huge, 1},
        {"genres", track->genres, shape->n_genres, 0, 1, 0},
        {"artist", track->artist, shape->rank, -huge, huge, 0},
    };

    if (track->mel && track->n_frames == 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "track: a spectrogram without frames");
    if (track->n_frames > SIZE_MAX / 65536)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "track: %zu frames",
                        track->n_frames);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t bad = parts[i].x
                         ? find_bad(parts[i].x, parts[i].n, parts[i].least,
                                    parts[i].most, parts[i].nan_is_fine)
                         : parts[i].n;

        if (bad < parts[i].n)
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "track: %s, value %zu is %g, wanted %g to %g",
                            parts[i].what, bad, (double)parts[i].x[bad],
                            (double)parts[i].least, (double)parts[i].most);
    }
    if (says_nothing(track->attributes, shape->n_attributes))
        track->attributes = NULL;
    if (says_nothing(track->machine, shape->n_machine))
        track->machine = NULL;
    return LTREC_OK;
}

/* ---- Filling ------------------------------------------------------------ */

size_t ltr_input_size(size_t place, size_t n)
{
    switch (place) {
    case LTR_MGP:
    case LTR_MLG:
        return 2 * n;
    case LTR_ARTIST:
        return n + 2;
    default:
        return n;
    }
}

void ltr_input_attributes(const float *values, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        int unknown = isnan(values[i]);

        out[i] = unknown ? 0 : values[i];
        out[n + i] = (float)unknown;
    }
}

void ltr_input_machine(const struct ltr_branch *mlg, const float *values,
                       float *out)
{
    size_t n = mlg->n_scales;

    for (size_t i = 0; i < n; i++) {
        int missing = isnan(values[i]);

        out[i] = missing ? 0 : (values[i] - mlg->mean[i]) * mlg->scale[i];
        out[n + i] = (float)missing;
    }
}

void ltr_input_artist(const float *mean, uint32_t tracks, size_t rank,
                      float *out)
{
    memcpy(out, mean, rank * sizeof *out);
    out[rank] = logf(1 + (float)tracks);
    out[rank + 1] = tracks > 0;
}

float ltr_lowest_level(const float *x, size_t n)
{
    float least = x[0];

    for (size_t i = 1; i < n; i++)
        least = x[i] < least ? x[i] : least;
    return least;
}

static void standardise(const struct ltr_branch *audio, const float *levels,
                        float *out)
{
    for (size_t b = 0; b < audio->n_scales; b++)
        out[b] = (levels[b] - audio->mean[b]) * audio->scale[b];
}

void ltr_input_mel(const struct ltr_levels *levels,
                   const struct ltr_branch *audio, const float *mel,
                   size_t frames, size_t least, float silence, float *out)
{
    size_t bands = audio->n_scales;
    float floor = audio->soft_floor;

    for (size_t t = 0; t < frames || t < least; t++, out += bands) {
        const float *row = t < frames ? mel + t * bands : out;

        for (size_t b = 0; t >= frames && b < bands; b++)
            out[b] = silence;
        if (floor != 0)
            levels->soften(out, row, bands, floor);
        standardise(audio, floor != 0 ? out : row, out);
    }
}

/* ---- Fusion ------------------------------------------------------------- */

static size_t count_bits(uint32_t bits)
{
    size_t n = 0;

    for (; bits; bits &= bits - 1)
        n++;
    return n;
}

size_t ltr_fusion_size(const ltrec_model *model, uint32_t fused)
{
    size_t size = count_bits(fused);

    for (size_t i = 0; i < LTR_FUSABLE; i++)
        if (fused >> i & 1)
            size += ltr_net_hidden(&model->branches[i]->net);
    return size;
}

void ltr_fusion_input(const ltrec_model *model, uint32_t fused,
                      uint32_t present, float *const *hidden, float *out)
{
    float *flags = out + ltr_fusion_size(model, fused) - count_bits(fused);

    for (size_t i = 0; i < LTR_FUSABLE; i++) {
        size_t n;

        if (!(fused >> i & 1))
            continue;
        n = ltr_net_hidden(&model->branches[i]->net);
        if (present >> i & 1)
            memcpy(out, hidden[i], n * sizeof *out);
        else
            memset(out, 0, n * sizeof *out);
        *flags++ = (float)(present >> i & 1);
        out += n;
    }
}
