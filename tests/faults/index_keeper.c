/*
 * index_keeper.c - saves an index over and over, or says what it finds saved
 *
 *     index_keeper save PATH GENERATION     one save, then "ACK GENERATION"
 *     index_keeper loop PATH ACK_FILE       1, 2, 3, ... until killed; each
 *                                           acknowledged in ACK_FILE
 *     index_keeper verify PATH              load, print the generation
 *     index_keeper map PATH                 open without reading, and search
 *
 * What an index holds follows from its generation, which it carries as its
 * model's id.  Exit status: 0, 1 for what was refused with an error, 3 for
 * contents that are not those of any generation, 2 for usage.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ltrec/ltrec.h>

#include "base/random.h"

#define TRACKS 200
#define DIM 8

enum {
    DONE = 0,
    REFUSED = 1,
    USAGE = 2,
    WRONG = 3
};

static void vector_of(uint64_t generation, uint64_t id, float *vector)
{
    for (uint64_t j = 0; j < DIM; j++)
        vector[j] = ltr_random_normal(generation, id, j);
}

static int refused(const ltrec_error *err)
{
    fprintf(stderr, "%s\n", err->message);
    return REFUSED;
}

/* ---- Saving ------------------------------------------------------------- */

static int save(ltrec_context *ctx, const char *path, uint64_t generation,
                ltrec_error *err)
{
    ltrec_index_options options;
    ltrec_index *index;
    float vector[DIM];
    int status;

    ltrec_index_options_init(&options, sizeof options);
    options.model_id = generation;
    status = ltrec_index_create(ctx, DIM, &options, &index, err);
    for (uint64_t id = 0; id < TRACKS && status == LTREC_OK; id++) {
        vector_of(generation, id, vector);
        status = ltrec_index_add(index, 1, &id, vector, err);
    }
    if (status == LTREC_OK)
        status = ltrec_index_save(index, path, err);
    ltrec_index_free(index);
    return status;
}

static int save_once(ltrec_context *ctx, const char *path, const char *text)
{
    uint64_t generation = strtoull(text, NULL, 10);
    ltrec_error err;

    if (save(ctx, path, generation, &err) != LTREC_OK)
        return refused(&err);
    printf("ACK %" PRIu64 "\n", generation);
    return DONE;
}

static int save_for_ever(ltrec_context *ctx, const char *path,
                         const char *ack_path)
{
    int ack = open(ack_path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    ltrec_error err;

    if (ack < 0)
        return USAGE;
    for (uint64_t generation = 1;; generation++) {
        char line[32];
        int n = snprintf(line, sizeof line, "%" PRIu64 "\n", generation);

        if (save(ctx, path, generation, &err) != LTREC_OK)
            return refused(&err);
        if (write(ack, line, (size_t)n) != n)
            return USAGE;
    }
}

/* ---- Looking ------------------------------------------------------------ */

/* Every track is its own nearest. */
static int is_generation(const ltrec_index *index, uint64_t generation)
{
    if (ltrec_index_count(index) != TRACKS || ltrec_index_dim(index) != DIM)
        return 0;
    for (uint64_t id = 0; id < TRACKS; id++) {
        float vector[DIM], similarity;
        uint64_t nearest;
        size_t n;

        vector_of(generation, id, vector);
        if (ltrec_index_search(index, vector, 1, &nearest, &similarity, &n) !=
                LTREC_OK ||
            n != 1 || nearest != id || similarity < 0.99999f)
            return 0;
    }
    return 1;
}

static int verify(ltrec_context *ctx, const char *path)
{
    ltrec_index *index;
    ltrec_error err;
    uint64_t generation;
    int right;

    if (ltrec_index_load(ctx, path, &index, &err) != LTREC_OK)
        return refused(&err);
    generation = ltrec_index_model_id(index);
    right = is_generation(index, generation);
    ltrec_index_free(index);
    printf("%" PRIu64 "\n", generation);
    return right ? DONE : WRONG;
}

/* Damage may change what a mapped file answers, but must not crash it. */
static int map(ltrec_context *ctx, const char *path)
{
    ltrec_index *index;
    ltrec_error err;
    int right;

    if (ltrec_index_map(ctx, path, &index, &err) != LTREC_OK)
        return refused(&err);
    right = is_generation(index, ltrec_index_model_id(index));
    for (uint64_t id = 0; id < TRACKS; id++) {
        uint64_t ids[3];
        float similarities[3];
        size_t n;

        ltrec_index_search_id(index, id, 3, NULL, ids, similarities, &n);
    }
    ltrec_index_free(index);
    return right ? DONE : WRONG;
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    ltrec_context *ctx;
    int status = USAGE;

    if (ltrec_context_create(NULL, &ctx, NULL) != LTREC_OK)
        return REFUSED;
    if (strcmp(what, "save") == 0 && argc == 4)
        status = save_once(ctx, argv[2], argv[3]);
    else if (strcmp(what, "loop") == 0 && argc == 4)
        status = save_for_ever(ctx, argv[2], argv[3]);
    else if (strcmp(what, "verify") == 0 && argc == 3)
        status = verify(ctx, argv[2]);
    else if (strcmp(what, "map") == 0 && argc == 3)
        status = map(ctx, argv[2]);
    ltrec_context_free(ctx);
    return status;
}
