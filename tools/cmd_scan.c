/*
 * cmd_scan.c - ltrec scan: folders of music into a catalogue
 */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "number.h"
#include "scan.h"
#include "scan_crew.h"
#include "term.h"

/* Three hours: longer than any concert, shorter than a night of rain. */
#define MAX_SECONDS 10800

static int32_t kernels_of(const ltrec_context *ctx)
{
    const char *name = ltrec_context_kernels(ctx);

    return strcmp(name, "avx512") == 0 ? LTREC_KERNELS_AVX512
           : strcmp(name, "avx2") == 0 ? LTREC_KERNELS_AVX2
                                       : LTREC_KERNELS_PORTABLE;
}

/* "25%" or 25: the share of the time that is worked. */
static double read_duty(struct args *args)
{
    const char *text = args_text(args, "duty", "100%");
    size_t length = strlen(text);
    double percent;

    if (length > 0 && text[length - 1] == '%')
        length--;
    if (number_parse(text, length, &percent) != NUMBER_OK || percent < 1 ||
        percent > 100) {
        args_wrong(args, "--duty %.40s: wanted 1%% to 100%%", text);
        return 1;
    }
    return percent / 100;
}

static int read_mel_bits(struct args *args)
{
    static const char *const choices[] = {"0", "8", "16", NULL};
    static const int bits[] = {0, 8, 16};

    if (!args_has(args, "mels"))
        return -1;
    return bits[args_choice(args, "mels", 0, choices)];
}

static void read_wishes(struct args *args, struct scan_options *o)
{
    static const char *const presets[] = {"default", "librosa", "musicnn",
                                          "cqt", NULL};

    o->catalog = args_required(args, "catalog");
    o->model = args_text(args, "model", NULL);
    if (args_has(args, "preset"))
        o->preset = presets[args_choice(args, "preset", 0, presets)];
    o->mel_bits = read_mel_bits(args);
    o->jobs = (uint32_t)args_integer(args, "jobs", 0, 1, CREW_MOST);
    o->max_seconds = args_real(args, "max-seconds", MAX_SECONDS, 1, 86400);
    o->duty = read_duty(args);
    o->nice = args_has(args, "nice");
    o->retry = args_has(args, "retry");
    o->prune = args_has(args, "prune");
    o->json = args_has(args, "json");
    o->describe = args_has(args, "describe");
}

static int scan(struct args *args, struct scan_options *o)
{
    const char **roots = tool_alloc(args_count(args), sizeof *roots);
    struct scan_counts counts;
    ltrec_error err = {0};
    int status;

    o->n_roots = args_count(args);
    for (size_t i = 0; i < o->n_roots; i++)
        roots[i] = args_word(args, i);
    o->roots = roots;
    status = term_result(scan_run(o, &counts, &err), &err);
    if (status == EXIT_DONE) {
        scan_print_counts(&counts, o->json);
        status = counts.failed > 0 ? EXIT_SOME_FAILED : EXIT_DONE;
    } else if (status == EXIT_INTERRUPTED) {
        term_say("%lld of %lld tracks are done; the same command goes on "
                 "from there",
                 (long long)counts.done, (long long)counts.todo);
    }
    free(roots);
    return status;
}

static int run(struct args *args)
{
    struct scan_options o = {0};
    ltrec_context *ctx;
    int status;

    read_wishes(args, &o);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &ctx);
    if (status != EXIT_DONE)
        return status;
    if (o.jobs == 0)
        o.jobs = ltrec_context_threads(ctx);
    if (o.jobs > CREW_MOST)
        o.jobs = CREW_MOST;
    o.kernels = kernels_of(ctx);
    /* Its threads would not outlive the forks that are to come. */
    ltrec_context_free(ctx);
    return scan(args, &o);
}

static const struct args_option options[] = {
    {"catalog", "C.db", "the catalogue, made where there is none"},
    {"model", "M", "predict factors (default: the last scan's)"},
    {"preset", "P", "default, librosa, musicnn or cqt; a model has its own"},
    {"mels", "BITS", "keep rows of mel: 0, 8 or 16 (8 without a model)"},
    {"describe", NULL, "tempo, key, loudness and the rest, for MLG"},
    {"jobs", "N", "files at a time (default: one a processor)"},
    {"nice", NULL, "behind every other program, also at the disk"},
    {"duty", "P%", "work this share of the time (default: 100%)"},
    {"max-seconds", "N", "longer files fail (default: 10800)"},
    {"retry", NULL, "try again what failed before"},
    {"prune", NULL, "remove tracks also where nothing is left"},
    {"resume", NULL, "go on where a scan was stopped; always so"},
    {"json", NULL, "one JSON object a track, and one at the end"},
    {NULL, NULL, NULL},
};

const struct command command_scan = {
    .name = "scan",
    .summary = "a music folder into a catalogue",
    .usage = "DIR... --catalog C.db [--model M]",
    .details =
        "Files that have not changed since the last scan are passed over, "
        "moved ones are\nrecognised, and what is gone is removed.  A scan "
        "that was interrupted or killed\nloses nothing: the same command "
        "goes on.  Exit status 3: some files failed.\n",
    .options = options,
    .min_words = 1,
    .max_words = SIZE_MAX,
    .run = run,
};
