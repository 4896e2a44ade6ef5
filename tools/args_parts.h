/*
 * args_parts.h - what the files of args.h share
 */
#ifndef ARGS_PARTS_H
#define ARGS_PARTS_H

#include "args.h"

struct given {
    const char *name;
    const char *value; /* NULL for a switch */
};

struct args {
    const struct command *command;
    const char **words;
    size_t n_words;
    struct given *given;
    size_t n_given;
    int failed;
};

/* Refuse a file that is to be written and is named a second time, and a second
 * table of one kind. */
void args_check_files(struct args *args);

#endif /* ARGS_PARTS_H */
