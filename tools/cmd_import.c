/*
 * cmd_import.c - ltrec import npy: factors that others made
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "lines.h"
#include "names.h"
#include "npy.h"
#include "term.h"
#include "vectors.h"

struct work {
    ltrec_context *ctx;
    size_t n, rank;
    float *vectors;
    struct names *names; /* or NULL: the ids are numbers */
    uint64_t *ids;
    ltrec_factors *factors;
};

/* ---- Ids ---------------------------------------------------------------- */

static int count_wrong(const struct work *work, const char *path, uint64_t n,
                       ltrec_error *err)
{
    return tool_fail(err, LTREC_ERR_FORMAT, "%.100s: %llu ids for %zu rows",
                     path, (unsigned long long)n, work->n);
}

/* An id a line; no two are the same. */
static int read_names(struct work *work, const char *path, ltrec_error *err)
{
    struct lines *lines;
    char *text;
    size_t length, n = 0;
    int status = lines_open(path, &lines, err);

    if (status != LTREC_OK)
        return status;
    work->names = names_create("item");
    while ((status = lines_next(lines, &text, &length, err)) == 1) {
        uint32_t number;

        status = length > 0
                     ? names_add(work->names, text, length, &number, err)
                     : LTREC_ERR_FORMAT;
        if (status != LTREC_OK || number < n) {
            if (status == LTREC_OK || status == LTREC_ERR_FORMAT)
                status = tool_fail(
                    err, LTREC_ERR_FORMAT, "%s: line %llu, column 1: %s",
                    lines_name(lines), (unsigned long long)lines_number(lines),
                    length > 0 ? "an id that was there before" : "is empty");
            break;
        }
        n++;
    }
    lines_close(lines);
    if (status == LTREC_OK && n != work->n)
        return count_wrong(work, path, n, err);
    for (size_t i = 0; i < work->n && status == LTREC_OK; i++)
        work->ids[i] = names_id(work->names, (uint32_t)i);
    return status;
}

static int read_numbers(struct work *work, const char *path, ltrec_error *err)
{
    struct npy npy;
    int status = npy_read(path, &npy, err);

    if (status != LTREC_OK)
        return status;
    if (npy.type != NPY_INT64 && npy.type != NPY_UINT64)
        status = tool_fail(err, LTREC_ERR_FORMAT,
                           "%.100s: ids are int64 or uint64", path);
    else if (npy.n_dims != 1 || npy.rows != work->n)
        status = count_wrong(work, path, npy.rows, err);
    else
        memcpy(work->ids, npy.data, work->n * sizeof *work->ids);
    npy_free(&npy);
    return status;
}

static int read_ids(struct work *work, const char *path, ltrec_error *err)
{
    work->ids = tool_alloc(work->n, sizeof *work->ids);
    if (path)
        return npy_is(path) ? read_numbers(work, path, err)
                            : read_names(work, path, err);
    for (size_t i = 0; i < work->n; i++)
        work->ids[i] = i;
    return LTREC_OK;
}

/* ---- The command -------------------------------------------------------- */

static int import(struct work *work, struct args *args, ltrec_error *err)
{
    const char *like = args_text(args, "like", NULL);
    ltrec_factors_options options;
    const char **texts = NULL;
    ltrec_factors *model = NULL;
    int status = npy_read_floats(args_word(args, 0), &work->n, &work->rank,
                                 &work->vectors, err);

    ltrec_factors_options_init(&options, sizeof options);
    if (status == LTREC_OK)
        status = read_ids(work, args_text(args, "ids", NULL), err);
    if (status == LTREC_OK && like)
        status = vectors_read(work->ctx, like, &model, err);
    if (status == LTREC_OK && work->names) {
        texts = tool_alloc(work->n, sizeof *texts);
        for (size_t i = 0; i < work->n; i++)
            texts[i] = names_text(work->names, (uint32_t)i);
    }
    options.names = texts;
    options.like = model;
    if (status == LTREC_OK)
        status =
            ltrec_factors_create(work->ctx, work->n, work->rank, work->ids,
                                 work->vectors, &options, &work->factors, err);
    if (status == LTREC_OK)
        status = ltrec_factors_save(work->factors,
                                    args_text(args, "out", NULL), err);
    ltrec_factors_free(model);
    free(texts);
    return status;
}

static int run(struct args *args)
{
    struct work work = {0};
    ltrec_error err = {0};
    int status;

    args_required(args, "out");
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        status = term_result(import(&work, args, &err), &err);
    if (status == EXIT_DONE)
        printf("%zu rows of %zu floats\n", work.n, work.rank);
    ltrec_factors_free(work.factors);
    names_free(work.names);
    free(work.ids);
    free(work.vectors);
    ltrec_context_free(work.ctx);
    return status;
}

static const struct args_option options[] = {
    {"out", "F", "the factor file to write"},
    {"ids", "I", "the id of each row: a text, one a line, or a .npy array"},
    {"like", "G", "factors these belong with: theirs is the model id"},
    {NULL, NULL, NULL},
};

const struct command command_import_npy = {
    .name = "import npy",
    .summary = "factors that others made, from a NumPy array",
    .usage = "M.npy --out F [--ids I] [--like G]",
    .details = "Users' and items' factors of one model belong together: "
               "import one, then the\nother with --like.  Without --ids rows "
               "get the ids 0, 1, 2 ...\n",
    .options = options,
    .writes = "out",
    .min_words = 1,
    .max_words = 1,
    .run = run,
};
