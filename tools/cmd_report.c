/*
 * cmd_report.c - ltrec report: a library of music as one page for a browser
 */
#include <stdlib.h>

#include "commands.h"
#include "report.h"
#include "term.h"
#include "vectors.h"

struct work {
    struct report report;
    ltrec_factors *factors, *predicted; /* ours to free */
};

static void finish(struct work *work)
{
    struct report *r = &work->report;

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
    library_free(r->library);
    ltrec_factors_free(work->factors);
    ltrec_factors_free(work->predicted);
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

/* A catalogue's factors are predictions where there are others. */
static int read_catalog(struct work *work, const char *path, ltrec_error *err)
{
    struct report *r = &work->report;
    int status =
        library_open(path, r->ctx, work->factors ? library_in_factors : NULL,
                     work->factors, &r->library, err);

    if (status != LTREC_OK)
        return status;
    if (!r->library->factors)
        return tool_fail(err, LTREC_ERR_STATE,
                         "%.100s: no track has factors; scan with --model",
                         path);
    if (r->factors)
        r->predicted = r->library->factors;
    else
        r->factors = r->library->factors;
    if (!r->texts)
        r->texts = r->library->items;
    return catalog_frontend(r->library->catalog, &r->frontend, err);
}

static int read_factors(struct work *work, struct args *args, ltrec_error *err)
{
    const char *factors = args_text(args, "factors", NULL);
    const char *predicted = args_text(args, "predicted", NULL);
    const char *catalog = args_text(args, "catalog", NULL);
    struct report *r = &work->report;
    int status = LTREC_OK;

    if (factors)
        status = vectors_read(r->ctx, factors, &work->factors, err);
    if (status == LTREC_OK && predicted)
        status = vectors_read(r->ctx, predicted, &work->predicted, err);
    r->factors = work->factors;
    r->predicted = work->predicted;
    r->texts = r->music->texts;
    if (status == LTREC_OK && catalog)
        status = read_catalog(work, catalog, err);
    if (status == LTREC_OK && r->predicted)
        status = vectors_fit(r->predicted, predicted ? predicted : catalog,
                             r->factors, factors, err);
    return status;
}

static int make(struct work *work, struct args *args, size_t *failed,
                ltrec_error *err)
{
    struct report *r = &work->report;
    const char *plays = args_text(args, "plays", NULL);
    int status = read_tables(r, args, err);

    if (status == LTREC_OK)
        status = read_factors(work, args, err);
    if (status == LTREC_OK && plays)
        status = matrix_read(r->ctx, plays, args_has(args, "skip-bad"),
                             &r->matrix, err);
    if (status == LTREC_OK)
        status = report_find_tracks(r, err);
    if (status == LTREC_OK)
        status = report_count_lists(r, err);
    if (status == LTREC_OK && r->n_pictures > 0)
        status =
            report_draw_sound(r, args_text(args, "items", ""), failed, err);
    if (status == LTREC_OK)
        status = report_write(r, args_text(args, "out", NULL), err);
    return status;
}

static int run(struct args *args)
{
    static const char *const files[] = {"out", NULL};
    struct work work = {0};
    struct report *r = &work.report;
    ltrec_error err = {0};
    size_t failed = 0;
    int status;

    if (!args_has(args, "factors") && !args_has(args, "catalog"))
        args_wrong(args, "--factors or --catalog is missing");
    if (args_has(args, "predicted") && args_has(args, "catalog"))
        args_wrong(args, "--predicted and --catalog both have predictions");
    args_required(args, "out");
    ltrec_frontend_options_init(&r->frontend, sizeof r->frontend);
    r->title = args_text(args, "title", "Your library");
    r->n_pictures = (size_t)args_integer(args, "pictures", 200, 0, 100000);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_writable(args, files, 0);
    if (status == EXIT_DONE)
        status = args_context(args, &r->ctx);
    if (status == EXIT_DONE)
        status = term_result(make(&work, args, &failed, &err), &err);
    if (status == EXIT_DONE)
        term_say("%zu tracks on a page: %s", r->n,
                 args_text(args, "out", NULL));
    finish(&work);
    return status == EXIT_DONE && failed > 0 ? EXIT_SOME_FAILED : status;
}

static const struct args_option options[] = {
    {"factors", "F", "the factor file of the tracks"},
    {"catalog", "C", "a catalogue that ltrec scan --model made"},
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
    .usage = "--factors F | --catalog C --out FILE [--items T] ...",
    .details =
        "The page has a map of the tracks, in which neighbours lie together, "
        "each\ntrack's sound, attributes and neighbours, the genres, and what "
        "is recommended\nset against what is played.  It is one file and "
        "needs no network.",
    .options = options,
    .writes = "out",
    .run = run,
};
