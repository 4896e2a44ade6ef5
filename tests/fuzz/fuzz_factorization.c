/*
 * fuzz_factorization.c - any bytes, or any tensors in a sound container, as
 * the checkpoint of a factorization
 *
 * What is accepted must be something to go on from: finite vectors, zero past
 * the rank, epochs that make sense.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cf/als_checkpoint.h"
#include "fuzz_file.h"
#include "store/store.h"

#define USERS 4
#define ITEMS 3
#define RANK 5
#define WIDTH 16
#define EPOCHS 3

static ltrec_context *ctx;
static ltrec_interactions *plays;

/* What may or may not fit; vectors come after it. */
struct outline {
    uint8_t epoch, best_epoch, width, honest;
    double best;
};

static void prepare(struct ltr_run *run)
{
    *run = (struct ltr_run){.ctx = ctx, .plays = plays};
    ltrec_factorize_options_init(&run->options, sizeof run->options);
    run->options.rank = RANK;
    run->options.epochs = EPOCHS;
    run->options.patience = 2;
    run->options.checkpoint = "/dev/shm/ltrec-fuzz-checkpoint";
    fuzz_must(ltr_run_prepare(run, NULL) == LTREC_OK);
}

static void check(const struct ltr_run *run)
{
    fuzz_must(run->report.n_epochs >= 1 && run->report.n_epochs <= EPOCHS);
    fuzz_must(run->validation.best_epoch >= 1 &&
              run->validation.best_epoch <= run->report.n_epochs);
    for (size_t i = 0; i < USERS * run->width; i++) {
        fuzz_must(isfinite(run->users.vectors[i]));
        fuzz_must(isfinite(run->validation.best_users[i]));
        fuzz_must(i % run->width < RANK || run->users.vectors[i] == 0);
    }
    for (size_t i = 0; i < ITEMS * run->width; i++)
        fuzz_must(isfinite(run->items.vectors[i]));
}

static void use(const uint8_t *data, size_t size)
{
    struct ltr_run run;

    prepare(&run);
    if (ltr_run_parse(&run, data, size, NULL) == LTREC_OK)
        check(&run);
    ltr_run_clean_up(&run);
}

/* A checkpoint as it should be, with what the outline says put over it. */
static void use_outline(const uint8_t *data, size_t size)
{
    struct outline o;
    struct ltr_run run, back;
    size_t n_users = USERS * WIDTH * sizeof(float);

    memcpy(&o, data, sizeof o);
    data += sizeof o;
    size -= sizeof o;
    prepare(&run);
    run.report.n_epochs = o.epoch % (EPOCHS + 1);
    run.validation.best_epoch = o.best_epoch;
    run.validation.best = isfinite(o.best) ? o.best : 0;
    memcpy(run.users.vectors, data, size < n_users ? size : n_users);
    run.width = o.honest & 1 ? run.width : o.width % (WIDTH + 1);
    fuzz_must(ltr_run_save(&run, NULL) == LTREC_OK);
    run.width = WIDTH;
    ltr_run_clean_up(&run);
    prepare(&back);
    if (ltr_run_load(&back, NULL) == LTREC_OK)
        check(&back);
    ltr_run_clean_up(&back);
    unlink("/dev/shm/ltrec-fuzz-checkpoint");
}

static void draw(void)
{
    fuzz_must(ltrec_context_create(NULL, &ctx, NULL) == LTREC_OK);
    fuzz_must(ltrec_interactions_create(ctx, NULL, &plays, NULL) == LTREC_OK);
    for (uint64_t i = 0; i < USERS * ITEMS; i++) {
        uint64_t user = i / ITEMS, item = i % ITEMS;
        float count = 1;

        fuzz_must(ltrec_interactions_add(plays, 1, &user, &item, &count,
                                         NULL) == LTREC_OK);
    }
    fuzz_must(ltrec_interactions_finish(plays, NULL, NULL, NULL) == LTREC_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!ctx)
        draw();
    if (size > 1 + sizeof(struct outline) && data[0] == 1)
        use_outline(data + 1, size - 1);
    else
        use(data, size);
    return 0;
}
