/*
 * cmd_index.c - ltrec index build, add, remove, verify and info
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <ltrec/index.h>

#include "commands.h"
#include "json.h"
#include "term.h"
#include "vectors.h"

/* What the commands have in common. */
struct work {
    ltrec_context *ctx;
    ltrec_index *index;
    ltrec_factors *factors;
    size_t left_out;
};

static void finish(struct work *work)
{
    ltrec_index_free(work->index);
    ltrec_factors_free(work->factors);
    ltrec_context_free(work->ctx);
}

static void tell_left_out(const struct work *work)
{
    if (work->left_out > 0)
        term_say("%zu rows of zeros, which nobody played, were left out",
                 work->left_out);
}

static void tell_size(struct args *args, const struct work *work)
{
    if (args_has(args, "json")) {
        json_t *object = json_object();

        json_put_count(object, "items", ltrec_index_count(work->index));
        json_put_count(object, "dim", ltrec_index_dim(work->index));
        json_put_count(object, "left_out", work->left_out);
        json_print(object);
    } else {
        printf("%zu items of %zu floats\n", ltrec_index_count(work->index),
               ltrec_index_dim(work->index));
    }
}

/* ---- build -------------------------------------------------------------- */

/* Put the items into lists, and learn how many a recall takes. */
static int compact(struct work *work, struct args *args, ltrec_error *err)
{
    const char *path = args_text(args, "queries", NULL);
    ltrec_index_compact_options options;
    float *queries = NULL;
    int status = LTREC_OK;

    ltrec_index_compact_options_init(&options, sizeof options);
    options.seed = (uint64_t)args_integer(args, "seed", 1, 0, INT64_MAX);
    options.progress = term_progress;
    if (path)
        status = vectors_queries(path, ltrec_index_dim(work->index),
                                 &options.n_queries, &queries, err);
    options.queries = queries;
    term_doing("into lists");
    if (status == LTREC_OK)
        status = ltrec_index_compact(work->index, &options, err);
    free(queries);
    return status;
}

static int build(struct work *work, struct args *args, ltrec_error *err)
{
    int status = vectors_read(work->ctx, args_text(args, "factors", NULL),
                              &work->factors, err);

    if (status == LTREC_OK)
        status = vectors_index(work->ctx, work->factors,
                               args_real(args, "recall", 1, 0.01, 1),
                               &work->index, &work->left_out, err);
    if (status == LTREC_OK)
        status = compact(work, args, err);
    if (status == LTREC_OK)
        status =
            ltrec_index_save(work->index, args_text(args, "out", NULL), err);
    return status;
}

static int run_build(struct args *args)
{
    static const char *const files[] = {"out", NULL};
    struct work work = {0};
    ltrec_error err = {0};
    int status;

    args_required(args, "factors");
    args_required(args, "out");
    args_real(args, "recall", 1, 0.01, 1);
    args_integer(args, "seed", 1, 0, INT64_MAX);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_writable(args, files, 1);
    if (status == EXIT_DONE)
        status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        status = term_result(build(&work, args, &err), &err);
    if (status == EXIT_DONE) {
        tell_left_out(&work);
        tell_size(args, &work);
    }
    finish(&work);
    return status;
}

static const struct args_option build_options[] = {
    {"factors", "F", "a factor file, or float32 rows as .npy"},
    {"out", "X", "the index file to write"},
    {"recall", "R", "the part of the nearest ten to find (default: 1, all)"},
    {"queries", "Q", "what will be asked, as .npy, to measure R on as well"},
    {"seed", "N", "of the lists (default: 1)"},
    {"json", NULL, "one JSON object"},
    {NULL, NULL, NULL},
};

const struct command command_index_build = {
    .name = "index build",
    .summary = "an index over factors",
    .usage = "--factors F --out X [--recall R] [--queries Q.npy]",
    .details = "Rows of an .npy file get the ids 0, 1, 2 ...  With a recall "
               "below 1 a search of many\nitems looks into some lists of "
               "neighbours only; index info says how many that takes.\n",
    .options = build_options,
    .writes = "out",
    .run = run_build,
};

/* ---- add and remove ----------------------------------------------------- */

/* What is there already goes by its name, where the factors have names. */
static void name_twin(const struct work *work, ltrec_error *err)
{
    const ltrec_factors *f = work->factors;
    size_t i = 0, n = ltrec_factors_count(f);

    while (i < n &&
           !ltrec_index_contains(work->index, ltrec_factors_ids(f)[i]))
        i++;
    if (i < n && ltrec_factors_name(f, i))
        tool_fail(err, LTREC_ERR_ARGUMENT, "'%.160s' is in the index already",
                  ltrec_factors_name(f, i));
}

static int add(struct work *work, struct args *args, ltrec_error *err)
{
    const char *path = args_text(args, "index", NULL);
    int status = vectors_read(work->ctx, args_text(args, "factors", NULL),
                              &work->factors, err);

    if (status == LTREC_OK)
        status = ltrec_index_load(work->ctx, path, &work->index, err);
    if (status == LTREC_OK)
        status = ltrec_index_add_factors(work->index, work->factors,
                                         &work->left_out, err);
    if (status == LTREC_ERR_ARGUMENT && work->index &&
        ltrec_index_dim(work->index) == ltrec_factors_rank(work->factors))
        name_twin(work, err);
    return status == LTREC_OK ? ltrec_index_save(work->index, path, err)
                              : status;
}

static int run_add(struct args *args)
{
    struct work work = {0};
    ltrec_error err = {0};
    int status;

    args_required(args, "index");
    args_required(args, "factors");
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        status = term_result(add(&work, args, &err), &err);
    if (status == EXIT_DONE) {
        tell_left_out(&work);
        tell_size(args, &work);
    }
    finish(&work);
    return status;
}

static const struct args_option add_options[] = {
    {"index", "X", "the index file, which is replaced"},
    {"factors", "F", "a factor file, or float32 rows as .npy"},
    {"json", NULL, "one JSON object"},
    {NULL, NULL, NULL},
};

const struct command command_index_add = {
    .name = "index add",
    .summary = "add factors to an index",
    .usage = "--index X --factors F",
    .options = add_options,
    .run = run_add,
};

static int take_out(struct work *work, struct args *args, ltrec_error *err)
{
    const char *path = args_text(args, "index", NULL);
    size_t n = args_count(args);
    uint64_t *ids = tool_alloc(n, sizeof *ids);
    int status = ltrec_index_load(work->ctx, path, &work->index, err);

    for (size_t i = 0; i < n && status == LTREC_OK; i++) {
        ids[i] = titles_id(work->index, args_word(args, i));
        if (!ltrec_index_contains(work->index, ids[i]))
            status =
                tool_fail(err, LTREC_ERR_ARGUMENT,
                          "no item '%.80s' in the index", args_word(args, i));
    }
    if (status == LTREC_OK)
        status = ltrec_index_remove(work->index, n, ids, err);
    if (status == LTREC_OK)
        status = ltrec_index_save(work->index, path, err);
    free(ids);
    return status;
}

static int run_remove(struct args *args)
{
    struct work work = {0};
    ltrec_error err = {0};
    int status;

    args_required(args, "index");
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        status = term_result(take_out(&work, args, &err), &err);
    if (status == EXIT_DONE)
        tell_size(args, &work);
    finish(&work);
    return status;
}

static const struct args_option remove_options[] = {
    {"index", "X", "the index file, which is replaced"},
    {"json", NULL, "one JSON object"},
    {NULL, NULL, NULL},
};

const struct command command_index_remove = {
    .name = "index remove",
    .summary = "take items out of an index",
    .usage = "--index X ITEM...",
    .options = remove_options,
    .min_words = 1,
    .max_words = SIZE_MAX,
    .run = run_remove,
};

/* ---- verify and info ---------------------------------------------------- */

static void print_json(const ltrec_index *index,
                       const ltrec_index_information *x, uint64_t bytes)
{
    json_t *object = json_object();
    char model[TOOL_HEX], features[TOOL_HEX];

    tool_hex(model, ltrec_index_model_id(index));
    tool_hex(features, ltrec_index_feature_version(index));
    json_put_count(object, "items", x->count);
    json_put_count(object, "dim", ltrec_index_dim(index));
    json_put_text(object, "model", model);
    json_put_text(object, "features", features);
    json_put_count(object, "bytes", bytes);
    json_put_count(object, "bytes_beside_vectors", x->bytes_beside);
    json_put_count(object, "lists", x->lists);
    json_put_count(object, "items_in_lists", x->in_lists);
    json_put_real(object, "recall", x->recall);
    json_put_count(object, "probes", x->probes ? x->probes : x->lists);
    json_put_count(object, "probes_100",
                   x->probes_100 ? x->probes_100 : x->lists);
    json_put_real(object, "recall_of_items", x->recall_tracks);
    if (x->recall_queries >= 0)
        json_put_real(object, "recall_of_queries", x->recall_queries);
    json_print(object);
}

static void print_lists(const ltrec_index_information *x)
{
    printf("lists  %zu, with %zu items\n", x->lists, x->in_lists);
    if (x->probes == 0)
        return;
    printf("recall %g: into %zu lists for 10 answers, %zu for 100; measured "
           "%.4f of items",
           x->recall, x->probes, x->probes_100, x->recall_tracks);
    if (x->recall_queries >= 0)
        printf(", %.4f of queries", x->recall_queries);
    putchar('\n');
}

static void print_info(struct args *args, const struct work *work,
                       const char *path)
{
    uint64_t features = ltrec_index_feature_version(work->index);
    ltrec_index_information x;
    struct stat info = {0};
    char digits[TOOL_HEX];

    stat(path, &info);
    ltrec_index_information_init(&x, sizeof x);
    ltrec_index_info(work->index, &x);
    if (args_has(args, "json")) {
        print_json(work->index, &x, (uint64_t)info.st_size);
        return;
    }
    tool_hex(digits, ltrec_index_model_id(work->index));
    printf("items  %zu\ndim    %zu\nmodel  %s\n", x.count,
           ltrec_index_dim(work->index), digits);
    tool_hex(digits, features);
    if (features)
        printf("features %s\n", digits);
    printf("bytes  %llu, %.1f an item beside the vectors\n",
           (unsigned long long)info.st_size,
           (double)x.bytes_beside / (double)(x.count ? x.count : 1));
    if (x.lists > 0)
        print_lists(&x);
}

/* Open the index, by `open`, and show it. */
static int show(struct args *args, int (*open)(ltrec_context *, const char *,
                                               ltrec_index **, ltrec_error *))
{
    const char *path = args_required(args, "index");
    struct work work = {0};
    ltrec_error err = {0};
    int status;

    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        status = term_result(open(work.ctx, path, &work.index, &err), &err);
    if (status == EXIT_DONE)
        print_info(args, &work, path);
    finish(&work);
    return status;
}

static int run_info(struct args *args)
{
    return show(args, ltrec_index_map);
}

/* Loading, unlike mapping, looks at every byte. */
static int run_verify(struct args *args)
{
    return show(args, ltrec_index_load);
}

static const struct args_option show_options[] = {
    {"index", "X", "the index file"},
    {"json", NULL, "one JSON object"},
    {NULL, NULL, NULL},
};

const struct command command_index_verify = {
    .name = "index verify",
    .summary = "check every byte of an index",
    .usage = "--index X",
    .options = show_options,
    .run = run_verify,
};

const struct command command_index_info = {
    .name = "index info",
    .summary = "what an index holds",
    .usage = "--index X",
    .options = show_options,
    .run = run_info,
};
