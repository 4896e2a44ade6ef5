/*
 * cmd_report.c - ltrec report: a library of music as one page for a browser
 */
#include <stdlib.h>

#include "commands.h"
#include "report.h"
#include "term.h"

static void finish(struct report *r)
{
    free(r->ids);
    free(r->items);
    free(r->vectors);
    free(r->cold);
    free(r->neighbours);
    free(r->similarities);
    free(r->listed);
    free(r->points);
    for (size_t i = 0; r->pictures && i < r->n; i++)
        free(r->pictures[i]);
    free(r->pictures);
    free(r->seconds);
    matrix_free(&r->matrix);
    music_free(r->music);
    ltrec_factors_free(r->factors);
    ltrec_factors_free(r->predicted);
    ltrec_context_free(r->ctx);
}

static int read_tables(struct report *r, struct args *args, ltrec_error *err)
{
    const char *items = args_text(args, "items", NULL);
    const char *genres = args_text(args, "genres", NULL);
    const char *attributes = args_text(args, "attributes", NULL);
    int skip_bad = args_has(args, "skip-bad"), status = LTREC_OK;

    r->music = music_create();
    if (items)
        status = music_read_items(r->music, items, skip_bad, err);
    if (status == LTREC_OK && genres)
        status =
            music_read_table(r->music, MUSIC_GENRES, genres, skip_bad, err);
    if (status == LTREC_OK && attributes)
        status = music_read_table(r->music, MUSIC_ATTRIBUTES, attributes,
                                  skip_bad, err);
    return status;
}

static int read_factors(struct report *r, struct args *args, ltrec_error *err)
{
    const char *predicted = args_text(args, "predicted", NULL);
    const char *plays = args_text(args, "plays", NULL);
    int status = vectors_read(r->ctx, args_text(args, "factors", NULL),
                              &r->factors, err);

    if (status == LTREC_OK && predicted)
        status = vectors_read(r->ctx, predicted, &r->predicted, err);
    if (status == LTREC_OK && predicted &&
        (ltrec_factors_rank(r->predicted) != ltrec_factors_rank(r->factors) ||
         ltrec_factors_model_id(r->predicted) !=
             ltrec_factors_model_id(r->factors)))
        status = tool_fail(err, LTREC_ERR_MISMATCH,
                           "%.100s: predictions of other factors than %.100s",
                           predicted, args_text(args, "factors", ""));
    if (status == LTREC_OK && plays)
        status = matrix_read(r->ctx, plays, args_has(args, "skip-bad"),
                             &r->matrix, err);
    return status;
}

static int make(struct report *r, struct args *args, size_t *failed,
                ltrec_error *err)
{
    int status = read_tables(r, args, err);

    if (status == LTREC_OK)
        status = read_factors(r, args, err);
    if (status == LTREC_OK)
        status = report_find_tracks(r, err);
    if (status == LTREC_OK)
        status = report_count_lists(r, err);
    if (status == LTREC_OK && r->n_pictures > 0 && args_has(args, "items"))
        status =
            report_draw_sound(r, args_text(args, "items", NULL), failed, err);
    if (status == LTREC_OK)
        status = report_write(r, args_text(args, "out", NULL), err);
    return status;
}

static int run(struct args *args)
{
    struct report report = {0};
    ltrec_error err = {0};
    size_t failed = 0;
    int status;

    args_required(args, "factors");
    args_required(args, "out");
    ltrec_frontend_options_init(&report.frontend, sizeof report.frontend);
    report.title = args_text(args, "title", "Your library");
    report.n_pictures = (size_t)args_integer(args, "pictures", 200, 0, 100000);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &report.ctx);
    if (status == EXIT_DONE)
        status = term_result(make(&report, args, &failed, &err), &err);
    if (status == EXIT_DONE)
        term_say("%zu tracks on a page: %s", report.n,
                 args_text(args, "out", NULL));
    finish(&report);
    return status == EXIT_DONE && failed > 0 ? EXIT_SOME_FAILED : status;
}

static const struct args_option options[] = {
    {"factors", "F", "the factor file of the tracks"},
    {"predicted", "P", "a factor file of predictions, for what F has not"},
    {"items", "T", "table of item, artist, title; of path, for the sound"},
    {"genres", "T", "table of item, genre"},
    {"attributes", "T", "table of item, attribute"},
    {"plays", "T", "table of user, item, count: what they are recommended"},
    {"out", "FILE", "the page, HTML in one file"},
    {"title", "TEXT", "what stands above it (default: Your library)"},
    {"pictures", "N", "tracks shown with their sound (default: 200)"},
    {"skip-bad", NULL, "count broken rows and go on"},
    {NULL, NULL, NULL},
};

const struct command command_report = {
    .name = "report",
    .summary = "a library of music as one page for a browser",
    .usage = "--factors F --out FILE [--items T] [--genres T] ...",
    .details =
        "The page has a map of the tracks, in which neighbours lie together, "
        "each\ntrack's sound, attributes and neighbours, the genres, and what "
        "is recommended\nset against what is played.  It is one file and "
        "needs no network.",
    .options = options,
    .run = run,
};
