/*
 * cmd_demo.c - ltrec demo: the whole story on generated music
 *
 * A small world of music is made up and played, and the program does with it
 * what a user does with their own: factorizes the plays, trains a branch for
 * each kind of knowledge, and predicts the factors of tracks nobody has
 * played.  The world knows who is going to, which is what predictions are
 * held against.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "content_input.h"
#include "demo.h"
#include "term.h"
#include "training.h"

#define LEAST_FUTURE 5 /* listeners by whom a cold track is judged */

/* A world and its music, unless the person asks for another. */
#define TRACKS 1000
#define TRACK_SECONDS 34 /* patches of 5 s: the deck's 35 s of 4 minutes */
#define TRACKS_AN_ARTIST 8
#define LISTENERS_A_TRACK 8
#define MOST_LISTENERS 40000 /* unless more are asked for */
#define DECK_ROWS "audio,audio:full,mgp,mlg,audio+mlg,audio+mlg+genre"

/* The deck's table, on its own music; only ratios carry over.  Of two rows the
 * ratio is to the nearer one. */
static const struct {
    const char *name, *row, *to, *or_to;
    double deck;
} ratios[] = {
    {"full tracks / patches", "audio:full", "audio", NULL, 0.84},
    {"MLG / MGP", "mlg", "mgp", NULL, 1.47},
    {"Audio+MLG / the better of the two", "audio+mlg", "audio:full", "mlg",
     0.905},
    {"Audio+MLG+genre / Audio+MLG", "audio+mlg+genre", "audio+mlg", NULL,
     0.842},
    {"Audio+MLG+genre / MGP", "audio+mlg+genre", "mgp", NULL, 1.07},
};
#define N_RATIOS (sizeof ratios / sizeof ratios[0])

/* ---- What is run -------------------------------------------------------- */

/* The deck's rows, or those that the person asks for. */
static void choose_rows(struct args *args, struct content_options *o)
{
    const char *rows = args_has(args, "artists") ? DECK_ROWS
                           ",audio+mlg+genre+artist,"
                           "audio+mlg+genre+artist:alone"
                                                 : DECK_ROWS;

    content_rows(args, args_text(args, "rows", rows), o);
}

/* Networks of a size that this world asks for, and that two cores can do. */
static void make_options(const struct demo *demo, struct args *args,
                         uint64_t seed, struct content_options *o)
{
    content_options_init(o);
    o->heldout = demo->cold;
    o->min_listeners = LEAST_FUTURE;
    o->oracle = demo->taste;
    o->knowable = demo->known;
    o->oracle_width = world_rank(demo->world);
    o->factorize.rank = 16;
    o->factorize.seed = seed;
    o->train.seed = seed;
    o->train.hidden = 256;
    o->train.input_dropout = 0;
    o->train.dropout = 0.3f;
    o->train.epochs = 60;
    o->train.batch = 32;
    o->train.split = LTREC_SPLIT_TRACK;
    o->train.linear = LTREC_LINEAR_RIDGE; /* taste here is close to it */
    o->train.decay = 0.3f;
    o->audio = o->fuse = o->train;
    o->audio.audio = LTREC_AUDIO_SMALL;
    o->audio.patch_seconds = 5;
    o->audio.patches = 4;
    o->audio.epochs = o->audio.patience = 25;
    o->audio.schedule = LTREC_SCHEDULE_COSINE;
    o->audio.auxiliary = 2;
    o->audio.soft_floor = 50;
    /* Without them a few tracks have no target by chance, which would teach
     * little and move every published figure. */
    o->audio.unplayed = demo->n_undiscovered > 0;
    o->fuse.hidden = 0;
    training_wishes(args, &o->train);
    training_wishes(args, &o->audio);
    training_wishes(args, &o->fuse);
    o->fuse.hidden = 0;
    choose_rows(args, o);
}

/* A row's distance, or 0 if it was not asked for. */
static double distance_of(const struct content *c, const char *row)
{
    for (size_t i = 0; i < c->n_results; i++)
        if (strcmp(c->results[i].name, row) == 0)
            return c->results[i].distance;
    return 0;
}

static void print_ratios(const struct content *c)
{
    printf("\nratios of distances, and the deck's on its own music\n");
    for (size_t i = 0; i < N_RATIOS; i++) {
        double part = distance_of(c, ratios[i].row);
        double whole = distance_of(c, ratios[i].to);

        if (ratios[i].or_to) {
            double other = distance_of(c, ratios[i].or_to);

            whole = other < whole ? other : whole;
        }
        if (part > 0 && whole > 0) /* all were asked for */
            printf("  %-35s%6.3f  (%.3f)\n", ratios[i].name, part / whole,
                   ratios[i].deck);
    }
}

/* Whether a folder has files, or keeps to itself which. */
static int may_have_files(const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    int found = !dir;

    while (dir && !found && (entry = readdir(dir)))
        found = strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
    if (dir)
        closedir(dir);
    return found;
}

/* A new folder, or one that a demo has made before: somebody's own tables may
 * have the names of the demo's. */
static int make_folder(const struct demo *demo, ltrec_error *err)
{
    char *mark = demo_path(demo, ".ltrec-demo");
    int status = LTREC_OK, made;
    FILE *file;

    if (mkdir(demo->folder, 0777) != 0 && errno != EEXIST)
        status = tool_fail_io(err, "cannot make", demo->folder);
    else if (access(mark, F_OK) != 0 && may_have_files(demo->folder))
        status = tool_fail(err, LTREC_ERR_ARGUMENT,
                           "%s has files in it that are no demo's, or an "
                           "older one's, wanted another folder with --out",
                           demo->folder);
    if (status == LTREC_OK) {
        file = fopen(mark, "a");
        made = file && fclose(file) == 0;
        if (!made)
            status = tool_fail_io(err, "cannot write", mark);
    }
    free(mark);
    return status;
}

static int make_world(struct demo *demo, uint64_t seed, ltrec_error *err)
{
    struct world_options options;
    size_t plays;
    int status;

    world_options_init(&options);
    options.seed = seed;
    options.n_tracks = demo->n_tracks;
    options.n_artists = demo->n_tracks / TRACKS_AN_ARTIST;
    options.n_undiscovered = demo->n_undiscovered;
    options.n_listeners = demo->n_listeners;
    options.track_seconds = demo->track_seconds;
    options.progress = term_progress;
    term_doing("making up a world");
    demo->world = world_create(&options);
    term_done();
    if (!demo->world && term_interrupted())
        return tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
    if (!demo->world)
        tool_no_memory();
    world_plays(demo->world, &plays);
    term_say("a world of %zu tracks by %zu artists, %zu listeners, %zu plays",
             world_n_tracks(demo->world), world_n_artists(demo->world),
             world_n_listeners(demo->world), plays);
    status = demo_learn(demo, err);
    if (status == LTREC_OK)
        status = demo_write_tables(demo, err);
    return status;
}

/* So that lists show artists and titles as they do for a user's own. */
static int read_back_items(struct demo *demo, ltrec_error *err)
{
    char *path = demo_path(demo, "items.tsv");
    int status = music_read_items(demo->music, path, 0, err);

    free(path);
    return status;
}

static void print_end(const struct demo *demo, double seconds)
{
    const char *d = demo->folder;

    printf("\nDone in %.0f s.  In %s: WAVs to listen to, spectrogram.png, the "
           "tables, factors,\nmodel and index.  Go on with\n\n"
           "  ltrec similar t0007 --index %s/tracks.index --items "
           "%s/items.tsv\n"
           "  ltrec recommend --user u0003 --factors %s/items.factors "
           "--plays %s/plays.tsv \\\n"
           "      --predicted %s/unplayed.factors --items %s/items.tsv\n",
           seconds, d, d, d, d, d, d, d);
}

static int tell(struct demo *demo, struct args *args, uint64_t seed,
                ltrec_error *err)
{
    struct content_options options;
    struct content *content = NULL;
    double start = tool_now();
    int status = make_world(demo, seed, err);

    if (status == LTREC_OK)
        status = read_back_items(demo, err);
    if (status == LTREC_OK)
        status = demo_listen(demo, err);
    if (status == LTREC_OK)
        term_say("%.0f s: every track played and listened to",
                 tool_now() - start);
    if (status == LTREC_OK)
        status = demo_write_sound(demo, err);
    if (status == LTREC_OK) {
        make_options(demo, args, seed, &options);
        status = content_run(demo->ctx, demo->music, &demo->pairs, &options,
                             &content, err);
    }
    if (status == LTREC_OK) {
        term_say("%.0f s: trained and evaluated", tool_now() - start);
        if (!demo->json)
            printf("How far from where their own plays put them, for tracks "
                   "that nobody has played yet\n\n");
        content_print(content, demo->json);
        if (args_has(args, "distances"))
            status = content_write_distances(
                content, demo->music, args_text(args, "distances", NULL), err);
    }
    if (status == LTREC_OK && !demo->json)
        print_ratios(content);
    if (status == LTREC_OK)
        status = demo_tell(demo, content, err);
    if (status == LTREC_OK && !demo->json)
        print_end(demo, tool_now() - start);
    content_free(content);
    return status;
}

static int64_t usual_listeners(uint32_t n_tracks)
{
    int64_t n = (int64_t)n_tracks * LISTENERS_A_TRACK;

    return n < MOST_LISTENERS ? n : MOST_LISTENERS;
}

static int run(struct args *args)
{
    static const char *const files[] = {"distances", NULL};
    struct demo demo = {.folder = args_text(args, "out", "ltrec-demo")};
    uint64_t seed = (uint64_t)args_integer(args, "seed", 1, 0, INT64_MAX);
    struct content_options asked; /* what is wrong is said at once */
    ltrec_error err = {0};
    int status;

    demo.n_tracks =
        (uint32_t)args_integer(args, "tracks", TRACKS, 100, 100000);
    demo.n_listeners = (uint32_t)args_integer(
        args, "listeners", usual_listeners(demo.n_tracks), 100, 1000000);
    demo.n_undiscovered =
        (uint32_t)args_integer(args, "undiscovered", 0, 0, 100000);
    demo.with_music = args_has(args, "music");
    demo.json = args_has(args, "json");
    demo.track_seconds =
        args_real(args, "track-seconds", TRACK_SECONDS, 6, 600);
    content_options_init(&asked);
    training_options(args, &asked.train);
    asked.audio = asked.train; /* by which rows are judged */
    choose_rows(args, &asked);
    if (args_failed(args))
        return EXIT_USAGE;
    status = term_result(make_folder(&demo, &err), &err);
    if (status == EXIT_DONE)
        status = args_writable(args, files, 0);
    if (status == EXIT_DONE)
        status = args_context(args, &demo.ctx);
    if (status == EXIT_DONE)
        content_warn(args, demo.ctx, &asked);
    if (status == EXIT_DONE)
        status = term_result(tell(&demo, args, seed, &err), &err);
    free(demo.cold);
    free(demo.unplayed);
    free(demo.taste);
    free(demo.known);
    pairs_free(&demo.pairs);
    music_free(demo.music);
    world_free(demo.world);
    ltrec_context_free(demo.ctx);
    return status;
}

static const struct args_option options[] = {
    {"out", "DIR", "where everything is kept (default: ltrec-demo)"},
    {"seed", "N", "another world (default: 1)"},
    {"tracks", "N", "how many, from 100 to 100000 (default: 1000)"},
    {"listeners", "N", "of them (default: 8 a track, at most 40000)"},
    {"undiscovered", "N", "more, that nobody ever plays (default: 0)"},
    {"track-seconds", "S", "how long each is (default: 34)"},
    {"music", NULL, "keep every track, tagged, in DIR/music for ltrec scan"},
    {"artists", NULL, "rows for tracks of known artists as well"},
    {"rows", "LIST", "in place of these, such as audio,mgp+genre+artist"},
    TRAINING_OPTIONS,
    {"distances", "FILE", "every cold track's distance in each row"},
    {"json", NULL, "the table alone, as one JSON object a row"},
    {NULL, NULL, NULL},
};

const struct command command_demo = {
    .name = "demo",
    .summary = "the whole story on generated music, in a minute or so",
    .usage =
        "[--out DIR] [--seed N] [--tracks N] [--track-seconds S] [--music]",
    .details =
        "Its own defaults of training, for music as small as this:\n"
        "--hidden 256 --dropout 0.3 --input-dropout 0 --max-epochs 60 "
        "--batch 32\n--linear ridge --decay 0.3, and of sound --network "
        "small --patch-seconds 5\n--patches 4 --max-epochs 25 --patience 25 "
        "--schedule cosine --auxiliary 2\n--soft-floor 50.\n",
    .options = options,
    .writes = "distances",
    .run = run,
};
