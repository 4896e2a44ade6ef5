/*
 * bench_index.c - searches for the ten nearest, alone and in batches, and
 * opening a file
 *
 * index_search_D is one search of vectors of D floats, index_batch_D one of
 * 64 in a batch on one thread, index_map_D opening the file without reading
 * it; the size is the number of tracks.  The last size again with kernels for
 * AVX2 alone, as index_search_D_avx2 and so on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <ltrec/ltrec.h>

#include "bench.h"

#define K 10
#define BATCH 64
#define MOST_DIM 200

struct search {
    ltrec_context *ctx;
    ltrec_index *index;
    char path[64];
    float queries[BATCH][MOST_DIM]; /* taken as [BATCH][dim] */
};

static void search_once(void *state)
{
    struct search *s = state;
    uint64_t ids[K];
    float similarities[K];
    size_t n;

    ltrec_index_search(s->index, s->queries[0], K, ids, similarities, &n);
}

static void search_batch(void *state)
{
    struct search *s = state;
    uint64_t ids[BATCH * K];
    float similarities[BATCH * K];
    size_t n[BATCH];

    ltrec_index_search_batch(s->index, BATCH, s->queries[0], K, ids,
                             similarities, n, NULL);
}

static void map_file(void *state)
{
    struct search *s = state;
    ltrec_index *mapped;

    if (ltrec_index_map(s->ctx, s->path, &mapped, NULL) == LTREC_OK)
        ltrec_index_free(mapped);
}

/* The values matter little, as long as they differ. */
static void draw(float *values, size_t n, uint32_t *x)
{
    for (size_t i = 0; i < n; i++) {
        *x = *x * 1664525u + 1013904223u;
        values[i] = (float)(*x >> 8) / (1 << 24) - 0.5f;
    }
}

static int fill(ltrec_index *index, size_t n, size_t dim)
{
    float vector[MOST_DIM];
    uint32_t x = 1;

    for (uint64_t id = 0; id < n; id++) {
        draw(vector, dim, &x);
        if (ltrec_index_add(index, 1, &id, vector, NULL) != LTREC_OK)
            return -1;
    }
    return 0;
}

static int measure(ltrec_context *ctx, size_t n, size_t dim,
                   const char *suffix)
{
    struct search s = {.ctx = ctx, .path = "/tmp/ltrec-bench-XXXXXX"};
    ltrec_index_options options;
    int file = mkstemp(s.path);
    uint32_t x = 2;
    char name[64];

    ltrec_index_options_init(&options, sizeof options);
    options.reserve = n;
    draw(s.queries[0], BATCH * MOST_DIM, &x);
    if (file < 0 || close(file) != 0 ||
        ltrec_index_create(ctx, dim, &options, &s.index, NULL) != LTREC_OK ||
        fill(s.index, n, dim) != 0 ||
        ltrec_index_save(s.index, s.path, NULL) != LTREC_OK)
        return -1;
    snprintf(name, sizeof name, "index_search_%zu%s", dim, suffix);
    bench(name, n, search_once, &s);
    snprintf(name, sizeof name, "index_batch_%zu%s", dim, suffix);
    bench(name, n, search_batch, &s);
    snprintf(name, sizeof name, "index_map_%zu%s", dim, suffix);
    bench(name, n, map_file, &s);
    ltrec_index_free(s.index);
    return unlink(s.path);
}

static ltrec_context *context_with(int32_t kernels)
{
    ltrec_context_options options;
    ltrec_context *ctx;

    ltrec_context_options_init(&options, sizeof options);
    options.kernels = kernels;
    ltrec_context_create(&options, &ctx, NULL);
    return ctx;
}

int main(void)
{
    static const struct {
        size_t n, dim;
    } sizes[] = {{1000, 40}, {30000, 40}, {10000, 200}, {100000, 200}};
    ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO);
    ltrec_context *avx2 = context_with(LTREC_KERNELS_AVX2);

    if (!ctx)
        return EXIT_FAILURE;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (measure(ctx, sizes[i].n, sizes[i].dim, "") != 0)
            return EXIT_FAILURE;
    if (avx2 && measure(avx2, 100000, 200, "_avx2") != 0)
        return EXIT_FAILURE;
    ltrec_context_free(avx2);
    ltrec_context_free(ctx);
    return EXIT_SUCCESS;
}
