/*
 * cmd_info.c - ltrec info: what this build is and what it found
 */
#include <stdio.h>
#include <string.h>

#include <sndfile.h>

#include "commands.h"
#include "json.h"
#include "term.h"

static int has_bf16(const ltrec_context *ctx)
{
    return ltrec_context_precision(ctx, LTREC_PRECISION_BF16) ==
           LTREC_PRECISION_BF16;
}

static int run(struct args *args)
{
    ltrec_context *ctx;
    int status = args_context(args, &ctx);

    if (status != EXIT_DONE)
        return status;
    if (args_has(args, "json")) {
        json_t *object = json_object();

        json_put_text(object, "version", ltrec_version());
        json_put_text(object, "kernels", ltrec_context_kernels(ctx));
        json_put(object, "bf16", json_boolean(has_bf16(ctx)));
        json_put_count(object, "threads", ltrec_context_threads(ctx));
        json_put_text(object, "sound", sf_version_string());
        json_put_text(object, "json", jansson_version_str());
        json_print(object);
    } else {
        printf("libltrec  %s\n", ltrec_version());
        printf("kernels   %s\n", ltrec_context_kernels(ctx));
        printf("networks  float32%s\n", has_bf16(ctx) ? ", bf16" : "");
        printf("threads   %u\n", (unsigned)ltrec_context_threads(ctx));
        printf("sound     %s\n", sf_version_string());
        printf("json      Jansson %s\n", jansson_version_str());
    }
    ltrec_context_free(ctx);
    return EXIT_DONE;
}

static const struct args_option options[] = {
    {"json", NULL, "one JSON object"},
    {NULL, NULL, NULL},
};

const struct command command_info = {
    .name = "info",
    .summary = "the version, and what was found on this machine",
    .usage = "[--json]",
    .options = options,
    .run = run,
};
