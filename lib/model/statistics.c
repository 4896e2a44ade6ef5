/*
 * statistics.c - what a sequence of frames is like in each of its windows
 *
 * Windows overlap, mostly by half.  A sequence is gone through once, in pieces
 * that lie in a window with all that they have or not at all; only its first
 * frames, which have nothing before them to move from, are a window's own.
 */
#include "model/model_parts.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/pool.h"

#define CHANNELS 32 /* at a time: two lines of a cache in each frame */
#define ROWS 32     /* frames at a time */
#define HISTORY 8   /* frames before them, the longest movement */

/* A sequence of frames and, behind it, so many of one level. */
struct sequence {
    const struct ltr_levels *levels;
    const float *x; /* [frames][n] */
    size_t frames, n, padding;
    float level;
    float floor; /* a soft one under the frames, or 0 */
    size_t n_lags;

    const size_t *starts; /* [n_windows], ascending */
    size_t n_windows, length;
};

/* Some channels of it, and what is known of them so far. */
struct stretch {
    const struct sequence *s;
    size_t first, count;
    size_t held; /* rows of the tile, behind the history */
    float tile[HISTORY + ROWS][CHANNELS];
    double sums[LTR_PATCHES][LTR_STATISTICS][CHANNELS];
};

/* Frames `from` to `to` behind those that were there last. */
static void fill_tile(struct stretch *w, size_t from, size_t to)
{
    const struct sequence *s = w->s;

    memmove(w->tile[0], w->tile[w->held], HISTORY * sizeof w->tile[0]);
    w->held = to - from;
    for (size_t t = from; t < to; t++) {
        const float *x = t < s->frames ? s->x + t * s->n + w->first : NULL;
        float *row = w->tile[HISTORY + t - from];

        if (x && s->floor != 0)
            s->levels->soften(row, x, w->count, s->floor);
        else
            for (size_t c = 0; c < w->count; c++)
                row[c] = x ? x[c] : s->level;
    }
}

static void add_rows(const struct stretch *w, size_t from, size_t to,
                     size_t n_lags, double sums[][CHANNELS])
{
    w->s->levels->add(sums[0], CHANNELS, w->tile[HISTORY + from], CHANNELS,
                      to - from, w->count, n_lags);
}

/* The first frames of a window: the first `lag` of all come from nowhere. */
static void begin_window(struct stretch *w, size_t start, size_t frames,
                         double sums[][CHANNELS])
{
    size_t n_lags = 0, from = 0, to = 1;

    fill_tile(w, start, start + frames);
    for (; from < frames; from = to, to *= 2, n_lags++)
        add_rows(w, from, to < frames ? to : frames,
                 n_lags < w->s->n_lags ? n_lags : w->s->n_lags, sums);
}

/* Frames `from` to `to`, to each window that has them all. */
static void add_piece(struct stretch *w, size_t from, size_t to)
{
    const struct sequence *s = w->s;
    double sums[LTR_STATISTICS][CHANNELS] = {{0}};

    for (size_t t = from; t < to; t += w->held) {
        fill_tile(w, t, to - t < ROWS ? to : t + ROWS);
        add_rows(w, 0, w->held, s->n_lags, sums);
    }
    for (size_t i = 0; i < s->n_windows; i++)
        if (s->starts[i] + HISTORY <= from && to <= s->starts[i] + s->length)
            for (size_t j = 0; j < 2 + s->n_lags; j++)
                for (size_t c = 0; c < w->count; c++)
                    w->sums[i][j][c] += sums[j][c];
}

/* From one beginning or end of a window's rest to the next. */
static void add_pieces(struct stretch *w)
{
    const struct sequence *s = w->s;
    size_t begun = 1, ended = 0, from = s->starts[0] + HISTORY;

    fill_tile(w, s->starts[0], from);
    while (ended < s->n_windows) {
        size_t to = s->starts[ended] + s->length;

        if (begun < s->n_windows && s->starts[begun] + HISTORY <= to)
            to = s->starts[begun++] + HISTORY;
        else
            ended++;
        add_piece(w, from, to);
        from = to;
    }
}

/* Padding that is further off than any movement adds to the levels alone. */
static void write_statistics(const struct stretch *w, double sums[][CHANNELS],
                             float *features)
{
    const struct sequence *s = w->s;
    size_t beyond = s->padding > HISTORY ? s->padding - HISTORY : 0;
    size_t frames = s->length + beyond;
    double all = (double)frames, level = (double)s->level;
    double more = (double)beyond * level;

    for (size_t c = 0; c < w->count; c++) {
        double mean = (sums[0][c] + more) / all;
        double variance = (sums[1][c] + more * level) / all - mean * mean;

        features[w->first + c] = (float)mean;
        features[s->n + w->first + c] = (float)sqrt(fmax(variance, 0));
        for (size_t i = 0; i < s->n_lags; i++) {
            size_t lag = (size_t)1 << i;

            features[(2 + i) * s->n + w->first + c] =
                frames > lag ? (float)(sums[2 + i][c] / (double)(frames - lag))
                             : 0;
        }
    }
}

/* features[n_windows][2 + n_lags][n], of CHANNELS from `first` on */
static void describe(const struct sequence *s, size_t first, float *features)
{
    size_t own = s->length < HISTORY ? s->length : HISTORY;
    struct stretch w;

    w.s = s;
    w.first = first;
    w.count = s->n - first < CHANNELS ? s->n - first : CHANNELS;
    w.held = 0;
    memset(w.sums, 0, s->n_windows * sizeof w.sums[0]);
    for (size_t i = 0; i < s->n_windows; i++)
        begin_window(&w, s->starts[i], own, w.sums[i]);
    if (s->length > HISTORY)
        add_pieces(&w);
    for (size_t i = 0; i < s->n_windows; i++)
        write_statistics(&w, w.sums[i], features + i * (2 + s->n_lags) * s->n);
}

/* ---- Features ----------------------------------------------------------- */

void ltr_linear_features(const struct ltr_levels *levels,
                         const struct ltr_net *net, const float *input,
                         size_t frames, float *features)
{
    static const size_t start = 0;
    const struct sequence s = {.levels = levels,
                               .x = input,
                               .frames = frames,
                               .n = net->n_in,
                               .n_lags = net->statistics - 2,
                               .starts = &start,
                               .n_windows = 1,
                               .length = frames};

    if (net->n_trunk == 0)
        memcpy(features, input, net->n_in * sizeof *features);
    else
        for (size_t first = 0; first < s.n; first += CHANNELS)
            describe(&s, first, features);
}

struct describing {
    const struct sequence *s;
    float *features;
};

static void describe_block(void *arg, size_t block, size_t worker)
{
    const struct describing *d = arg;

    (void)worker;
    describe(d->s, block * CHANNELS, d->features);
}

static void standardise(const struct ltr_branch *audio, float *features)
{
    size_t n = audio->n_scales;

    for (size_t c = 0; c < n; c++)
        features[c] -= audio->mean[c];
    for (size_t i = 0; i < audio->net.statistics; i++)
        for (size_t c = 0; c < n; c++)
            features[i * n + c] *= audio->scale[c];
}

void ltr_linear_of_mel(ltrec_context *ctx, const struct ltr_branch *audio,
                       const float *mel, size_t frames,
                       const struct ltr_windows *windows, float *features)
{
    size_t n = audio->n_scales;
    struct sequence s = {.levels = ltr_levels_for(ctx->cpu),
                         .x = mel,
                         .frames = frames,
                         .n = n,
                         .floor = audio->soft_floor,
                         .n_lags = audio->net.statistics - 2,
                         .starts = windows->starts,
                         .n_windows = windows->n,
                         .length = windows->frames};
    struct describing d = {&s, features};

    if (frames < s.length) {
        s.padding = s.length - frames;
        s.length = frames + (s.padding < HISTORY ? s.padding : HISTORY);
        s.level = ltr_soft_level(ltr_lowest_level(mel, frames * n), s.floor);
    }
    ltr_parallel(ctx, (n + CHANNELS - 1) / CHANNELS, describe_block, &d);
    for (size_t i = 0; i < windows->n; i++)
        standardise(audio, features + i * ltr_linear_size(&audio->net));
}
