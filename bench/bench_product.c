/*
 * bench_product.c - the products of the networks beside what the CPU can do
 *
 * Every layer of the MGP network at batch 256 and of the reference network on
 * 16 patches of 35 s: forward, back to the layer's input, and the gradient of
 * its weights, packing included.  A line is
 *
 *     name,mflop,best_ns,median_ns,gflop_per_s,of_peak
 *
 * where the peak is that of a tile alone, from the first-level cache, timed
 * in turn with the product.  One thread, processor time; the kernels are the
 * CPU's best, or those of the set named as argument: portable, avx2, avx512.
 */
#define BENCH_CLOCK CLOCK_PROCESS_CPUTIME_ID

#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "bench.h"
#include "math/product.h"
#include "math/tile.h"

#define RUNS 9
#define PATCHES 16
#define TILE_REPEATS 4000

struct layer {
    const char *name;
    size_t samples, frames, n_in, taps, n_out; /* frames that enter */
};

static const struct layer layers[] = {
    {"mgp_dense1", 256, 1, 800, 1, 2048},
    {"mgp_dense2", 256, 1, 2048, 1, 2048},
    {"mgp_dense3", 256, 1, 2048, 1, 200},
    {"audio_conv1", PATCHES, 754, 128, 4, 256},
    {"audio_conv2", PATCHES, 187, 256, 4, 256},
    {"audio_conv3", PATCHES, 92, 256, 4, 512},
    {"audio_conv4", PATCHES, 44, 512, 4, 512},
    {"audio_dense1", 64, 1, 1536, 1, 2048},
};

struct room {
    ltrec_context *ctx;
    struct ltr_packs *packs;
    float *x, *y, *weights, *packed;
};

static double tile_flops(const struct room *room)
{
    const struct ltr_tiles *t =
        ltr_tiles_for(room->ctx->cpu, LTREC_PRECISION_FLOAT32);
    double start = bench_now_ns(), work;

    for (int i = 0; i < TILE_REPEATS; i++)
        t->multiply(room->x, t->rows, room->weights, LTR_TILE_DEPTH, room->y,
                    t->columns, true);
    work = 2.0 * (double)(t->rows * t->columns * LTR_TILE_DEPTH);
    return TILE_REPEATS * work / (bench_now_ns() - start);
}

static void time_product(const char *layer, const char *what,
                         const struct room *room, struct ltr_product *p)
{
    double ns[RUNS], parts[RUNS], work = 2.0 * (double)(p->m * p->n * p->k);

    ltr_multiply(room->packs, p);
    for (int i = 0; i < RUNS; i++) {
        double peak = tile_flops(room), start = bench_now_ns();

        ltr_multiply(room->packs, p);
        ns[i] = bench_now_ns() - start;
        parts[i] = work / ns[i] / peak;
    }
    qsort(ns, RUNS, sizeof ns[0], bench_compare);
    qsort(parts, RUNS, sizeof parts[0], bench_compare);
    printf("%s_%s,%.0f,%.0f,%.0f,%.1f,%.2f\n", layer, what, work / 1e6, ns[0],
           ns[RUNS / 2], work / ns[RUNS / 2], parts[RUNS / 2]);
}

/* Lines of a sequence per sample, `stride` floats from frame to frame. */
static struct ltr_lines lines_of(const float *data, size_t rows, size_t stride,
                                 size_t block_stride, bool along)
{
    return (struct ltr_lines){data, (ptrdiff_t)stride, rows,
                              (ptrdiff_t)block_stride, along};
}

/* The three products of a layer as lib/nn makes them. */
static void time_layer(const struct room *room, const struct layer *l)
{
    size_t rows = l->frames - l->taps + 1, in = l->frames * l->n_in;
    size_t depth = l->taps * l->n_in, edge = (l->taps - 1) * l->n_out;
    size_t padded = (l->frames + l->taps - 1) * l->n_out;
    bool dense = l->taps == 1;
    struct ltr_product forward = {
        .m = l->samples * rows,
        .n = l->n_out,
        .k = depth,
        .a = lines_of(room->x, rows, l->n_in, in, true),
        .b = ltr_along(room->weights, depth),
        .packed = dense ? NULL : room->packed,
        .out = room->y,
        .stride = l->n_out,
    };
    struct ltr_product back = {
        .m = l->samples * l->frames,
        .n = l->n_in,
        .k = l->taps * l->n_out,
        .a = lines_of(room->y, l->frames, l->n_out, padded, true),
        .b = ltr_across(room->weights, l->n_in),
        .packed = dense ? NULL : room->packed,
        .out = room->x,
        .stride = l->n_in,
    };
    struct ltr_product gradient = {
        .m = l->n_out,
        .n = depth,
        .k = l->samples * rows,
        .a = lines_of(room->y + edge, rows, l->n_out, padded, false),
        .b = lines_of(room->x, rows, l->n_in, in, false),
        .out = room->weights,
        .stride = depth,
    };

    ltr_pack(room->packs, l->n_out, depth, forward.b, room->packed);
    time_product(l->name, "forward", room, &forward);
    time_product(l->name, "gradient", room, &gradient);
    if (strcmp(l->name, "mgp_dense1") != 0 &&
        strcmp(l->name, "audio_conv1") != 0)
        time_product(l->name, "back", room, &back);
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"auto", "portable", "avx2", "avx512"};
    const size_t most = (size_t)16 << 20;
    ltrec_context_options options;
    struct room room;

    ltrec_context_options_init(&options, sizeof options);
    for (int32_t i = 0; argc > 1 && i < 4; i++)
        if (strcmp(argv[1], names[i]) == 0)
            options.kernels = i;
    if (ltrec_context_create(&options, &room.ctx, NULL) != LTREC_OK ||
        ltr_packs_create(room.ctx, LTREC_PRECISION_FLOAT32, &room.packs) !=
            LTREC_OK)
        return EXIT_FAILURE;
    room.x = ltr_alloc(room.ctx, most, sizeof(float));
    room.y = ltr_alloc(room.ctx, most, sizeof(float));
    room.weights = ltr_alloc(room.ctx, most, sizeof(float));
    room.packed = ltr_alloc(room.ctx, most, sizeof(float));
    if (!room.x || !room.y || !room.weights || !room.packed)
        return EXIT_FAILURE;
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++)
        time_layer(&room, &layers[i]);
    ltr_free(room.ctx, room.x);
    ltr_free(room.ctx, room.y);
    ltr_free(room.ctx, room.weights);
    ltr_free(room.ctx, room.packed);
    ltr_packs_free(room.packs);
    ltrec_context_free(room.ctx);
    return EXIT_SUCCESS;
}
