/*
 * cmd_evaluate_content.c - ltrec evaluate content: how well are tracks without
 * plays placed by what is known of them?
 */
#include "commands.h"
#include "content_input.h"
#include "factorizing.h"
#include "term.h"
#include "training.h"

static int evaluate(struct content_input *in, struct args *args,
                    struct content **content, ltrec_error *err)
{
    int status = content_input_read(in, args, err);

    if (status == LTREC_OK)
        status = content_run(in->ctx, in->music, &in->pairs, &in->options,
                             content, err);
    if (status != LTREC_OK)
        return status;
    content_print(*content, args_has(args, "json"));
    return args_has(args, "distances")
               ? content_write_distances(*content, in->music,
                                         args_text(args, "distances", NULL),
                                         err)
               : LTREC_OK;
}

static int run(struct args *args)
{
    static const char *const files[] = {"distances", NULL};
    struct content_input in = {0};
    struct content *content = NULL;
    ltrec_error err = {0};
    int status;

    content_wishes(args, &in.options);
    in.options.min_listeners =
        (uint32_t)args_integer(args, "min-listeners", 3, 1, 1000000);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_writable(args, files, 0);
    if (status == EXIT_DONE)
        status = args_context(args, &in.ctx);
    if (status == EXIT_DONE)
        content_warn(args, in.ctx, &in.options);
    if (status == EXIT_DONE)
        status = term_result(evaluate(&in, args, &content, &err), &err);
    if (status == EXIT_DONE && in.failed > 0)
        status = EXIT_SOME_FAILED;
    content_free(content);
    content_input_free(&in);
    return status;
}

static const struct args_option options[] = {
    CONTENT_OPTIONS,
    {"min-listeners", "N", "of a scored track (default: 3)"},
    CONTENT_TABLES,
    TRAINING_OPTIONS,
    FACTORIZING_OPTIONS,
    {"distances", "FILE", "every track's distance in each row, as a table"},
    {"json", NULL, "one JSON object a row"},
    {NULL, NULL, NULL},
};

const struct command command_evaluate_content = {
    .name = "evaluate content",
    .summary = "how well tracks without plays are placed by what they are",
    .usage = "--plays T --items T --rows LIST [TABLES]",
    .options = options,
    .writes = "distances",
    .run = run,
};
