/*
 * bench_factorize.c - an epoch of factorizing, and folding in
 *
 * Plays are drawn as they fall in life: an item's share goes down with one
 * over its place, listeners differ in diligence by a log-normal law.  With
 * the arguments
 *
 *     large [THREADS [RANK [ROWS]]]
 *
 * one long run of 100,000 listeners and 50,000 items, and how far memory grew
 * at most, over what plays, by listener and by item, and factors take.
 */
#include <math.h>
#include <string.h>
#include <sys/resource.h>

#include <ltrec/ltrec.h>

#include "base/random.h"
#include "bench.h"

#define EPOCHS 2
#define LAPS 6 /* epochs of the long run */
#define FOLDED 100

struct world {
    size_t n_users, n_items, n_pairs;
};

struct factorizing {
    ltrec_context *ctx;
    ltrec_interactions *plays;
    ltrec_factorize_options options;
};

struct folding {
    ltrec_foldin *foldin;
    uint64_t ids[FOLDED];
    float *vector;
};

static size_t listens_of(const struct world *w, uint64_t user)
{
    double mean = (double)w->n_pairs / (double)w->n_users;
    double n = mean * exp((double)ltr_random_normal(1, 1, user) * 0.8 - 0.32);

    return n < 1 ? 1 : (size_t)n;
}

static ltrec_interactions *draw(ltrec_context *ctx, const struct world *w)
{
    ltrec_interactions_options options;
    ltrec_interactions *plays;
    uint64_t drawn = 0;

    ltrec_interactions_options_init(&options, sizeof options);
    options.reserve = w->n_pairs + w->n_pairs / 64;
    if (ltrec_interactions_create(ctx, &options, &plays, NULL) != LTREC_OK)
        exit(EXIT_FAILURE);
    for (uint64_t user = 0; user < w->n_users; user++) {
        for (size_t i = listens_of(w, user); i > 0; i--) {
            double u = (double)ltr_random_uniform(1, 2, drawn++);
            uint64_t item = (uint64_t)pow((double)w->n_items, u);
            float count = 1;

            if (ltrec_interactions_add(plays, 1, &user, &item, &count, NULL) !=
                LTREC_OK)
                exit(EXIT_FAILURE);
        }
    }
    if (ltrec_interactions_finish(plays, NULL, NULL, NULL) != LTREC_OK)
        exit(EXIT_FAILURE);
    return plays;
}

static void factorize_once(void *state)
{
    struct factorizing *f = state;
    ltrec_factors *users, *items;

    if (ltrec_factorize(f->ctx, f->plays, &f->options, &users, &items, NULL,
                        NULL) != LTREC_OK)
        exit(EXIT_FAILURE);
    ltrec_factors_free(users);
    ltrec_factors_free(items);
}

static void fold_in_once(void *state)
{
    struct folding *f = state;

    if (ltrec_foldin_solve(f->foldin, FOLDED, f->ids, NULL, NULL, f->vector,
                           NULL, NULL) != LTREC_OK)
        exit(EXIT_FAILURE);
}

static void bench_folding(struct factorizing *f, size_t rank)
{
    struct folding folding = {.vector = malloc(rank * sizeof(float))};
    ltrec_factors *users, *items;

    if (!folding.vector ||
        ltrec_factorize(f->ctx, f->plays, &f->options, &users, &items, NULL,
                        NULL) != LTREC_OK ||
        ltrec_foldin_create(f->ctx, items, NULL, &folding.foldin, NULL) !=
            LTREC_OK)
        exit(EXIT_FAILURE);
    for (size_t i = 0; i < FOLDED; i++)
        folding.ids[i] = ltrec_factors_ids(items)[i * i / 4];
    bench("foldin_solve_100_pairs", rank, fold_in_once, &folding);
    ltrec_foldin_free(folding.foldin);
    ltrec_factors_free(users);
    ltrec_factors_free(items);
    free(folding.vector);
}

/* When each epoch of the large matrix ended. */
struct laps {
    size_t n;
    double ends[LAPS];
};

static int take_lap(void *user, uint64_t done, uint64_t total)
{
    struct laps *laps = user;

    if (done > 0 && done == total / LAPS * (laps->n + 1))
        laps->ends[laps->n++] = bench_now_ns();
    return 0;
}

static double peak_bytes(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024;
}

static void print_memory(const struct factorizing *f, double before)
{
    double rows = (double)(ltrec_interactions_n_users(f->plays) +
                           ltrec_interactions_n_items(f->plays));
    double plays =
        16 * (double)ltrec_interactions_n_pairs(f->plays) + 16 * rows;
    double factors = 4 * rows * (double)f->options.rank;

    printf("# %.0f MiB at most, %.2f times plays and factors\n",
           (peak_bytes() - before) / 1048576,
           (peak_bytes() - before) / (plays + factors));
}

static int run_large(ltrec_context *ctx, uint32_t rank, size_t rows)
{
    const struct world world = {100000, 50000, rows};
    double before = peak_bytes();
    struct factorizing f = {ctx, draw(ctx, &world), {0}};
    struct laps laps = {0};
    double ns[LAPS - 1];

    ltrec_factorize_options_init(&f.options, sizeof f.options);
    f.options.rank = rank;
    f.options.epochs = LAPS;
    f.options.progress = take_lap;
    f.options.user = &laps;
    factorize_once(&f);
    for (size_t i = 0; i + 1 < LAPS; i++)
        ns[i] = laps.ends[i + 1] - laps.ends[i];
    qsort(ns, LAPS - 1, sizeof ns[0], bench_compare);
    printf("factorize_epoch_rank_%u,%zu,%.0f,%.0f\n", (unsigned)rank,
           ltrec_interactions_n_pairs(f.plays), ns[0], ns[(LAPS - 1) / 2]);
    print_memory(&f, before);
    ltrec_interactions_free(f.plays);
    ltrec_context_free(ctx);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static const uint32_t ranks[] = {64, 128, 200};
    const struct world world = {6000, 3000, 420000};
    ltrec_context_options options;
    ltrec_context *ctx;
    struct factorizing f;

    ltrec_context_options_init(&options, sizeof options);
    options.threads = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1;
    if (ltrec_context_create(&options, &ctx, NULL) != LTREC_OK)
        return EXIT_FAILURE;
    if (argc > 1 && strcmp(argv[1], "large") == 0)
        return run_large(ctx,
                         argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 200,
                         argc > 4 ? strtoul(argv[4], NULL, 10) : 5700000);
    f = (struct factorizing){ctx, draw(ctx, &world), {0}};
    for (size_t i = 0; i < sizeof ranks / sizeof ranks[0]; i++) {
        char name[40];

        ltrec_factorize_options_init(&f.options, sizeof f.options);
        f.options.rank = ranks[i];
        f.options.epochs = EPOCHS;
        snprintf(name, sizeof name, "factorize_%d_epochs_rank_%u", EPOCHS,
                 (unsigned)ranks[i]);
        bench(name, ltrec_interactions_n_pairs(f.plays), factorize_once, &f);
        bench_folding(&f, ranks[i]);
    }
    ltrec_interactions_free(f.plays);
    ltrec_context_free(ctx);
    return EXIT_SUCCESS;
}
