/*
 * cmd_describe.c - ltrec describe: what sound files are like, in numbers
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/describe.h>

#include "commands.h"
#include "items.h"
#include "json.h"
#include "melfile.h"
#include "output.h"
#include "term.h"

/* The files, and where what is found goes. */
struct work {
    struct args *args;
    struct items *items; /* NULL: the files are words */
    const char *items_path;
    struct melfile_options read;
    ltrec_frontend *frontend;
    FILE *table; /* NULL for none */
    int json;
};

/* ---- What is found ------------------------------------------------------ */

static const char *const notes[] = {"C",  "C#", "D",  "D#", "E",  "F",
                                    "F#", "G",  "G#", "A",  "A#", "B"};

static void print_json(const char *name, const float *values)
{
    json_t *object = json_object();

    json_put_text(object, "item", name);
    json_put_count(object, "version", ltrec_describe_version());
    for (uint32_t i = 0; i < LTREC_DESCRIPTORS; i++)
        json_put_real(object, ltrec_describe_name(i), (double)values[i]);
    json_print(object);
}

/* Six digits are more than any of them is worth; missing ones stay empty. */
static void print_row(FILE *table, const char *name, const float *values)
{
    fprintf(table, "%s", name);
    for (uint32_t i = 0; i < LTREC_DESCRIPTORS; i++) {
        fputc('\t', table);
        if (isfinite(values[i]))
            fprintf(table, "%.6g", (double)values[i]);
    }
    fputc('\n', table);
}

static void print_header(FILE *table)
{
    fprintf(table, "item");
    for (uint32_t i = 0; i < LTREC_DESCRIPTORS; i++)
        fprintf(table, "\t%s", ltrec_describe_name(i));
    fputc('\n', table);
}

/* For people: the key by name, and no chroma. */
static void print_lines(const char *name, const float *values)
{
    float key = values[LTREC_DESCRIPTOR_KEY];

    printf("%s\n", name);
    for (uint32_t i = 0; i < LTREC_DESCRIPTOR_CHROMA; i++) {
        if (!isfinite(values[i]) || i == LTREC_DESCRIPTOR_MODE)
            continue;
        if (i == LTREC_DESCRIPTOR_KEY)
            printf("  %-22s %10s %s\n", "key", notes[(int)key],
                   values[LTREC_DESCRIPTOR_MODE] > 0 ? "major" : "minor");
        else
            printf("  %-22s %10.5g %s\n", ltrec_describe_name(i),
                   (double)values[i], ltrec_describe_unit(i));
    }
}

/* ---- A file ------------------------------------------------------------- */

static int do_file(struct work *work, const char *name, const char *path)
{
    float values[LTREC_DESCRIPTORS];
    struct melfile file = {0};
    ltrec_error err = {0};
    int status = LTREC_OK;

    term_doing("describe");
    if (work->table && strpbrk(name, "\t\r\n"))
        status = tool_fail(&err, LTREC_ERR_ARGUMENT,
                           "%.80s: such a name cannot stand in a table", name);
    if (status == LTREC_OK)
        status = melfile_read(path, work->frontend, &work->read, &file, &err);
    if (status == LTREC_OK)
        status = ltrec_describe_get(work->frontend, values, LTREC_DESCRIPTORS,
                                    &err);
    melfile_free(&file);
    if (status != LTREC_OK)
        return term_result(status, &err);
    if (work->table)
        print_row(work->table, name, values);
    if (work->json)
        print_json(name, values);
    else if (!work->table)
        print_lines(name, values);
    return EXIT_DONE;
}

static size_t count_files(const struct work *work)
{
    return work->items ? names_count(items_names(work->items))
                       : args_count(work->args);
}

/* File `i`, if it has one: items without a path are passed over. */
static int do_one(struct work *work, size_t i)
{
    const char *word;
    char *path;
    int status;

    if (!work->items) {
        word = args_word(work->args, i);
        return do_file(work, word, word);
    }
    path = items_file(work->items, (uint32_t)i, work->items_path);
    if (!path)
        return EXIT_DONE;
    status =
        do_file(work, names_text(items_names(work->items), (uint32_t)i), path);
    free(path);
    return status;
}

/* All of them; what goes wrong with one does not stop the others. */
static int do_files(struct work *work)
{
    size_t n = count_files(work), failed = 0;

    for (size_t i = 0; i < n; i++) {
        int status = do_one(work, i);

        if (status == EXIT_INTERRUPTED)
            return status;
        failed += status != EXIT_DONE;
    }
    if (failed == 0)
        return EXIT_DONE;
    return failed == n ? EXIT_ERROR : EXIT_SOME_FAILED;
}

/* ---- The command -------------------------------------------------------- */

/* The table appears when all files that could be read are in it. */
static int do_table(struct work *work, const char *path)
{
    struct output *output = NULL;
    ltrec_error err = {0};
    int status, done;

    if (!path)
        return do_files(work);
    status = output_open(path, &output, &err);
    if (status != LTREC_OK)
        return term_result(status, &err);
    work->table = output_stream(output);
    print_header(work->table);
    done = do_files(work);
    if (done != EXIT_DONE && done != EXIT_SOME_FAILED) {
        output_abandon(output);
        return done;
    }
    status = term_result(output_commit(output, &err), &err);
    return status == EXIT_DONE ? done : status;
}

static int make_frontend(struct work *work, ltrec_context *ctx)
{
    ltrec_error err = {0};
    int status = ltrec_frontend_create(ctx, NULL, &work->frontend, &err);

    if (status == LTREC_OK)
        status = ltrec_describe_enable(work->frontend, &err);
    return term_result(status, &err);
}

static int read_items(struct work *work)
{
    ltrec_error err = {0};

    if (!work->items_path)
        return EXIT_DONE;
    return term_result(items_read(work->items_path, 0, &work->items, &err),
                       &err);
}

static int run(struct args *args)
{
    const char *table = args_text(args, "table", NULL);
    struct work work = {.args = args, .json = args_has(args, "json")};
    ltrec_context *ctx = NULL;
    int status;

    work.items_path = args_text(args, "items", NULL);
    melfile_options_init(&work.read);
    work.read.max_seconds =
        args_real(args, "max-seconds", MELFILE_SECONDS, 1, 1e9);
    if (!work.items_path == (args_count(args) == 0))
        args_wrong(args, "wanted sound files, or --items");
    if (table && strcmp(table, "-") == 0 && work.json)
        args_wrong(args, "--json and --table - would be one output");
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &ctx);
    if (status == EXIT_DONE)
        status = make_frontend(&work, ctx);
    if (status == EXIT_DONE)
        status = read_items(&work);
    if (status == EXIT_DONE)
        status = do_table(&work, table);
    items_free(work.items);
    ltrec_frontend_free(work.frontend);
    ltrec_context_free(ctx);
    return status;
}

static const struct args_option options_of_describe[] = {
    {"items", "T", "the files that a table's column `path` names"},
    {"table", "OUT", "write a wide table, as --machine reads; - for stdout"},
    {"max-seconds", "N", "refuse longer files (default: 28800)"},
    {"json", NULL, "one JSON object a file"},
    {NULL, NULL, NULL},
};

const struct command command_describe = {
    .name = "describe",
    .summary = "tempo, key, loudness and more of sound files",
    .usage = "FILE... | --items T [--table OUT] [--json]",
    .details = "What a track does not have is left out, null in JSON and an "
               "empty cell in\na table.",
    .options = options_of_describe,
    .writes = "table",
    .min_words = 0,
    .max_words = SIZE_MAX,
    .run = run,
};
