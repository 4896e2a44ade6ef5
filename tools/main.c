/*
 * main.c - the program `ltrec`: finds the command and runs it
 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "term.h"

static const struct command *const commands[] = {
    &command_demo,
    &command_info,
    &command_mel,
    &command_describe,
    &command_scan,
    &command_factorize,
    &command_align,
    &command_itemitem_fit,
    &command_itemitem_similar,
    &command_import_npy,
    &command_export_npy,
    &command_export_tsv,
    &command_export_pgvector,
    &command_export_sqlite_vec,
    &command_train,
    &command_predict,
    &command_alternate,
    &command_index_build,
    &command_index_add,
    &command_index_remove,
    &command_index_search,
    &command_index_verify,
    &command_index_info,
    &command_similar,
    &command_recommend,
    &command_path,
    &command_explain,
    &command_report,
    &command_evaluate_cf,
    &command_evaluate_cold,
    &command_evaluate_content,
    &command_evaluate_index,
    &command_evaluate_recommend,
};

#define N_COMMANDS (sizeof commands / sizeof commands[0])

/* The words of argv[argc] that `name`, of one or two words, matches, or 0. */
static int match(const char *name, int argc, char **argv)
{
    size_t first = strcspn(name, " ");
    const char *second = name[first] ? name + first + 1 : NULL;

    if (argc < 1 || strlen(argv[0]) != first ||
        memcmp(argv[0], name, first) != 0)
        return 0;
    if (!second)
        return 1;
    return argc > 1 && strcmp(argv[1], second) == 0 ? 2 : 0;
}

static const struct command *find(int argc, char **argv, int *used)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        *used = match(commands[i]->name, argc, argv);
        if (*used > 0)
            return commands[i];
    }
    return NULL;
}

static void show_commands(FILE *to)
{
    fprintf(to, "usage: ltrec COMMAND ...\n\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(to, "  %-18s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(to, "\nltrec COMMAND --help tells more.  Results go to the "
                "standard output, messages\nto the standard error.  Exit "
                "status: 0 done, 1 error, 2 usage, 3 some inputs\nfailed, "
                "130 interrupted.\n");
}

/* Show the commands that begin with this word and want another; whether
 * there were any. */
static int show_group(FILE *to, const char *word)
{
    size_t length = strlen(word);
    int n = 0;

    for (size_t i = 0; i < N_COMMANDS; i++) {
        const char *name = commands[i]->name;

        if (strncmp(name, word, length) == 0 && name[length] == ' ')
            fprintf(to, "%sltrec %-18s %s\n",
                    n++ ? "       " : "usage: ", name, commands[i]->summary);
    }
    return n > 0;
}

/* The command whose name comes nearest, if that is near; NULL otherwise. */
static const char *nearest(const char *one, const char *two)
{
    const char *best = NULL;
    size_t least = strlen(one) > 4 ? 3 : 2;

    for (size_t i = 0; i < N_COMMANDS; i++) {
        const char *name = commands[i]->name;
        const char *given = strchr(name, ' ') ? two : one;

        if (tool_slips(given, name) < least) {
            least = tool_slips(given, name);
            best = name;
        }
    }
    return best;
}

static int explain_unknown(int argc, char **argv)
{
    const char *second = argc > 1 ? argv[1] : "";
    const char *near;
    char two[64];

    if (argv[0][0] == '-') {
        term_error("no option '%.40s' before a command; there are --help and "
                   "--version",
                   argv[0]);
        return EXIT_USAGE;
    }
    snprintf(two, sizeof two, "%.30s %.30s", argv[0], second);
    near = nearest(argv[0], two);
    if (near)
        term_error("no command '%.30s'; did you mean ltrec %s?",
                   strchr(near, ' ') ? two : argv[0], near);
    else if (argc > 1 && show_group(stderr, argv[0]))
        term_error("no command '%s'", two);
    else if (!show_group(stderr, argv[0]))
        term_error("no command '%.40s'; ltrec help lists them", argv[0]);
    return EXIT_USAGE;
}

static int is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* `ltrec help`, `ltrec help COMMAND`. */
static int help(int argc, char **argv)
{
    static char word[] = "--help";
    static char *words[] = {word};
    int used;
    const struct command *command = find(argc, argv, &used);

    if (command)
        args_free(args_parse(command, 1, words));
    else if (argc == 0)
        show_commands(stdout);
    else if (argc > 1 || !show_group(stdout, argv[0]))
        return explain_unknown(argc, argv);
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    const struct command *command;
    struct args *args;
    int used, status;

    if (argc == 0) {
        show_commands(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[0], "--version") == 0) {
        printf("ltrec %s\n", ltrec_version());
        return EXIT_DONE;
    }
    if (strcmp(argv[0], "help") == 0 || is_help(argv[0]))
        return help(argc - 1, argv + 1);
    command = find(argc, argv, &used);
    if (!command && argc == 2 && is_help(argv[1]))
        return help(1, argv);
    if (!command)
        return explain_unknown(argc, argv);
    args = args_parse(command, argc - used, argv + used);
    if (!args)
        return EXIT_USAGE;
    status = command->run(args);
    args_free(args);
    return status;
}

int main(int argc, char **argv)
{
    term_start();
    return term_finish(run(argc - 1, argv + 1));
}
