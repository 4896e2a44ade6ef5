/*
 * keeper.h - a program that saves a file over and over, or says what is in it
 *
 *     KEEPER save PATH GENERATION     one save, then "ACK GENERATION"
 *     KEEPER loop PATH ACK_FILE       1, 2, 3, ... until killed; each
 *                                     acknowledged in ACK_FILE
 *     KEEPER verify PATH              load, print the generation
 *     KEEPER map PATH                 open without reading, and use it, where
 *                                     that kind of file can be
 *
 * What a file holds follows from its generation, which it carries.  Exit
 * status: 0, 1 for what was refused with an error, 3 for contents that are not
 * those of any generation, 2 for usage.
 */
#ifndef KEEPER_H
#define KEEPER_H

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ltrec/ltrec.h>

enum {
    DONE = 0,
    REFUSED = 1,
    USAGE = 2,
    WRONG = 3
};

struct keeper {
    int (*save)(ltrec_context *ctx, const char *path, uint64_t generation,
                ltrec_error *err);                       /* a status */
    int (*verify)(ltrec_context *ctx, const char *path); /* as above */
    int (*map)(ltrec_context *ctx, const char *path);    /* or NULL */
};

static int refused(const ltrec_error *err)
{
    fprintf(stderr, "%s\n", err->message);
    return REFUSED;
}

static int save_once(const struct keeper *keeper, ltrec_context *ctx,
                     const char *path, const char *text)
{
    uint64_t generation = strtoull(text, NULL, 10);
    ltrec_error err;

    if (keeper->save(ctx, path, generation, &err) != LTREC_OK)
        return refused(&err);
    printf("ACK %" PRIu64 "\n", generation);
    return DONE;
}

static int save_for_ever(const struct keeper *keeper, ltrec_context *ctx,
                         const char *path, const char *ack_path)
{
    int ack = open(ack_path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    ltrec_error err;

    if (ack < 0)
        return USAGE;
    for (uint64_t generation = 1;; generation++) {
        char line[32];
        int n = snprintf(line, sizeof line, "%" PRIu64 "\n", generation);

        if (keeper->save(ctx, path, generation, &err) != LTREC_OK)
            return refused(&err);
        if (write(ack, line, (size_t)n) != n)
            return USAGE;
    }
}

static int keep(const struct keeper *keeper, int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    ltrec_context *ctx;
    int status = USAGE;

    if (ltrec_context_create(NULL, &ctx, NULL) != LTREC_OK)
        return REFUSED;
    if (strcmp(what, "save") == 0 && argc == 4)
        status = save_once(keeper, ctx, argv[2], argv[3]);
    else if (strcmp(what, "loop") == 0 && argc == 4)
        status = save_for_ever(keeper, ctx, argv[2], argv[3]);
    else if (strcmp(what, "verify") == 0 && argc == 3)
        status = keeper->verify(ctx, argv[2]);
    else if (strcmp(what, "map") == 0 && argc == 3 && keeper->map)
        status = keeper->map(ctx, argv[2]);
    ltrec_context_free(ctx);
    return status;
}

#endif /* KEEPER_H */
