/*
 * content_input.h - what is read for an evaluation of content, by the commands
 * that evaluate it
 */
#ifndef CONTENT_INPUT_H
#define CONTENT_INPUT_H

#include "args.h"
#include "content.h"

struct content_input {
    ltrec_context *ctx;
    struct content_options options;
    struct music *music;
    struct pairs pairs;
    struct names *played;   /* items of the plays */
    unsigned char *heldout; /* [music], or NULL */
    size_t failed;          /* files that could not be listened to */
};

/* Entries for a command's list of options, beside CONTENT_TABLES,
 * TRAINING_OPTIONS and FACTORIZING_OPTIONS. */
#define CONTENT_OPTIONS \
    {"plays", "T", "table of user, item, count"}, \
        {"rows", "LIST", \
         "such as mgp,mgp+genre,audio,audio:full,audio:whole"}, \
        {"folds", "N", "default: 5"}, \
        {"split", "S", "track or artist: what may be in two folds"}, \
        {"heldout-items", "T", \
         "a table with a column item: these, in one fold"}, \
    { \
        "min-train-attributes", "N", \
            "of a training track that has any (default: 0)" \
    }

/* What the person asks for; see args_failed(). */
void content_wishes(struct args *args, struct content_options *options);

/* The rows of a list such as "mgp,mgp+genre", which NULL is not; a wrong one
 * is the person's mistake, and so is a ":whole" of what hears no sound or of a
 * network in options->audio that cannot hear one.  They are added to what is
 * there. */
void content_rows(struct args *args, const char *list,
                  struct content_options *options);

/* Warn of what the rows, or this machine, have no use for. */
void content_warn(struct args *args, const ltrec_context *ctx,
                  const struct content_options *options);

/* Read the tables, the sound and the plays; ctx and options are set. */
int content_input_read(struct content_input *input, struct args *args,
                       ltrec_error *err);

/* The context too. */
void content_input_free(struct content_input *input);

#endif /* CONTENT_INPUT_H */
