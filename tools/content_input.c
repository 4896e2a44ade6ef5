/*
 * content_input.c - what is read for an evaluation of content
 */
#include "content_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "factorizing.h"
#include "plays.h"
#include "table.h"
#include "term.h"
#include "training.h"

/* A person who waits is told and heard this often. */
#define ROWS_AT_A_TIME 4096

#define LEAST_TAUGHT 3 /* listeners of a track to learn from */

static int read_all_plays(struct content_input *in, struct plays *plays,
                          ltrec_error *err)
{
    struct play play;
    int status;

    while ((status = plays_next(plays, &play, err)) == 1) {
        pairs_add(&in->pairs, names_id(plays_users(plays), play.user),
                  names_id(plays_items(plays), play.item), play.count);
        if (plays_rows(plays) % ROWS_AT_A_TIME == 0 &&
            term_progress(NULL, plays_rows(plays), 0) != 0)
            return tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
    }
    return status;
}

static int read_plays(struct content_input *in, const char *path, int skip_bad,
                      ltrec_error *err)
{
    const struct plays_options o = {.skip_bad = skip_bad};
    char shown[TOOL_SHORT_NAME];
    struct plays *plays;
    int status = plays_open(path, &o, &plays, err);

    if (status != LTREC_OK)
        return status;
    term_doing("reading plays");
    status = read_all_plays(in, plays, err);
    term_done();
    if (status == LTREC_OK)
        term_warn_skipped(path, plays_skipped(plays));
    in->played = plays_take_items(plays);
    plays_close(plays);
    pairs_finish(&in->pairs);
    tool_short_name(shown, path);
    if (status == LTREC_OK && in->pairs.n == 0)
        status = tool_fail(err, LTREC_ERR_FORMAT, "%s: holds no plays", shown);
    return status;
}

/* ---- What is held out --------------------------------------------------- */

struct list {
    uint32_t *items;
    size_t n, capacity;
};

/* Also what no other table names: its plays must not be seen either. */
static int read_cold(struct music *music, struct table *table,
                     struct list *list, ltrec_error *err)
{
    int column, status = table_need(table, "item", &column, err);

    while (status == LTREC_OK && (status = table_next(table, err)) == 1) {
        const char *id;
        size_t length;
        uint32_t item;

        status = table_id(table, column, &id, &length, err);
        if (status == LTREC_OK)
            status = music_add(music, id, &item, err);
        if (status == LTREC_OK) {
            list->items = tool_grow(list->items, &list->capacity, list->n + 1,
                                    sizeof *list->items);
            list->items[list->n++] = item;
        }
        status = table_pass_over(table, status);
    }
    return status;
}

static int read_heldout(struct content_input *in, const char *path,
                        int skip_bad, ltrec_error *err)
{
    struct list list = {0};
    struct table *table;
    int status = table_open(path, skip_bad, &table, err);

    if (status != LTREC_OK)
        return status;
    status = read_cold(in->music, table, &list, err);
    if (status == LTREC_OK)
        term_warn_skipped(path, table_skipped(table));
    table_close(table);
    in->heldout = tool_alloc(music_count(in->music), 1);
    for (size_t i = 0; i < list.n; i++)
        in->heldout[list.items[i]] = 1;
    free(list.items);
    in->options.heldout = in->heldout;
    return status;
}

/* ---- All of it ---------------------------------------------------------- */

/* Whether a row listens: MLG does without a table of its own. */
static int needs_sound(uint32_t branches, const struct args *args)
{
    uint32_t listening = LTREC_BRANCH_AUDIO;

    if (!args_has(args, "machine"))
        listening |= LTREC_BRANCH_MLG;
    return (branches & listening) != 0;
}

int content_input_read(struct content_input *in, struct args *args,
                       ltrec_error *err)
{
    const char *heldout = args_text(args, "heldout-items", NULL);
    int skip_bad = args_has(args, "skip-bad"), status;
    uint32_t branches = content_branches(&in->options);
    int sound = needs_sound(branches, args);

    if (heldout && args_has(args, "folds"))
        term_warn("--folds is not for --heldout-items, which is one fold");
    in->music = music_create();
    status =
        tables_read(args, NULL, branches & LTREC_BRANCH_GENRE, in->music, err);
    if (status == LTREC_OK)
        status = read_plays(in, args_text(args, "plays", NULL), skip_bad, err);
    if (status == LTREC_OK && (sound || args_has(args, "catalog")))
        status = tables_listen(args, in->ctx, NULL, library_in_names,
                               in->played, sound, in->music, &in->failed, err);
    if (status == LTREC_OK)
        music_fetch_rows(in->music);
    if (status == LTREC_OK)
        status = split_check(args, in->music, err);
    if (status == LTREC_OK)
        status = ears_check(branches, in->music, err);
    if (status == LTREC_OK && heldout)
        status = read_heldout(in, heldout, skip_bad, err);
    return status;
}

void content_input_free(struct content_input *in)
{
    pairs_free(&in->pairs);
    names_free(in->played);
    free(in->heldout);
    music_free(in->music);
    ltrec_context_free(in->ctx);
}

/* ---- What is asked for -------------------------------------------------- */

/* As a whole is heard what is heard at all, but by a network that flattens:
 * it has one length. */
static void check_manners(struct args *args, const struct content_options *o)
{
    for (size_t i = 0; i < o->n_rows; i++) {
        const struct content_row *row = &o->rows[i];
        const char *name = row->name, *manner = strchr(name, ':');

        if (!manner)
            continue;
        if (row->alone && !(row->branches & LTREC_BRANCH_ARTIST))
            args_wrong(args, "--rows: %s: :alone is for a row with artist",
                       name);
        else if (!row->alone && !needs_sound(row->branches, args))
            args_wrong(args,
                       "--rows: %s hears no sound, and %s is for audio, "
                       "or mlg without --machine",
                       name, manner);
        else if (row->full_track == LTREC_TRACK_WHOLE &&
                 o->audio.audio == LTREC_AUDIO_FLATTEN)
            args_wrong(args,
                       "--rows: %s is not for --network flatten, which hears "
                       "no more than a patch at once",
                       name);
    }
}

void content_rows(struct args *args, const char *list,
                  struct content_options *o)
{
    const char *at = list;
    ltrec_error err;

    while (at && *at) {
        char name[CONTENT_NAME];
        size_t length = strcspn(at, ",");

        snprintf(name, sizeof name, "%.*s", (int)length, at);
        if (content_add_row(o, name, &err) != LTREC_OK) {
            args_wrong(args, "--rows: %.150s", err.message);
            return;
        }
        at += length + (at[length] != '\0');
    }
    if (at && o->n_rows == 0)
        args_wrong(args, "--rows '': wanted a list such as mgp,genre");
    check_manners(args, o);
}

void content_wishes(struct args *args, struct content_options *o)
{
    static const char *const splits[] = {"track", "artist", NULL};

    content_options_init(o);
    tables_check(args);
    factorizing_options(args, &o->factorize);
    o->factorize.rank = (uint32_t)args_integer(args, "rank", 32, 1, 4096);
    training_options(args, &o->train);
    o->train.min_plays = LEAST_TAUGHT;
    o->train.seed = o->factorize.seed;
    o->min_train_attributes =
        (uint32_t)args_integer(args, "min-train-attributes", 0, 0, 1000000);
    o->folds = (uint32_t)args_integer(args, "folds", 5, 2, 1000);
    o->by_artist = args_choice(args, "split", 0, splits);
    o->train.split = o->by_artist ? LTREC_SPLIT_ARTIST : LTREC_SPLIT_TRACK;
    o->audio = o->fuse = o->train;
    o->fuse.hidden = 0; /* linear, whatever the branches have */
    args_required(args, "plays");
    content_rows(args, args_required(args, "rows"), o);
    branches_required(args, content_branches(o));
    teachers_required(args, content_branches(o), &o->audio);
}

void content_warn(struct args *args, const ltrec_context *ctx,
                  const struct content_options *o)
{
    int fused = 0;

    for (size_t i = 0; i < o->n_rows; i++)
        fused |= (o->rows[i].branches & (o->rows[i].branches - 1)) != 0;
    precision_warn(ctx, o->train.precision);
    training_warn(args, "rows",
                  training_taught(content_branches(o), fused,
                                  !args_has(args, "machine"),
                                  o->audio.distil > 0));
}
