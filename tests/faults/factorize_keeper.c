/*
 * factorize_keeper.c - factorizes with a checkpoint, or says what is in it
 *
 *     factorize_keeper loop PATH ACK_FILE   until killed; each epoch that is
 *                                           saved acknowledged in ACK_FILE
 *     factorize_keeper verify PATH          print the epoch that is saved
 *
 * What is saved must be, to the bit, what a run that was never killed has
 * after as many epochs: that run is kept at PATH.straight.  Exit status: 0, 1
 * for what was refused with an error, 3 for other bits, 2 for usage.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ltrec/ltrec.h>

#include "base/random.h"
#include "store/store.h"

#define USERS 300
#define ITEMS 200
#define ROWS 6000
#define RANK 16
#define EPOCHS 1000000

enum {
    DONE = 0,
    REFUSED = 1,
    USAGE = 2,
    WRONG = 3
};

static int refused(const ltrec_error *err)
{
    fprintf(stderr, "%s\n", err->message);
    return REFUSED;
}

static int draw(ltrec_context *ctx, ltrec_interactions **plays,
                ltrec_error *err)
{
    int status = ltrec_interactions_create(ctx, NULL, plays, err);

    for (uint64_t i = 0; i < ROWS && status == LTREC_OK; i++) {
        uint64_t user = ltr_random_below(1, 1, i, USERS);
        uint64_t item = ltr_random_below(1, 2, i, ITEMS);
        float count = 1;

        status = ltrec_interactions_add(*plays, 1, &user, &item, &count, err);
    }
    return status == LTREC_OK
               ? ltrec_interactions_finish(*plays, NULL, NULL, err)
               : status;
}

/* ---- Going on ----------------------------------------------------------- */

struct watch {
    int fd;
    uint64_t acknowledged;
};

/* The first word of an epoch comes once the one before it was saved. */
static int acknowledge(void *user, uint64_t done, uint64_t total)
{
    struct watch *watch = user;
    uint64_t steps = total / EPOCHS, epoch = (done - 1) / steps;
    char line[24];
    int n;

    if (done == 0 || epoch <= watch->acknowledged)
        return 0;
    watch->acknowledged = epoch;
    n = snprintf(line, sizeof line, "%" PRIu64 "\n", epoch);
    return write(watch->fd, line, (size_t)n) != n;
}

static int run(ltrec_context *ctx, const char *path, uint32_t epochs,
               struct watch *watch, ltrec_factors **items, ltrec_error *err)
{
    ltrec_interactions *plays = NULL;
    ltrec_factors *users = NULL;
    ltrec_factorize_options options;
    int status = draw(ctx, &plays, err);

    ltrec_factorize_options_init(&options, sizeof options);
    options.rank = RANK;
    options.epochs = epochs;
    options.checkpoint = path;
    if (watch) {
        options.progress = acknowledge;
        options.user = watch;
    }
    if (status == LTREC_OK)
        status =
            ltrec_factorize(ctx, plays, &options, &users, items, NULL, err);
    ltrec_factors_free(users);
    ltrec_interactions_free(plays);
    return status;
}

static int loop(ltrec_context *ctx, const char *path, const char *ack_file)
{
    struct watch watch = {open(ack_file, O_WRONLY | O_CREAT | O_APPEND, 0644),
                          0};
    ltrec_factors *items = NULL;
    ltrec_error err;

    if (watch.fd < 0)
        return USAGE;
    if (run(ctx, path, EPOCHS, &watch, &items, &err) != LTREC_OK)
        return refused(&err);
    ltrec_factors_free(items);
    return DONE;
}

/* ---- Looking ------------------------------------------------------------ */

static int epoch_of(ltrec_context *ctx, const char *path, uint64_t *epoch,
                    ltrec_error *err)
{
    struct ltr_reader *reader;
    int status =
        ltr_store_open(ctx, path, "factorization", 1, 0, &reader, err);

    if (status != LTREC_OK)
        return status;
    status =
        ltr_store_find_number(reader, "ltrec.epoch", 1, EPOCHS, epoch, err);
    ltr_store_close(reader);
    return status;
}

static int verify(ltrec_context *ctx, const char *path)
{
    ltrec_factors *killed = NULL, *whole = NULL;
    char straight[4096];
    uint64_t epoch;
    ltrec_error err;
    int status = epoch_of(ctx, path, &epoch, &err), same;

    snprintf(straight, sizeof straight, "%s.straight", path);
    if (status == LTREC_OK)
        status = run(ctx, path, (uint32_t)epoch, NULL, &killed, &err);
    if (status == LTREC_OK)
        status = run(ctx, straight, (uint32_t)epoch, NULL, &whole, &err);
    if (status != LTREC_OK)
        return refused(&err);
    same = ltrec_factors_count(killed) == ltrec_factors_count(whole) &&
           memcmp(ltrec_factors_vectors(killed), ltrec_factors_vectors(whole),
                  ltrec_factors_count(whole) * RANK * sizeof(float)) == 0;
    ltrec_factors_free(killed);
    ltrec_factors_free(whole);
    printf("%" PRIu64 "\n", epoch);
    return same ? DONE : WRONG;
}

int main(int argc, char **argv)
{
    ltrec_context *ctx;
    int status = USAGE;

    if (ltrec_context_create(NULL, &ctx, NULL) != LTREC_OK)
        return REFUSED;
    if (argc == 4 && strcmp(argv[1], "loop") == 0)
        status = loop(ctx, argv[2], argv[3]);
    else if (argc == 3 && strcmp(argv[1], "verify") == 0)
        status = verify(ctx, argv[2]);
    ltrec_context_free(ctx);
    return status;
}
