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

/* Texts are no files, whatever they say. */
static int is_text(const struct args *args, const struct given *given)
{
    const struct args_option *option = args->command->options;

    while (option->name && strcmp(option->name, given->name) != 0)
        option++;
    return !given->value ||
           (option->name && strcmp(option->value, "TEXT") == 0);
}

static void refuse_second_use(struct args *args, const struct given *written)
{
    for (size_t i = 0; i < args->n_given && !args->failed; i++) {
        const struct given *g = args->given + i;

        if (strcmp(g->name, written->name) != 0 && !is_text(args, g) &&
            output_is_same(written->value, g->value))
            args_wrong(args, "--%s would replace %.100s, which is also --%s",
                       written->name, written->value, g->name);
    }
    for (size_t i = 0; i < args->n_words && !args->failed; i++)
        if (output_is_same(written->value, args->words[i]))
            args_wrong(args, "--%s would replace %.100s, which is to be read",
                       written->name, written->value);
}

void args_check_written(struct args *args)
{
    for (size_t i = 0; i < args->n_given && !args->failed; i++)
        if (is_written(args, args->given[i].name))
            refuse_second_use(args, args->given + i);
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
