/*
 * commands.h - the commands of the program
 *
 * Each lives in its own file, cmd_<name>.c, which defines one constant of the
 * type below.  main.c lists them; nothing else knows of them.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "args.h"

struct command {
    const char *name;    /* "mel", or two words: "index build" */
    const char *summary; /* one line for `ltrec help` */
    const char *usage;   /* what follows the name: "FILE... [--npy OUT]" */
    const char *details; /* paragraphs for --help, or NULL */
    const struct args_option *options; /* NULL name ends them */
    const char *writes;          /* those that name files it writes, or NULL */
    size_t min_words, max_words; /* words that are no options */

    /* Do it; one of the EXIT_ statuses. */
    int (*run)(struct args *args);
};

extern const struct command command_align;
extern const struct command command_alternate;
extern const struct command command_demo;
extern const struct command command_describe;
extern const struct command command_evaluate_cf;
extern const struct command command_evaluate_cold;
extern const struct command command_evaluate_content;
extern const struct command command_evaluate_index;
extern const struct command command_evaluate_recommend;
extern const struct command command_explain;
extern const struct command command_export_npy;
extern const struct command command_export_pgvector;
extern const struct command command_export_sqlite_vec;
extern const struct command command_export_tsv;
extern const struct command command_factorize;
extern const struct command command_import_npy;
extern const struct command command_index_add;
extern const struct command command_index_build;
extern const struct command command_index_info;
extern const struct command command_index_remove;
extern const struct command command_index_search;
extern const struct command command_index_verify;
extern const struct command command_info;
extern const struct command command_itemitem_fit;
extern const struct command command_itemitem_similar;
extern const struct command command_mel;
extern const struct command command_path;
extern const struct command command_predict;
extern const struct command command_recommend;
extern const struct command command_report;
extern const struct command command_scan;
extern const struct command command_similar;
extern const struct command command_train;

#endif /* COMMANDS_H */
