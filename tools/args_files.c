/*
 * args_files.c - the files that a command is to write
 */
#include <string.h>

#include "args_parts.h"
#include "commands.h"
#include "output.h"
#include "term.h"

/* Whether the option is among those of which the command writes the files. */
static int is_written(const struct args *args, const char *name)
{
    const char *at = args->command->writes;
    size_t length = strlen(name);

    for (; at && *at; at += strspn(at, " ")) {
        size_t word = strcspn(at, " ");

        if (word == length && memcmp(at, name, length) == 0)
            return 1;
        at += word;
    }
    return 0;
}

/* Whether the option's value is what --help calls so. */
static int takes(const struct args *args, const struct given *given,
                 const char *value)
{
    const struct args_option *option = args->command->options;

    while (option->name && strcmp(option->name, given->name) != 0)
        option++;
    return option->name && option->value && strcmp(option->value, value) == 0;
}

static void refuse_second_use(struct args *args, const struct given *written)
{
    for (size_t i = 0; i < args->n_given && !args->failed; i++) {
        const struct given *g = args->given + i;

        /* Texts are no files, whatever they say; of several files what is
         * written are folders; and a model may become one of more branches. */
        if (strcmp(g->name, written->name) != 0 && g->value &&
            !takes(args, g, "TEXT") && strcmp(g->name, "base") != 0 &&
            !(args->n_words > 1 && is_written(args, g->name)) &&
            output_is_same(written->value, g->value))
            args_wrong(args, "--%s would replace %.100s, which is also --%s",
                       written->name, written->value, g->name);
    }
    for (size_t i = 0; i < args->n_words && !args->failed; i++)
        if (output_is_same(written->value, args->words[i]))
            args_wrong(args, "--%s would replace %.100s, which is to be read",
                       written->name, written->value);
}

/* The last of two numbers counts; of two tables nobody means only the last. */
static void refuse_second_table(struct args *args, size_t at)
{
    const char *name = args->given[at].name;

    for (size_t i = 0; i < at && !args->failed; i++)
        if (strcmp(args->given[i].name, name) == 0)
            args_wrong(args,
                       "--%s twice: one table is read; put them "
                       "together before",
                       name);
}

void args_check_files(struct args *args)
{
    for (size_t i = 0; i < args->n_given && !args->failed; i++) {
        if (is_written(args, args->given[i].name))
            refuse_second_use(args, args->given + i);
        if (takes(args, args->given + i, "T"))
            refuse_second_table(args, i);
    }
}

int args_writable(struct args *args, const char *const *names, int plain)
{
    ltrec_error err = {0};
    int status = LTREC_OK;

    for (; *names && status == LTREC_OK; names++) {
        const char *path = args_text(args, *names, NULL);

        if (path)
            status = output_check(path, plain, &err);
    }
    return term_result(status, &err);
}
