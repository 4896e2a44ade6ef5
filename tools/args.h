/*
 * args.h - what was written after `ltrec COMMAND`
 *
 * A command lists its options; args_parse() sorts the words.  `--name value`
 * and `--name=value` are the same, `--` ends the options, and a lone "-" is a
 * word like any other.  Every command also knows the common options: --help,
 * --quiet, --threads and --kernels.
 *
 * Values are checked when they are asked for.  A wrong one is explained at
 * once and remembered, so a command asks for all it needs and then looks at
 * args_failed() once:
 *
 *     rank = args_integer(args, "rank", 64, 1, 4096);
 *     plays = args_required(args, "plays");
 *     if (args_failed(args))
 *         return EXIT_USAGE;
 */
#ifndef ARGS_H
#define ARGS_H

#include "tool.h"

struct args_option {
    const char *name;  /* without the dashes; NULL ends the list */
    const char *value; /* what --help calls its value; NULL for a switch */
    const char *help;  /* one line */
};

struct command; /* commands.h */
struct args;

/*
 * Sort argv[argc], the words after the command's name.  NULL with a wrong
 * one explained, as are a second table of one kind and a file that is to be
 * written and is named a second time: nobody means to replace plays by what is
 * learnt from them.  What --out takes the place of, such as --base, may be it.
 * The texts stay where they are in `argv`.
 */
struct args *args_parse(const struct command *command, int argc, char **argv);

/* Accepts NULL. */
void args_free(struct args *args);

/* Explain what is wrong, as a usage error of this command. */
void args_wrong(struct args *args, const char *format, ...) TOOL_PRINTF(2, 3);

/* Whether any value was found wrong so far. */
int args_failed(const struct args *args);

/* ---- Words that are no options ------------------------------------------ */

size_t args_count(const struct args *args);
const char *args_word(const struct args *args, size_t index);

/* ---- Options ------------------------------------------------------------ */

/* Whether the option is there. */
int args_has(const struct args *args, const char *name);

/* Its value; the last one if repeated.  `otherwise`, or wrong, if absent. */
const char *args_text(const struct args *args, const char *name,
                      const char *otherwise);
const char *args_required(struct args *args, const char *name);

/* Numbers within a range, both ends included. */
int64_t args_integer(struct args *args, const char *name, int64_t otherwise,
                     int64_t low, int64_t high);
double args_real(struct args *args, const char *name, double otherwise,
                 double low, double high);

/* The index of the value in a list that NULL ends. */
int args_choice(struct args *args, const char *name, int otherwise,
                const char *const *choices);

/*
 * Whether the files that these options name, where they are given, can be
 * written, before hours of work instead of after: output_check() of each.  The
 * answer is the status to exit with, and the reason has been told.
 */
int args_writable(struct args *args, const char *const *names, int plain);

/*
 * Take a context as --threads and --kernels want it.  Without --threads it
 * has as many as the machine has processors.  On failure the reason has been
 * told, and the answer is the status to exit with.
 */
int args_context(struct args *args, ltrec_context **ctx);

#endif /* ARGS_H */
