/*
 * bench_bf16.c - networks in bf16 beside float32, paired in one run
 *
 *     bench_bf16 [products] [dense] [steps] [tracks] [epoch [threads]]
 *
 * products  those of the networks' large layers as lib/nn makes them, dropout
 *           and rectifiers' zeros included; float32 leaves these out
 * dense     the same without a zero
 * steps     a step of training: MGP at batch 256, 800-2048-2048-200, and 64
 *           patches of 35 s through both audio networks
 * tracks    predictions: MGP's of one track, of a patch of 35 s, and of a
 *           track of 4 minutes in half-overlapping patches
 * epoch     of MGP at the published size: 66,933 tracks of 400 attributes,
 *           batch 256
 *
 * Without arguments products, steps and tracks.  In one thread's processor
 * time, and for an epoch by several threads on the clock of the wall.  Both
 * precisions are timed in turn; a line is
 *
 *     name,float32_ns,bf16_ns,times
 *
 * with medians of the runs and of their ratios; for products the GFLOP/s of
 * both as well, zeros counted, and for predictions how far apart they are, as
 * 1 - cos.  A line of an epoch is its number, its time and its two losses.
 */
#define BENCH_CLOCK (wall ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID)

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/train.h>

static bool wall;

#include "base/context.h"
#include "base/random.h"
#include "bench.h"
#include "math/product.h"
#include "nn/net.h"
#include "train/train_parts.h"

#define RUNS 9
#define RANK 200
#define PATCH 754
#define BANDS 128
#define ATTRIBUTES 400
#define PATCHES 13 /* of 4 minutes */

static ltrec_context *ctx;

struct times {
    double ns[2][RUNS];
    double ratio[RUNS];
};

static double median(double *values)
{
    qsort(values, RUNS, sizeof *values, bench_compare);
    return values[RUNS / 2];
}

/* Both precisions of `action(states[p])` in turn, the first time not. */
static struct times pair(void (*action)(void *state), void *const states[2])
{
    struct times t;

    for (int i = -1; i < RUNS; i++) {
        double ns[2];

        for (int p = 0; p < 2; p++) {
            double start = bench_now_ns();

            action(states[p]);
            ns[p] = bench_now_ns() - start;
        }
        if (i < 0)
            continue;
        t.ns[0][i] = ns[0];
        t.ns[1][i] = ns[1];
        t.ratio[i] = ns[0] / ns[1];
    }
    return t;
}

static float *numbers(size_t n, uint64_t stream, float density)
{
    float *x = ltr_alloc(ctx, n, sizeof *x);

    for (size_t i = 0; x && i < n; i++)
        x[i] = ltr_random_uniform(1, stream, i) < density
                   ? ltr_random_uniform(2, stream, i) - 0.5f
                   : 0;
    if (!x)
        exit(EXIT_FAILURE);
    return x;
}

/* ---- Products ----------------------------------------------------------- */

struct layer {
    const char *name;
    size_t samples, frames, n_in, taps, n_out; /* frames that enter */
    float density;      /* of what enters; 1: zeros are not looked for */
    float density_back; /* of what comes back */
};

/* A rectifier leaves half, dropout half of that; a pool one of its frames. */
static const struct layer layers[] = {
    {"mgp_dense1", 256, 1, 800, 1, 2048, 1, 0.25f},
    {"mgp_dense2", 256, 1, 2048, 1, 2048, 0.25f, 0.25f},
    {"mgp_dense3", 256, 1, 2048, 1, 200, 0.25f, 1},
    {"audio_conv1", 16, 754, 128, 4, 256, 1, 0.25f},
    {"audio_conv2", 16, 187, 256, 4, 256, 1, 0.4f},
    {"audio_conv3", 16, 92, 256, 4, 512, 1, 0.4f},
    {"audio_conv4", 16, 44, 512, 4, 512, 1, 0.5f},
    {"audio_dense1", 64, 1, 1536, 1, 2048, 1, 0.25f},
    {"audio_dense2", 64, 1, 2048, 1, 2048, 0.25f, 0.25f},
};

struct product {
    struct ltr_product p;
    struct ltr_packs *packs;
};

static void multiply(void *state)
{
    struct product *product = state;

    ltr_multiply(product->packs, &product->p);
}

static void time_product(const char *layer, const char *what,
                         struct ltr_product p, struct ltr_lines b,
                         struct ltr_packs *packs[2], bool packed)
{
    struct product both[2] = {{p, packs[0]}, {p, packs[1]}};
    void *states[2] = {&both[0], &both[1]};
    float *memory[2] = {NULL, NULL};
    double work = 2.0 * (double)(p.m * p.n * p.k), ns[2];
    struct times t;

    for (int i = 0; i < 2; i++) {
        both[i].p.b = b;
        if (!packed)
            continue;
        memory[i] =
            ltr_alloc(ctx, ltr_packed_size(packs[i], p.n, p.k), sizeof(float));
        ltr_pack(packs[i], p.n, p.k, b, memory[i]);
        both[i].p.packed = memory[i];
    }
    t = pair(multiply, states);
    ns[0] = median(t.ns[0]);
    ns[1] = median(t.ns[1]);
    printf("%s_%s,%.0f,%.0f,%.2f,%.0f,%.0f\n", layer, what, ns[0], ns[1],
           median(t.ratio), work / ns[0], work / ns[1]);
    ltr_free(ctx, memory[0]);
    ltr_free(ctx, memory[1]);
}

/* The three products of a layer as lib/nn makes them. */
static void time_layer(struct layer layer, struct ltr_packs *packs[2])
{
    const struct layer *l = &layer;
    size_t rows = l->frames - l->taps + 1, in = l->frames * l->n_in;
    size_t depth = l->taps * l->n_in, edge = (l->taps - 1) * l->n_out;
    size_t padded = (l->frames + l->taps - 1) * l->n_out;
    bool conv = l->taps > 1;
    float *x = numbers(l->samples * in, 1, l->density);
    float *y = numbers(l->samples * padded, 2, l->density_back);
    float *weights = numbers(depth * l->n_out, 3, 1);
    float *out = numbers(l->samples * (padded + in) + depth * l->n_out, 4, 0);
    struct ltr_product p = {
        .m = l->samples * rows,
        .n = l->n_out,
        .k = depth,
        .a = {x, (ptrdiff_t)l->n_in, rows, (ptrdiff_t)in, true},
        .out = out,
        .stride = l->n_out,
        .sparse = l->density < 1};

    time_product(l->name, "forward", p, ltr_along(weights, depth), packs,
                 conv);
    p = (struct ltr_product){
        .m = l->n_out,
        .n = depth,
        .k = l->samples * rows,
        .a = {y + edge, (ptrdiff_t)l->n_out, rows, (ptrdiff_t)padded, false},
        .out = out,
        .stride = depth,
        .sparse = l->density_back < 1,
    };
    time_product(
        l->name, "gradient", p,
        (struct ltr_lines){x, (ptrdiff_t)l->n_in, rows, (ptrdiff_t)in, false},
        packs, false);
    p = (struct ltr_product){
        .m = l->samples * l->frames,
        .n = l->n_in,
        .k = l->taps * l->n_out,
        .a = {y, (ptrdiff_t)l->n_out, l->frames, (ptrdiff_t)padded, true},
        .out = out,
        .stride = l->n_in,
        .sparse = l->density_back < 1,
    };
    if (strcmp(l->name, "mgp_dense1") != 0 &&
        strcmp(l->name, "audio_conv1") != 0)
        time_product(l->name, "back", p, ltr_across(weights, l->n_in), packs,
                     conv);
    ltr_free(ctx, x);
    ltr_free(ctx, y);
    ltr_free(ctx, weights);
    ltr_free(ctx, out);
}

static void time_products(bool dense)
{
    struct ltr_packs *packs[2];

    for (int32_t i = 0; i < 2; i++)
        if (ltr_packs_create(ctx, i, &packs[i]) != LTREC_OK)
            exit(EXIT_FAILURE);
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++) {
        struct layer layer = layers[i];

        if (dense)
            layer.density = layer.density_back = 1;
        time_layer(layer, packs);
    }
    ltr_packs_free(packs[0]);
    ltr_packs_free(packs[1]);
}

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

/* ------------------------------------------------------------------------- */

static bool wants(int argc, char **argv, const char *what)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], what) == 0)
            return true;
    return argc == 1 && strcmp(what, "dense") != 0 &&
           strcmp(what, "epoch") != 0;
}

int main(int argc, char **argv)
{
    ltrec_context_options options;

    ltrec_context_options_init(&options, sizeof options);
    if (wants(argc, argv, "epoch") && atoi(argv[argc - 1]) > 0)
        options.threads = (uint32_t)atoi(argv[argc - 1]);
    wall = options.threads > 1;
    if (ltrec_context_create(&options, &ctx, NULL) != LTREC_OK)
        return EXIT_FAILURE;
    if (ltrec_context_precision(ctx, LTREC_PRECISION_BF16) !=
        LTREC_PRECISION_BF16) {
        fprintf(stderr, "skipped: this CPU has no units for bf16\n");
        ltrec_context_free(ctx);
        return EXIT_SUCCESS;
    }
    if (wants(argc, argv, "products"))
        time_products(false);
    if (wants(argc, argv, "dense"))
        time_products(true);
    if (wants(argc, argv, "steps")) {
        time_step("mgp_step", LTR_MGP, 0, 256);
        time_step("audio_step", LTR_AUDIO, LTREC_AUDIO_REFERENCE, 64);
        time_step("small_audio_step", LTR_AUDIO, LTREC_AUDIO_SMALL, 64);
    }
    if (wants(argc, argv, "tracks")) {
        time_prediction("mgp_track", LTR_MGP, 0, 0);
        time_prediction("audio_patch", LTR_AUDIO, LTREC_AUDIO_REFERENCE, 1);
        time_prediction("audio_track", LTR_AUDIO, LTREC_AUDIO_REFERENCE,
                        PATCHES);
        time_prediction("small_audio_track", LTR_AUDIO, LTREC_AUDIO_SMALL,
                        PATCHES);
    }
    if (wants(argc, argv, "epoch"))
        time_epochs();
    ltrec_context_free(ctx);
    return EXIT_SUCCESS;
}
