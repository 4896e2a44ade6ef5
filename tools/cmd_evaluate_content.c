/*
 * cmd_evaluate_content.c - ltrec evaluate content: how well are tracks without
 * plays placed by what is known of them?
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "content.h"
#include "factorizing.h"
#include "plays.h"
#include "table.h"
#include "term.h"
#include "training.h"

struct work {
    ltrec_context *ctx;
    struct music *music;
    struct pairs pairs;
    struct content_options options;
    struct content *content;
    unsigned char *heldout;
    size_t failed;
};

static int read_plays(struct work *work, struct args *args, ltrec_error *err)
{
    const struct plays_options o = {.skip_bad = args_has(args, "skip-bad")};
    struct plays *plays;
    struct play play;
    int status = plays_open(args_text(args, "plays", NULL), &o, &plays, err);

    while (status == LTREC_OK &&
           (status = plays_next(plays, &play, err)) == 1) {
        status = LTREC_OK;
        if (play.count > 0)
            pairs_add(&work->pairs, names_id(plays_users(plays), play.user),
                      names_id(plays_items(plays), play.item), play.count);
    }
    plays_close(plays);
    return status;
}

/* The column `item` of a table marks what is cold. */
static int read_heldout(struct work *work, const char *path, int skip_bad,
                        ltrec_error *err)
{
    struct table *table;
    int column, status = table_open(path, skip_bad, &table, err);

    work->heldout = tool_alloc(music_count(work->music) + 1, 1);
    if (status == LTREC_OK)
        status = table_need(table, "item", &column, err);
    while (status == LTREC_OK && (status = table_next(table, err)) == 1) {
        uint32_t item;

        status = LTREC_OK;
        if (names_find(work->music->items, table_text(table, column),
                       table_length(table, column), &item))
            work->heldout[item] = 1;
    }
    table_close(table);
    work->options.heldout = work->heldout;
    return status;
}

static int evaluate(struct work *work, struct args *args, ltrec_error *err)
{
    const char *heldout = args_text(args, "heldout-items", NULL);
    int sound = 0, status;

    for (size_t i = 0; i < work->options.n_rows; i++)
        sound |= (work->options.rows[i].branches & LTREC_BRANCH_AUDIO) != 0;
    work->music = music_create();
    status = tables_read(args, work->ctx, NULL, sound, work->music,
                         &work->failed, err);
    if (status == LTREC_OK)
        status = read_plays(work, args, err);
    if (status == LTREC_OK && heldout)
        status = read_heldout(work, heldout, args_has(args, "skip-bad"), err);
    if (status == LTREC_OK)
        status = content_run(work->ctx, work->music, &work->pairs,
                             &work->options, &work->content, err);
    return status;
}

static void read_rows(struct args *args, struct content_options *o)
{
    const char *at = args_required(args, "rows");
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
}

static void read_wishes(struct args *args, struct content_options *o)
{
    static const char *const splits[] = {"track", "artist", NULL};

    content_options_init(o);
    factorizing_options(args, &o->factorize);
    o->factorize.rank = (uint32_t)args_integer(args, "rank", 32, 1, 4096);
    training_options(args, &o->train);
    o->min_listeners =
        (uint32_t)args_integer(args, "min-listeners", 3, 1, 1000000);
    o->train.min_plays = o->min_listeners;
    o->train.seed = o->factorize.seed;
    o->min_train_attributes =
        (uint32_t)args_integer(args, "min-train-attributes", 0, 0, 1000000);
    o->folds = (uint32_t)args_integer(args, "folds", 5, 2, 1000);
    o->by_artist = args_choice(args, "split", 0, splits);
    o->train.split = o->by_artist ? LTREC_SPLIT_ARTIST : LTREC_SPLIT_TRACK;
    o->audio = o->fuse = o->train;
    o->fuse.hidden = 0; /* linear, whatever the branches have */
    args_required(args, "plays");
    read_rows(args, o);
}

static int run(struct args *args)
{
    struct work work = {0};
    ltrec_error err = {0};
    int status;

    read_wishes(args, &work.options);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        status = term_result(evaluate(&work, args, &err), &err);
    if (status == EXIT_DONE) {
        content_print(work.content, args_has(args, "json"));
        status = work.failed > 0 ? EXIT_SOME_FAILED : EXIT_DONE;
    }
    content_free(work.content);
    pairs_free(&work.pairs);
    free(work.heldout);
    music_free(work.music);
    ltrec_context_free(work.ctx);
    return status;
}

static const struct args_option options[] = {
    {"plays", "T", "table of user, item, count"},
    {"rows", "LIST", "such as mgp,mlg,genre,mgp+genre,audio,audio:full"},
    {"folds", "N", "default: 5"},
    {"split", "S", "track or artist: what may be in two folds"},
    {"heldout-items", "T", "a table with a column item: these, in one fold"},
    {"min-listeners", "N", "of a scored track (default: 3)"},
    {"min-train-attributes", "N", "of a training track (default: 0)"},
    CONTENT_TABLES,
    TRAINING_OPTIONS,
    FACTORIZING_OPTIONS,
    {"json", NULL, "one JSON object a row"},
    {NULL, NULL, NULL},
};

const struct command command_evaluate_content = {
    .name = "evaluate content",
    .summary = "how well tracks without plays are placed by what they are",
    .usage = "--plays T --items T --rows LIST [TABLES]",
    .options = options,
    .run = run,
};
