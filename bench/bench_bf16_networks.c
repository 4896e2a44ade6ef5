/*
 * bench_bf16_networks.c - networks in bf16 beside float32, paired in one run
 *
 *     bench_bf16_networks [steps] [tracks] [epoch [threads]]
 *
 * steps     a step of training: MGP at batch 256, 800-2048-2048-200, and 64
 *           patches of 35 s through both audio networks
 * tracks    predictions: MGP's of one track, of a patch of 35 s, and of a
 *           track of 4 minutes in half-overlapping patches
 * epoch     of MGP at the published size: 66,933 tracks of 400 attributes,
 *           batch 256
 *
 * Without arguments steps and tracks.  In one thread's processor time, and for
 * an epoch by several threads on the clock of the wall.  Both precisions are
 * timed in turn; a line is
 *
 *     name,float32_ns,bf16_ns,times
 *
 * with medians of the runs and of their ratios; for predictions how far apart
 * they are as well, as 1 - cos.  A line of an epoch is its number, its time
 * and its two losses.
 */
#include <math.h>
#include <string.h>

#include <ltrec/train.h>

#include "bench_pair.h"
#include "nn/net.h"
#include "train/train_parts.h"

#define RANK 200
#define PATCH 754
#define BANDS 128
#define ATTRIBUTES 400
#define PATCHES 13 /* of 4 minutes */

/* ---- Steps and predictions ---------------------------------------------- */

struct network {
    struct ltr_net net;
    ltrec_train_options options;
    struct ltr_fit fit;
    struct ltr_optimiser optimiser;
    struct ltr_pass *pass;
    float *parameters, *d_out;
    size_t batch, frames[256];
    struct ltr_noise noise;
};

static void make(struct network *n, size_t place, int32_t audio, size_t batch,
                 int32_t precision)
{
    size_t n_in = place == LTR_AUDIO ? BANDS : 2 * ATTRIBUTES;
    size_t frames = place == LTR_AUDIO ? PATCH : 1;

    memset(n, 0, sizeof *n);
    ltrec_train_options_init(&n->options, sizeof n->options);
    n->options.audio = audio;
    n->batch = batch;
    if (ltr_recipe(place, &n->options, frames, n_in, RANK, &n->net, NULL) !=
            LTREC_OK ||
        ltr_pass_create(ctx, &n->net, batch, frames, 1, precision, &n->pass) !=
            LTREC_OK)
        exit(EXIT_FAILURE);
    n->fit =
        (struct ltr_fit){.ctx = ctx, .net = &n->net, .options = &n->options};
    n->parameters = numbers(n->net.n_parameters, 0, 0);
    ltr_net_initialise(&n->net, 1, n->parameters);
    if (ltr_optimiser_create(&n->fit, 262, n->parameters, &n->optimiser) !=
        LTREC_OK)
        exit(EXIT_FAILURE);
    n->d_out = numbers(batch * RANK, 5, 1);
    for (size_t i = 0; i < batch; i++)
        n->frames[i] = frames;
}

static void drop(struct network *n)
{
    ltr_pass_free(n->pass);
    ltr_optimiser_free(&n->optimiser);
    ltr_free(ctx, n->parameters);
    ltr_free(ctx, n->d_out);
}

/* Bands of noise, or attributes of which a sixth are there. */
static void step(void *state)
{
    struct network *n = state;

    for (size_t i = 0; i < n->batch; i++)
        for (size_t j = 0; j < n->frames[i] * n->net.n_in; j++)
            ltr_pass_input(n->pass, i)[j] =
                n->net.n_in == BANDS ? (float)((i + j) * 37 % 101) / 50 - 1
                                     : (float)((i * 5 + j * 37) % 6 == 0);
    n->noise.step++;
    ltr_pass_forward(n->pass, n->parameters, n->batch, n->frames, &n->noise);
    ltr_pass_backward(n->pass, n->parameters, n->d_out, n->optimiser.gradient);
    ltr_optimiser_step(&n->optimiser);
}

static void time_step(const char *name, size_t place, int32_t audio,
                      size_t batch)
{
    struct network both[2];
    void *states[2] = {&both[0], &both[1]};
    struct times t;

    for (int32_t i = 0; i < 2; i++)
        make(&both[i], place, audio, batch, i);
    t = pair(step, states);
    printf("%s,%.0f,%.0f,%.2f\n", name, median(t.ns[0]), median(t.ns[1]),
           median(t.ratio));
    drop(&both[0]);
    drop(&both[1]);
}

struct hearing {
    struct network *network;
    struct ltr_pass *pass;
    struct ltr_windows windows;
    const float *mel;
    const float *out;
};

static void fill(void *arg, size_t start, size_t frames, float *to)
{
    const struct hearing *h = arg;
    size_t n_in = h->network->net.n_in;

    memcpy(to, h->mel + start * n_in, frames * n_in * sizeof *to);
}

static void hear(void *state)
{
    struct hearing *h = state;

    if (h->network->net.n_trunk > 0) {
        h->out =
            ltr_pass_windows(h->pass, h->network->parameters, &h->windows);
        return;
    }
    memcpy(ltr_pass_input(h->pass, 0), h->mel,
           h->network->net.n_in * sizeof(float));
    h->out = ltr_pass_forward(h->pass, h->network->parameters, 1, NULL, NULL);
}

static double distance(const float *a, const float *b)
{
    double ab = 0, aa = 0, bb = 0;

    for (size_t i = 0; i < RANK; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return 1 - ab / sqrt(aa * bb);
}

/* `windows` of sound, or one track's attributes.  How far apart the answers
 * are goes to the end of the line. */
static void time_prediction(const char *name, size_t place, int32_t audio,
                            size_t windows)
{
    struct network network;
    struct hearing both[2] = {{.network = &network}, {.network = &network}};
    void *states[2] = {&both[0], &both[1]};
    size_t stride, starts[PATCHES];
    float *mel = numbers((PATCHES + 1) * PATCH * BANDS, 6, 1);
    struct times t;

    make(&network, place, audio, 1, LTREC_PRECISION_FLOAT32);
    stride = ltr_net_stride(&network.net);
    for (size_t i = 0; i < windows; i++)
        starts[i] = i * (PATCH / 2 / stride * stride);
    for (int32_t i = 0; i < 2; i++) {
        struct hearing *h = &both[i];

        h->mel = mel;
        h->windows = (struct ltr_windows){windows, starts, PATCH, fill, h};
        if (windows > 0
                ? ltr_pass_create_windows(ctx, &network.net, windows,
                                          starts[windows - 1] + PATCH, i,
                                          &h->pass)
                : ltr_pass_create(ctx, &network.net, 1, 1, 0, i, &h->pass))
            exit(EXIT_FAILURE);
        ltr_pass_hold(h->pass, network.parameters);
    }
    t = pair(hear, states);
    printf("%s,%.0f,%.0f,%.2f,%.1e\n", name, median(t.ns[0]), median(t.ns[1]),
           median(t.ratio), distance(both[0].out, both[1].out));
    ltr_pass_free(both[0].pass);
    ltr_pass_free(both[1].pass);
    drop(&network);
    ltr_free(ctx, mel);
}

/* ---- An epoch ----------------------------------------------------------- */

#define TRACKS 66933

struct course {
    ltrec_dataset *dataset;
    ltrec_factors *factors;
    ltrec_train_options options;
    double last; /* when an epoch ended */
    double loss;
};

static int note(void *user, uint32_t epoch, double train, double validation)
{
    struct course *c = user;
    double now = bench_now_ns();

    printf("mgp_epoch_%s,%u,%.0f,%.5f,%.5f\n",
           c->options.precision == LTREC_PRECISION_BF16 ? "bf16" : "float32",
           (unsigned)epoch, now - c->last, train, validation);
    c->last = now;
    return 0;
}

/* Tracks whose factors are a random map of their attributes, with noise. */
static void make_course(struct course *c)
{
    static char texts[ATTRIBUTES][8];
    static const char *names[ATTRIBUTES];
    float *map = numbers(ATTRIBUTES * RANK, 7, 1), *x;
    float *y = ltr_alloc(ctx, (size_t)TRACKS * RANK, sizeof *y);
    uint64_t *ids = ltr_alloc(ctx, TRACKS, sizeof *ids);
    ltrec_dataset_options o;
    ltrec_track track;

    ltrec_dataset_options_init(&o, sizeof o);
    for (size_t i = 0; i < ATTRIBUTES; i++) {
        snprintf(texts[i], sizeof texts[i], "a%zu", i);
        names[i] = texts[i];
    }
    o.n_attributes = ATTRIBUTES;
    o.attribute_names = names;
    if (!y || !ids ||
        ltrec_dataset_create(ctx, &o, &c->dataset, NULL) != LTREC_OK)
        exit(EXIT_FAILURE);
    x = numbers(ATTRIBUTES, 8, 0);
    ltrec_track_init(&track, sizeof track);
    track.attributes = x;
    for (size_t i = 0; i < TRACKS; i++) {
        ids[i] = i + 1;
        for (size_t k = 0; k < RANK; k++)
            y[i * RANK + k] = ltr_random_normal(9, i, k);
        for (size_t j = 0; j < ATTRIBUTES; j++) {
            x[j] = ltr_random_uniform(10, i, j) < 1.0f / 6;
            for (size_t k = 0; k < RANK && x[j] > 0; k++)
                y[i * RANK + k] += map[j * RANK + k];
        }
        if (ltrec_dataset_add(c->dataset, ids[i], 0, &track, NULL) != LTREC_OK)
            exit(EXIT_FAILURE);
    }
    if (ltrec_factors_create(ctx, TRACKS, RANK, ids, y, NULL, &c->factors,
                             NULL) != LTREC_OK)
        exit(EXIT_FAILURE);
    ltr_free(ctx, map);
    ltr_free(ctx, x);
    ltr_free(ctx, y);
    ltr_free(ctx, ids);
}

/* Three of each, in turn; the first of a training begins with its making. */
static void time_epochs(void)
{
    struct course c = {0};

    make_course(&c);
    ltrec_train_options_init(&c.options, sizeof c.options);
    c.options.epochs = 3;
    c.options.epoch = note;
    c.options.user = &c;
    for (int i = 0; i < 4; i++) {
        ltrec_model *model = NULL;

        c.options.precision = i % 2;
        c.last = bench_now_ns();
        if (ltrec_train(ctx, c.dataset, c.factors, LTREC_BRANCH_MGP, NULL,
                        &c.options, &model, NULL, NULL) != LTREC_OK)
            exit(EXIT_FAILURE);
        ltrec_model_free(model);
    }
    ltrec_dataset_free(c.dataset);
    ltrec_factors_free(c.factors);
}

int main(int argc, char **argv)
{
    bool all = argc == 1, epoch = wants(argc, argv, "epoch");
    int threads = epoch ? atoi(argv[argc - 1]) : 0;

    make_context(threads > 0 ? (uint32_t)threads : 1);
    if (all || wants(argc, argv, "steps")) {
        time_step("mgp_step", LTR_MGP, 0, 256);
        time_step("audio_step", LTR_AUDIO, LTREC_AUDIO_REFERENCE, 64);
        time_step("small_audio_step", LTR_AUDIO, LTREC_AUDIO_SMALL, 64);
    }
    if (all || wants(argc, argv, "tracks")) {
        time_prediction("mgp_track", LTR_MGP, 0, 0);
        time_prediction("audio_patch", LTR_AUDIO, LTREC_AUDIO_REFERENCE, 1);
        time_prediction("audio_track", LTR_AUDIO, LTREC_AUDIO_REFERENCE,
                        PATCHES);
        time_prediction("small_audio_track", LTR_AUDIO, LTREC_AUDIO_SMALL,
                        PATCHES);
    }
    if (epoch)
        time_epochs();
    ltrec_context_free(ctx);
    return EXIT_SUCCESS;
}
