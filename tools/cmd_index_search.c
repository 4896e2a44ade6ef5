/*
 * cmd_index_search.c - ltrec index search: the nearest items of many vectors
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <ltrec/index.h>

#include "commands.h"
#include "json.h"
#include "npy.h"
#include "term.h"
#include "vectors.h"

struct answers {
    size_t n;      /* queries */
    size_t k;      /* answers to each */
    uint64_t *ids; /* [n][k] */
    float *scores; /* [n][k] */
};

static int search(const ltrec_index *index, const char *path,
                  struct answers *answers, ltrec_error *err)
{
    float *queries;
    size_t *found;
    int status = vectors_queries(path, ltrec_index_dim(index), &answers->n,
                                 &queries, err);

    if (status != LTREC_OK)
        return status;
    if (answers->k > ltrec_index_count(index))
        answers->k = ltrec_index_count(index);
    answers->ids = tool_alloc(answers->n * answers->k, sizeof *answers->ids);
    answers->scores =
        tool_alloc(answers->n * answers->k, sizeof *answers->scores);
    found = tool_alloc(answers->n, sizeof *found);
    status =
        ltrec_index_search_batch(index, answers->n, queries, answers->k,
                                 answers->ids, answers->scores, found, err);
    free(found);
    free(queries);
    return status;
}

static int write_answers(struct args *args, const struct answers *answers,
                         ltrec_error *err)
{
    const char *ids = args_text(args, "npy-ids", NULL);
    const char *scores = args_text(args, "npy-scores", NULL);
    struct npy npy = {NPY_UINT64, 2, answers->n, answers->k, answers->ids};
    int status = LTREC_OK;

    if (ids)
        status = npy_write(ids, &npy, err);
    npy.type = NPY_FLOAT32;
    npy.data = answers->scores;
    if (status == LTREC_OK && scores)
        status = npy_write(scores, &npy, err);
    return status;
}

static void print_plain(const struct answers *answers, size_t query)
{
    for (size_t j = 0; j < answers->k; j++) {
        size_t at = query * answers->k + j;

        printf("%zu\t%zu\t%" PRIu64 "\t%.6f\n", query, j + 1, answers->ids[at],
               (double)answers->scores[at]);
    }
}

static void print_json(const struct answers *answers, size_t query)
{
    json_t *object = json_object();
    json_t *ids = json_array();
    json_t *scores = json_array();

    for (size_t j = 0; j < answers->k; j++) {
        size_t at = query * answers->k + j;

        json_push(ids, json_id(answers->ids[at]));
        json_push(scores, json_real((double)answers->scores[at]));
    }
    json_put_count(object, "query", query);
    json_put(object, "ids", ids);
    json_put(object, "scores", scores);
    json_print(object);
}

static int do_it(struct args *args, ltrec_context *ctx,
                 struct answers *answers, ltrec_error *err)
{
    ltrec_index *index;
    int status =
        ltrec_index_load(ctx, args_text(args, "index", NULL), &index, err);

    if (status == LTREC_OK)
        status = search(index, args_text(args, "queries", NULL), answers, err);
    ltrec_index_free(index);
    if (status == LTREC_OK)
        status = write_answers(args, answers, err);
    if (status != LTREC_OK || args_has(args, "npy-ids") ||
        args_has(args, "npy-scores"))
        return status;
    for (size_t i = 0; i < answers->n; i++) {
        if (args_has(args, "json"))
            print_json(answers, i);
        else
            print_plain(answers, i);
    }
    return LTREC_OK;
}

static int run(struct args *args)
{
    struct answers answers = {0};
    ltrec_context *ctx = NULL;
    ltrec_error err = {0};
    int status;

    args_required(args, "index");
    args_required(args, "queries");
    answers.k = (size_t)args_integer(args, "k", 10, 1, 1000000);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &ctx);
    if (status == EXIT_DONE)
        status = term_result(do_it(args, ctx, &answers, &err), &err);
    free(answers.ids);
    free(answers.scores);
    ltrec_context_free(ctx);
    return status;
}

static const struct args_option options[] = {
    {"index", "X", "the index file"},
    {"queries", "Q", "float32 rows as .npy"},
    {"k", "K", "answers a query (default: 10)"},
    {"npy-ids", "OUT", "write the ids as uint64 [queries][k]"},
    {"npy-scores", "OUT", "write the cosines as float32 [queries][k]"},
    {"json", NULL, "one JSON object a query"},
    {NULL, NULL, NULL},
};

const struct command command_index_search = {
    .name = "index search",
    .summary = "the nearest items of many vectors",
    .usage = "--index X --queries Q.npy -k K [--npy-ids OUT] ...",
    .details =
        "Prints query, place, id and cosine, unless they go to files.\n",
    .options = options,
    .writes = "npy-ids npy-scores",
    .run = run,
};
