/*
 * cmd_align.c - ltrec align: factors into the space of others
 */
#include <stdlib.h>

#include "aligning.h"
#include "commands.h"
#include "json.h"
#include "term.h"
#include "vectors.h"

struct work {
    ltrec_context *ctx;
    ltrec_factors *items, *users;
    ltrec_align_report report;
};

static int align(struct work *work, struct args *args,
                 const ltrec_align_options *options, ltrec_error *err)
{
    const char *users = args_text(args, "users", NULL);
    int status = vectors_read(work->ctx, args_text(args, "factors", NULL),
                              &work->items, err);

    if (status == LTREC_OK && users)
        status = vectors_read(work->ctx, users, &work->users, err);
    if (status == LTREC_OK && users &&
        ltrec_factors_rank(work->users) != ltrec_factors_rank(work->items))
        status = tool_fail(err, LTREC_ERR_MISMATCH,
                           "%.100s: vectors of %zu floats, wanted %zu", users,
                           ltrec_factors_rank(work->users),
                           ltrec_factors_rank(work->items));
    if (status == LTREC_OK)
        status = aligning_do(work->ctx, args_text(args, "to", NULL), options,
                             &work->items, users ? &work->users : NULL,
                             &work->report, err);
    if (status == LTREC_OK)
        status =
            ltrec_factors_save(work->items, args_text(args, "out", NULL), err);
    if (status == LTREC_OK && users)
        status = ltrec_factors_save(work->users,
                                    args_text(args, "users-out", NULL), err);
    return status;
}

static void report(const struct work *work, struct args *args)
{
    json_t *object;

    if (!args_has(args, "json")) {
        aligning_print(&work->report);
        return;
    }
    object = json_object();
    aligning_put(&work->report, object);
    json_put_text(object, "out", args_text(args, "out", ""));
    json_print(object);
}

static int run(struct args *args)
{
    static const char *const files[] = {"out", "users-out", NULL};
    struct work work = {0};
    ltrec_align_options options;
    ltrec_error err = {0};
    int status;

    args_required(args, "factors");
    args_required(args, "to");
    args_required(args, "out");
    if (args_has(args, "users"))
        args_required(args, "users-out");
    aligning_options(args, &options);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_writable(args, files, 1);
    if (status == EXIT_DONE)
        status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        status = term_result(align(&work, args, &options, &err), &err);
    if (status == EXIT_DONE)
        report(&work, args);
    ltrec_factors_free(work.items);
    ltrec_factors_free(work.users);
    ltrec_context_free(work.ctx);
    return status;
}

static const struct args_option options_of_align[] = {
    {"factors", "F", "the factor file to turn, of items"},
    {"to", "G", "the factor file whose space it should come to"},
    {"out", "A", "the factor file to write"},
    {"users", "U", "factors of the listeners, to turn along"},
    {"users-out", "V", "the factor file to write of them"},
    ALIGNING_OPTIONS,
    {"json", NULL, "one JSON object"},
    {NULL, NULL, NULL},
};

const struct command command_align = {
    .name = "align",
    .summary = "turn refitted factors into the space of the old ones",
    .usage = "--factors F --to G --out A [--users U --users-out V]",
    .details =
        "The rotation or reflection that brings the items of F nearest to "
        "the same items\nof G.  Within the tolerance the result has G's "
        "model id: networks trained on G\nand indexes of it go on.  Beyond "
        "it the result is a space of its own.\n",
    .options = options_of_align,
    .writes = "out users-out",
    .run = run,
};
