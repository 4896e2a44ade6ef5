/*
 * bench_hear.c - a track of four minutes heard by a whole predictor
 *
 * The networks as training makes them, with parameters that nobody trained:
 * alone, with a soft floor, with a linear path and a head that go by the
 * statistics of the sound, and with both, patch by patch; then with both, and
 * alone, in one pass over all of it.  One thread; the kernels are the
 * CPU's best, or of the set named: portable, avx2 or avx512.
 */
#include <stdlib.h>
#include <string.h>

#include <ltrec/ltrec.h>

#define BENCH_CLOCK CLOCK_PROCESS_CPUTIME_ID
#include "base/context.h"
#include "base/random.h"
#include "bench.h"
#include "model/model_parts.h"
#include "train/train_parts.h"

#define RANK 200
#define PATCH 754
#define BANDS 128
#define FRAMES 5168

static float mel[FRAMES * BANDS];

struct hearing {
    ltrec_predictor *predictor;
    ltrec_track track;
    float factor[RANK];
};

static void hear(void *state)
{
    struct hearing *h = state;

    if (ltrec_predictor_run(h->predictor, &h->track, h->factor, NULL, NULL) !=
        LTREC_OK)
        abort();
}

static struct ltr_branch *
make_branch(ltrec_context *ctx, const struct ltr_net *net, size_t n_scales)
{
    struct ltr_branch *b = ltr_branch_create(ctx, net, n_scales);

    if (!b)
        abort();
    ltr_net_initialise(&b->net, 1, b->parameters);
    for (size_t i = 0; i < n_scales; i++) {
        b->mean[i] = -40;
        b->scale[i] = 0.1f;
    }
    b->validation = 0.5;
    return b;
}

static ltrec_model *make_model(ltrec_context *ctx, int32_t network,
                               float soft_floor, int has_statistics)
{
    ltrec_model *m = ltr_model_create(ctx, RANK, 1, "");
    ltrec_train_options o;
    struct ltr_branch *audio;
    struct ltr_net net;
    size_t n;

    ltrec_train_options_init(&o, sizeof o);
    o.audio = network;
    if (!m ||
        ltr_recipe(LTR_AUDIO, &o, PATCH, BANDS, RANK, &net, NULL) != LTREC_OK)
        abort();
    m->branches[LTR_AUDIO] = audio = make_branch(ctx, &net, BANDS);
    audio->patch_frames = PATCH;
    audio->soft_floor = soft_floor;
    if (!has_statistics)
        return m;
    n = (ltr_linear_size(&audio->net) + 1) * RANK;
    audio->linear = ltr_alloc(ctx, n, sizeof *audio->linear);
    for (size_t i = 0; audio->linear && i < n; i++)
        audio->linear[i] = ltr_random_normal(1, 1, i) / 100;
    if (!audio->linear ||
        ltr_recipe(LTR_HEAD, &o, 0, ltr_head_inputs(&audio->net), 50, &net,
                   NULL) != LTREC_OK)
        abort();
    m->branches[LTR_HEAD] = make_branch(ctx, &net, 0);
    return m;
}

static void measure(ltrec_context *ctx, const char *what, int32_t network,
                    float soft_floor, int has_statistics, int32_t full_track)
{
    ltrec_model *model = make_model(ctx, network, soft_floor, has_statistics);
    ltrec_predictor_options o;
    struct hearing h;

    ltrec_predictor_options_init(&o, sizeof o);
    o.full_track = full_track;
    ltrec_track_init(&h.track, sizeof h.track);
    h.track.mel = mel;
    h.track.n_frames = FRAMES;
    if (ltrec_predictor_create(ctx, model, &o, &h.predictor, NULL) != LTREC_OK)
        abort();
    bench(what, FRAMES, hear, &h);
    ltrec_predictor_free(h.predictor);
    ltrec_model_free(model);
}

int main(int argc, char **argv)
{
    ltrec_context_options o;
    ltrec_context *ctx;

    ltrec_context_options_init(&o, sizeof o);
    if (argc > 1)
        o.kernels = strcmp(argv[1], "portable") == 0 ? LTREC_KERNELS_PORTABLE
                    : strcmp(argv[1], "avx2") == 0   ? LTREC_KERNELS_AVX2
                                                     : LTREC_KERNELS_AVX512;
    if (ltrec_context_create(&o, &ctx, NULL) != LTREC_OK)
        return EXIT_FAILURE;
    for (size_t i = 0; i < FRAMES * BANDS; i++)
        mel[i] = -40 + 12 * ltr_random_normal(1, 1, i);
    measure(ctx, "small_track", LTREC_AUDIO_SMALL, 0, 0, LTREC_TRACK_PATCHES);
    measure(ctx, "small_track_floor", LTREC_AUDIO_SMALL, 50, 0,
            LTREC_TRACK_PATCHES);
    measure(ctx, "small_track_statistics", LTREC_AUDIO_SMALL, 0, 1,
            LTREC_TRACK_PATCHES);
    measure(ctx, "small_track_both", LTREC_AUDIO_SMALL, 50, 1,
            LTREC_TRACK_PATCHES);
    measure(ctx, "small_track_both_whole", LTREC_AUDIO_SMALL, 50, 1,
            LTREC_TRACK_WHOLE);
    measure(ctx, "small_track_whole", LTREC_AUDIO_SMALL, 0, 0,
            LTREC_TRACK_WHOLE);
    ltrec_context_free(ctx);
    return EXIT_SUCCESS;
}
