/*
 * args.c - what was written after `ltrec COMMAND`
 */
#include "args.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args_parts.h"
#include "commands.h"
#include "number.h"
#include "term.h"

/* More threads than this are refused by the library. */
#define THREADS_MAX 256

static const struct args_option common[] = {
    {"threads", "N", "threads to work with (default: one a processor)"},
    {"kernels", "NAME", "auto, portable, avx2 or avx512 (default: auto)"},
    {"quiet", NULL, "no messages and no progress, only errors"},
    {"help", NULL, "show this and do nothing; also -h"},
    {NULL, NULL, NULL},
};

/* ---- Explaining --------------------------------------------------------- */

/* -k, but --name. */
static const char *dashes(const char *name)
{
    return name[0] != '\0' && name[1] == '\0' ? "-" : "--";
}

static void list_options(const struct args_option *options)
{
    for (; options->name; options++) {
        char left[40];

        snprintf(left, sizeof left, "%s%s %s", dashes(options->name),
                 options->name, options->value ? options->value : "");
        printf("  %-22s %s\n", left, options->help);
    }
}

static void show_help(const struct command *command)
{
    printf("ltrec %s - %s\n\nusage: ltrec %s %s\n", command->name,
           command->summary, command->name, command->usage);
    if (command->details) {
        size_t n = strlen(command->details);
        int ended = n > 0 && command->details[n - 1] == '\n';

        printf("\n%s%s", command->details, ended ? "" : "\n");
    }
    printf("\noptions:\n");
    list_options(command->options);
    list_options(common);
}

static void explain(struct args *args, const char *format, va_list values)
{
    char text[512];

    vsnprintf(text, sizeof text, format, values);
    term_error("%s", text);
    if (!args->failed)
        fprintf(stderr, "usage: ltrec %s %s\n       ltrec %s --help\n",
                args->command->name, args->command->usage,
                args->command->name);
    args->failed = 1;
}

void args_wrong(struct args *args, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    explain(args, format, values);
    va_end(values);
}

static const char *nearest(const struct args_option *options, const char *name,
                           const char *best)
{
    for (; options->name; options++)
        if (tool_slips(name, options->name) <= 2 &&
            (!best ||
             tool_slips(name, options->name) < tool_slips(name, best)))
            best = options->name;
    return best;
}

static void explain_unknown(struct args *args, const char *name)
{
    const char *near = nearest(args->command->options, name, NULL);

    near = nearest(common, name, near);
    if (near)
        args_wrong(args, "no option --%.40s; did you mean --%s?", name, near);
    else
        args_wrong(args, "no option --%.40s", name);
}

/*
 * By the name that the usage gives it, "ITEM" or "DIR..."; words in brackets
 * may be missing, and those after an option are its value.
 */
static void explain_missing(struct args *args)
{
    const char *at = args->command->usage;
    size_t n = args->n_words;

    for (;;) {
        size_t length = strcspn(at, " ");

        if (*at == '[')
            length = strcspn(at, "]") + 1;
        else if (*at == '-')
            length += 1 + strcspn(at + length + 1, " ");
        else if (n-- == 0) {
            length = strcspn(at, " .");
            args_wrong(args, "%.*s is missing", (int)length, at);
            return;
        }
        at += length + strspn(at + length, " ");
    }
}

/* ---- Sorting ------------------------------------------------------------ */

static const struct args_option *find(const struct args_option *options,
                                      const char *name, size_t length)
{
    for (; options->name; options++)
        if (strlen(options->name) == length &&
            memcmp(options->name, name, length) == 0)
            return options;
    return NULL;
}

/* Take the option that `words[0]` is; the words it used. */
static int take_option(struct args *args, char **words, int n_words)
{
    const char *name = words[0] + 2;
    size_t length = strcspn(name, "=");
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    const struct args_option *option =
        find(args->command->options, name, length);
    int used = 1;

    if (!option)
        option = find(common, name, length);
    if (!option) {
        explain_unknown(args, name);
        return 1;
    }
    if (!option->value && value)
        args_wrong(args, "%s%s takes no value", dashes(option->name),
                   option->name);
    if (option->value && !value) {
        if (n_words < 2)
            args_wrong(args, "%s%s needs a value: %s", dashes(option->name),
                       option->name, option->value);
        else
            value = words[used++];
    }
    args->given[args->n_given].name = option->name;
    args->given[args->n_given++].value = value;
    return used;
}

/* The two that have one letter. */
static char *short_option(const char *word)
{
    static char k[] = "--k", help[] = "--help";

    if (strcmp(word, "-k") == 0)
        return k;
    return strcmp(word, "-h") == 0 ? help : NULL;
}

static void sort_words(struct args *args, int argc, char **argv)
{
    int options = 1;

    for (int i = 0; i < argc;) {
        if (!options || argv[i][0] != '-' || argv[i][1] == '\0') {
            args->words[args->n_words++] = argv[i++];
        } else if (strcmp(argv[i], "--") == 0) {
            options = 0;
            i++;
        } else if (short_option(argv[i])) {
            argv[i] = short_option(argv[i]);
        } else if (argv[i][1] != '-') {
            args_wrong(args, "no option %.40s; options are written --name",
                       argv[i++]);
        } else {
            i += take_option(args, argv + i, argc - i);
        }
    }
}

struct args *args_parse(const struct command *command, int argc, char **argv)
{
    struct args *args = tool_alloc(1, sizeof *args);

    args->command = command;
    args->words = tool_alloc((size_t)argc, sizeof *args->words);
    args->given = tool_alloc((size_t)argc, sizeof *args->given);
    sort_words(args, argc, argv);
    if (args_has(args, "help")) {
        show_help(command);
        exit(term_finish(EXIT_DONE));
    }
    if (!args->failed && args->n_words < command->min_words)
        explain_missing(args);
    if (!args->failed && args->n_words > command->max_words)
        args_wrong(args, "'%.60s' is one word too many",
                   args->words[command->max_words]);
    args_check_files(args);
    if (args->failed) {
        args_free(args);
        return NULL;
    }
    term_set_quiet(args_has(args, "quiet"));
    return args;
}

void args_free(struct args *args)
{
    if (!args)
        return;
    free(args->words);
    free(args->given);
    free(args);
}

int args_failed(const struct args *args)
{
    return args->failed;
}

size_t args_count(const struct args *args)
{
    return args->n_words;
}

const char *args_word(const struct args *args, size_t index)
{
    return args->words[index];
}

/* ---- Values ------------------------------------------------------------- */

int args_has(const struct args *args, const char *name)
{
    for (size_t i = 0; i < args->n_given; i++)
        if (strcmp(args->given[i].name, name) == 0)
            return 1;
    return 0;
}

const char *args_text(const struct args *args, const char *name,
                      const char *otherwise)
{
    for (size_t i = args->n_given; i-- > 0;)
        if (strcmp(args->given[i].name, name) == 0)
            return args->given[i].value;
    return otherwise;
}

const char *args_required(struct args *args, const char *name)
{
    const char *value = args_text(args, name, NULL);

    if (!value)
        args_wrong(args, "%s%s is missing", dashes(name), name);
    return value;
}

int64_t args_integer(struct args *args, const char *name, int64_t otherwise,
                     int64_t low, int64_t high)
{
    const char *text = args_text(args, name, NULL);
    int64_t value = otherwise;

    if (!text)
        return otherwise;
    if (number_parse_integer(text, strlen(text), &value) != NUMBER_OK ||
        value < low || value > high) {
        args_wrong(args, "%s%s %.40s: wanted a whole number from %lld to %lld",
                   dashes(name), name, text, (long long)low, (long long)high);
        return otherwise;
    }
    return value;
}

double args_real(struct args *args, const char *name, double otherwise,
                 double low, double high)
{
    const char *text = args_text(args, name, NULL);
    double value = otherwise;

    if (!text)
        return otherwise;
    if (number_parse(text, strlen(text), &value) != NUMBER_OK || value < low ||
        value > high) {
        args_wrong(args, "--%s %.40s: wanted a number from %g to %g", name,
                   text, low, high);
        return otherwise;
    }
    return value;
}

int args_choice(struct args *args, const char *name, int otherwise,
                const char *const *choices)
{
    const char *text = args_text(args, name, NULL);
    char list[128] = "";
    size_t used = 0;

    if (!text)
        return otherwise;
    for (int i = 0; choices[i]; i++) {
        if (strcmp(text, choices[i]) == 0)
            return i;
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s",
                                     i ? ", " : "", choices[i]);
    }
    args_wrong(args, "--%s %.40s: wanted one of %s", name, text, list);
    return otherwise;
}

/* ---- The context -------------------------------------------------------- */

int args_context(struct args *args, ltrec_context **ctx)
{
    static const char *const kernels[] = {"auto", "portable", "avx2", "avx512",
                                          NULL};
    ltrec_context_options options;
    ltrec_error err = {0};
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (processors < 1)
        processors = 1;
    if (processors > THREADS_MAX)
        processors = THREADS_MAX;
    *ctx = NULL;
    ltrec_context_options_init(&options, sizeof options);
    options.threads =
        (uint32_t)args_integer(args, "threads", processors, 1, THREADS_MAX);
    options.kernels =
        args_choice(args, "kernels", LTREC_KERNELS_AUTO, kernels);
    if (args_failed(args))
        return EXIT_USAGE;
    return term_result(ltrec_context_create(&options, ctx, &err), &err);
}
