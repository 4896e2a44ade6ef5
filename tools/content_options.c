/*
 * content_options.c - what an evaluation is asked for: its rows by name
 */
#include <stdio.h>
#include <string.h>

#include "content_parts.h"

/* In the order of their bits. */
static const char *const branch_names[CONTENT_BRANCHES] = {
    "audio", "mgp", "mlg", "genre", "artist"};

void content_options_init(struct content_options *o)
{
    *o = (struct content_options){.folds = 5, .min_listeners = 3};
    ltrec_factorize_options_init(&o->factorize, sizeof o->factorize);
    o->factorize.rank = 32;
    ltrec_train_options_init(&o->train, sizeof o->train);
    o->train.min_plays = 3;
    o->audio = o->fuse = o->train;
}

static uint32_t branch_of(const char *name, size_t length)
{
    for (size_t i = 0; i < CONTENT_BRANCHES; i++)
        if (strlen(branch_names[i]) == length &&
            strncmp(branch_names[i], name, length) == 0)
            return UINT32_C(1) << i;
    return 0;
}

/* Read names[length], joined by '+', into row->branches. */
static int read_branches(struct content_row *row, const char *names,
                         size_t length)
{
    for (size_t at = 0; at <= length;) {
        size_t part = strcspn(names + at, "+:");
        uint32_t bit = branch_of(names + at, part);

        if (bit == 0 || (row->branches & bit))
            return 0;
        row->branches |= bit;
        at += part + 1;
    }
    return 1;
}

uint32_t content_asked(const struct content_row *row)
{
    uint32_t artist = row->alone ? LTREC_BRANCH_ARTIST : 0;

    return row->branches & ~artist;
}

void content_ridge_name(const struct content_row *row, char *name,
                        size_t bytes)
{
    const char *at = row->name;
    size_t used = (size_t)snprintf(name, bytes, "ridge");

    for (const char *join = ":"; *at && *at != ':' && used < bytes;) {
        size_t length = strcspn(at, "+:");

        if (branch_of(at, length) & content_asked(row)) {
            used += (size_t)snprintf(name + used, bytes - used, "%s%.*s", join,
                                     (int)length, at);
            join = "+";
        }
        at += length + (at[length] == '+');
    }
}

/* What may follow a colon; else 0 and nothing is set. */
static int read_manner(struct content_row *row, const char *manner)
{
    row->full_track = LTREC_TRACK_PATCHES;
    row->alone = strcmp(manner, ":alone") == 0;
    if (strcmp(manner, ":whole") == 0)
        row->full_track = LTREC_TRACK_WHOLE;
    else if (*manner == '\0' && row->branches == LTREC_BRANCH_AUDIO)
        row->full_track = LTREC_TRACK_MIDDLE;
    return row->alone || row->full_track == LTREC_TRACK_WHOLE ||
           *manner == '\0' || strcmp(manner, ":full") == 0;
}

int content_add_row(struct content_options *options, const char *name,
                    ltrec_error *err)
{
    struct content_row row = {.branches = 0};
    size_t length = strcspn(name, ":");

    if (strlen(name) >= CONTENT_NAME)
        return tool_fail(err, LTREC_ERR_ARGUMENT, "%.40s...: too long", name);
    if (!read_branches(&row, name, length))
        return tool_fail(err, LTREC_ERR_ARGUMENT,
                         "'%s': wanted different ones of audio, mgp, mlg, "
                         "genre and artist, joined by +",
                         name);
    if (!read_manner(&row, name + length))
        return tool_fail(
            err, LTREC_ERR_ARGUMENT,
            "%s: only :full, :whole and :alone may follow a colon", name);
    for (size_t i = 0; i < options->n_rows; i++)
        if (strcmp(options->rows[i].name, name) == 0)
            return tool_fail(err, LTREC_ERR_ARGUMENT, "%s comes twice", name);
    if (options->n_rows == CONTENT_MOST_ROWS)
        return tool_fail(err, LTREC_ERR_ARGUMENT, "more than %d rows",
                         CONTENT_MOST_ROWS);
    strcpy(row.name, name);
    options->rows[options->n_rows++] = row;
    return LTREC_OK;
}

uint32_t content_branches(const struct content_options *o)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < o->n_rows; i++)
        bits |= o->rows[i].branches;
    return bits;
}
