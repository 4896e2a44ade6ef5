/*
 * bench_bf16.c - products in bf16 beside float32, paired in one run
 *
 *     bench_bf16 [dense]
 *
 * The products of the networks' large layers as lib/nn makes them, dropout and
 * rectifiers' zeros included; float32 leaves these out.  With `dense` the same
 * without a zero.  In one thread's processor time, both precisions in turn; a
 * line is
 *
 *     name,float32_ns,bf16_ns,times,float32_gflops,bf16_gflops
 *
 * with medians of the runs and of their ratios, zeros counted.
 */
#include <string.h>

#include "bench_pair.h"
#include "math/product.h"

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

int main(int argc, char **argv)
{
    make_context(1);
    time_products(wants(argc, argv, "dense"));
    ltrec_context_free(ctx);
    return EXIT_SUCCESS;
}
