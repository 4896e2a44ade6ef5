/*
 * args_files.c - the files that a command is to write
 */
#include <string.h>

#include "args_parts.h"
#include "commands.h"
#include "output.h"
#include "term.h"

/* What options name, by their name, because one letter of --help stands for
 * many things.  Of tables nobody means only the last of two. */
static const char tables[] = "attributes foldin genres heldout-items items "
                             "machine plays rules test train";
static const char files[] = "align-to base catalog factors ids index itemitem "
                            "like model predicted prior queries to users";

/* What the new file of --out takes the place of, of the same kind and read
 * before, as every file is that is replaced whole. */
static const char predecessors[] = "align-to base like prior to";

/* Whether the name is among the words of the list; NULL is an empty one. */
static int has_name(const char *list, const char *name)
{
    size_t length = strlen(name);

    for (; list && *list; list += strspn(list, " ")) {
        size_t word = strcspn(list, " ");

        if (word == length && memcmp(list, name, length) == 0)
            return 1;
        list += word;
    }
    return 0;
}

static int is_written(const struct args *args, const char *name)
{
    return has_name(args->command->writes, name);
}

/* Whether what the option names may not be what is written. */
static int is_guarded(const struct args *args, const char *name,
                      const char *written)
{
    if (strcmp(name, written) == 0 ||
        (strcmp(written, "out") == 0 && has_name(predecessors, name)))
        return 0;
    if (is_written(args, name))
        return args->n_words <= 1; /* or else both are folders */
    return has_name(tables, name) || has_name(files, name);
}

static void refuse_second_use(struct args *args, const struct given *written)
{
    for (size_t i = 0; i < args->n_given && !args->failed; i++) {
        const struct given *g = args->given + i;

        if (g->value && is_guarded(args, g->name, written->name) &&
            output_is_same(written->value, g->value))
            args_wrong(args, "--%s would replace %.100s, which is also --%s",
                       written->name, written->value, g->name);
    }
    for (size_t i = 0; i < args->n_words && !args->failed; i++)
        if (output_is_same(written->value, args->words[i]))
            args_wrong(args, "--%s would replace %.100s, which is to be read",
                       written->name, written->value);
}

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
        if (has_name(tables, args->given[i].name))
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
