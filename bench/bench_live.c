/*
 * bench_live.c - searches of an index to which another thread adds
 *
 * index_still_D_p50 is one search, of vectors of D floats, while nothing
 * happens, index_live_D_p50 while 1,000 tracks a second are added, one by one.
 * Lines end with the median or, _p99, what 99 of 100 stay below; the size is
 * the number of tracks at the beginning, most of them in lists.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <ltrec/ltrec.h>

#include "bench.h"

#define TRACKS 100000
#define DIM 200
#define K 10
#define SEARCHES 10000
#define PAUSE_NS 1000000

static ltrec_index *live;
static atomic_int stopped;

/* The values matter little, as long as they differ. */
static void draw(float *values, uint32_t *x)
{
    for (size_t j = 0; j < DIM; j++) {
        *x = *x * 1664525u + 1013904223u;
        values[j] = (float)(*x >> 8) / (1 << 24) - 0.5f;
    }
}

static int fill(double recall)
{
    ltrec_context *ctx;
    ltrec_index_options options;
    float vector[DIM];
    uint32_t x = 1;
    int status = ltrec_context_create(NULL, &ctx, NULL);

    ltrec_index_options_init(&options, sizeof options);
    options.reserve = TRACKS;
    options.recall = recall;
    if (status == LTREC_OK)
        status = ltrec_index_create(ctx, DIM, &options, &live, NULL);
    for (uint64_t id = 0; id < TRACKS && status == LTREC_OK; id++) {
        draw(vector, &x);
        status = ltrec_index_add(live, 1, &id, vector, NULL);
    }
    ltrec_context_free(ctx);
    return status == LTREC_OK ? ltrec_index_compact(live, NULL, NULL) : status;
}

static void *write_on(void *arg)
{
    const struct timespec pause = {0, PAUSE_NS};
    float vector[DIM];
    uint32_t x = 3;

    (void)arg;
    for (uint64_t id = TRACKS; !atomic_load(&stopped); id++) {
        draw(vector, &x);
        ltrec_index_add(live, 1, &id, vector, NULL);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static void search(const char *name)
{
    static double taken[SEARCHES];
    float query[DIM], similarities[K];
    uint64_t ids[K];
    uint32_t x = 2;
    size_t n;

    for (size_t i = 0; i < SEARCHES; i++) {
        double start;

        draw(query, &x);
        start = bench_now_ns();
        ltrec_index_search(live, query, K, ids, similarities, &n);
        taken[i] = bench_now_ns() - start;
    }
    qsort(taken, SEARCHES, sizeof *taken, bench_compare);
    printf("%s_p50,%d,%.0f,%.0f\n", name, TRACKS, taken[0],
           taken[SEARCHES / 2]);
    printf("%s_p99,%d,%.0f,%.0f\n", name, TRACKS, taken[0],
           taken[SEARCHES * 99 / 100]);
}

int main(void)
{
    pthread_t writer;

    if (fill(0.9) != LTREC_OK)
        return EXIT_FAILURE;
    search("index_still_200");
    if (pthread_create(&writer, NULL, write_on, NULL) != 0)
        return EXIT_FAILURE;
    search("index_live_200");
    atomic_store(&stopped, 1);
    pthread_join(writer, NULL);
    ltrec_index_free(live);
    return EXIT_SUCCESS;
}
