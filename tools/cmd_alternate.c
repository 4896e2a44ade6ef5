/*
 * cmd_alternate.c - ltrec alternate: from plays and tables to factors and a
 * model, factorizing and training in turn
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alternating.h"
#include "commands.h"
#include "factorizing.h"
#include "json.h"
#include "output.h"
#include "term.h"
#include "vectors.h"

struct work {
    struct alternation a;
    struct matrix matrix;
    ltrec_dataset *dataset;
    int listens;
    size_t failed; /* sound files */
};

/* ---- Reading ------------------------------------------------------------ */

static int make_folder(const char *path, ltrec_error *err)
{
    struct stat there;

    if (!path || mkdir(path, 0777) == 0 ||
        (errno == EEXIST && stat(path, &there) == 0 && S_ISDIR(there.st_mode)))
        return LTREC_OK;
    return tool_fail_io(err, "cannot make", path);
}

static char *file_in(struct args *args, const char *name)
{
    const char *folder = args_text(args, "out", NULL);
    size_t length = strlen(folder) + strlen(name) + 2;
    char *path = tool_alloc(length, 1);

    snprintf(path, length, "%s/%s", folder, name);
    return path;
}

/* What is read is not to be written over. */
static int check_unread(struct args *args, const char *path, ltrec_error *err)
{
    static const char *const read[] = {"plays",   "items",  "attributes",
                                       "machine", "genres", "catalog"};

    for (size_t i = 0; i < sizeof read / sizeof read[0]; i++)
        if (args_has(args, read[i]) &&
            output_is_same(path, args_text(args, read[i], "")))
            return tool_fail(err, LTREC_ERR_ARGUMENT,
                             "--out would replace %.100s, which is also --%s",
                             path, read[i]);
    return LTREC_OK;
}

/* What cannot be written, or read, is said before the work. */
static int check_files(struct args *args, ltrec_error *err)
{
    static const char *const names[] = {"items.factors", "users.factors",
                                        "tracks.model"};
    const char *catalog = args_text(args, "catalog", NULL);
    int status = LTREC_OK;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = file_in(args, names[i]);

        if (status == LTREC_OK)
            status = check_unread(args, path, err);
        if (status == LTREC_OK)
            status = output_check(path, 1, err);
        free(path);
    }
    if (status == LTREC_OK && catalog && access(catalog, R_OK) != 0)
        status = tool_fail_io(err, "cannot open", catalog);
    return status;
}

static int read_all(struct work *work, struct args *args, ltrec_error *err)
{
    struct alternation *a = &work->a;
    int status = make_folder(args_text(args, "out", NULL), err);

    if (status == LTREC_OK)
        status = make_folder(a->checkpoint, err);
    if (status == LTREC_OK)
        status = check_files(args, err);
    if (status == LTREC_OK)
        status = tables_read(args, NULL, a->branches & LTREC_BRANCH_GENRE,
                             a->music, err);
    if (status == LTREC_OK)
        status = matrix_read(a->ctx, args_text(args, "plays", NULL),
                             args_has(args, "skip-bad"), &work->matrix, err);
    a->matrix = &work->matrix;
    return status;
}

/* What networks learn from; a catalogue's tracks are called as the factors
 * call them. */
static int make_dataset(struct work *work, struct args *args, ltrec_error *err)
{
    struct alternation *a = &work->a;
    char *model = file_in(args, "tracks.model");
    int status = LTREC_OK;

    if (work->listens || args_has(args, "catalog"))
        status =
            tables_listen(args, a->ctx, NULL, library_in_factors, a->items,
                          work->listens, a->music, &work->failed, err);
    if (status == LTREC_OK)
        status = ears_check(a->branches, a->music, err);
    if (status == LTREC_OK) {
        a->n_lessons = training_lessons(a->branches, music_by_ear(a->music),
                                        a->train.distil > 0, a->lessons);
        scratch_choose(args, a->music, model);
        status = music_dataset(a->music, a->ctx, NULL, &work->dataset, err);
    }
    free(model);
    a->dataset = work->dataset;
    a->with_sound = work->listens;
    return status;
}

static int check_names(const struct work *work, struct args *args,
                       ltrec_error *err)
{
    const struct names *names = work->matrix.items;
    uint32_t first = 0;

    names_find_id(names, ltrec_factors_ids(work->a.items)[0], &first);
    return tables_agree(work->a.music, work->a.items,
                        args_text(args, "plays", ""), names_text(names, first),
                        err);
}

/* ---- Doing -------------------------------------------------------------- */

static int save_factors(const struct work *work, struct args *args,
                        const ltrec_factors *factors,
                        const struct names *names, const char *name,
                        ltrec_error *err)
{
    char *path = file_in(args, name);
    int status;

    status = factors ? vectors_save(work->a.ctx, factors, names,
                                    work->a.prior.factors, path, err)
                     : ltrec_model_save(work->a.model, path, err);
    free(path);
    return status;
}

static int save(const struct work *work, struct args *args, ltrec_error *err)
{
    int status = save_factors(work, args, work->a.items, work->matrix.items,
                              "items.factors", err);

    if (status == LTREC_OK)
        status = save_factors(work, args, work->a.users, work->matrix.users,
                              "users.factors", err);
    return status == LTREC_OK
               ? save_factors(work, args, NULL, NULL, "tracks.model", err)
               : status;
}

static int alternate(struct work *work, struct args *args, ltrec_error *err)
{
    struct alternation *a = &work->a;
    int status = read_all(work, args, err);

    if (status == LTREC_OK)
        status = alternating_factorize(a, err);
    if (status == LTREC_OK)
        status = make_dataset(work, args, err);
    if (status == LTREC_OK)
        status = check_names(work, args, err);
    if (status == LTREC_OK)
        status = split_check(args, a->music, err);
    if (status == LTREC_OK)
        status = alternating_teach(a, err);
    while (a->round < a->rounds && status == LTREC_OK)
        status = alternating_turn(a, err);
    return status == LTREC_OK ? save(work, args, err) : status;
}

/* ---- Telling ------------------------------------------------------------ */

static void report_json(const struct work *work, struct args *args)
{
    const struct alternation *a = &work->a;
    const ltrec_interactions *plays = work->matrix.plays;
    json_t *object = json_object(), *rounds = json_array();

    json_put_count(object, "users", ltrec_interactions_n_users(plays));
    json_put_count(object, "items", ltrec_interactions_n_items(plays));
    json_put_count(object, "pairs", ltrec_interactions_n_pairs(plays));
    json_put_count(object, "skipped", work->matrix.skipped);
    json_put_count(object, "rank", a->factorize.rank);
    json_put_text(object, "branches", args_text(args, "branches", ""));
    for (uint32_t r = 0; r <= a->rounds; r++) {
        json_t *one = json_object();

        json_put_count(one, "round", r);
        json_put_real(one, "validation_loss", a->done[r].validation);
        json_put_real(one, "validation_loss_half", a->done[r].validation / 2);
        if (r > 0)
            json_put_real(one, "cosine_to_last", a->done[r].cosine);
        json_put_real(one, "seconds", a->done[r].seconds);
        json_push(rounds, one);
    }
    json_put(object, "rounds", rounds);
    json_put_text(object, "out", args_text(args, "out", ""));
    json_print(object);
}

static void report(const struct work *work)
{
    static const char *const names[] = {">round", ">validation loss",
                                        ">halved", ">cosine to last",
                                        ">seconds"};
    const struct alternation *a = &work->a;
    const ltrec_interactions *plays = work->matrix.plays;
    struct term_table *table =
        term_table_create(sizeof names / sizeof names[0], names);

    printf("%zu listeners, %zu items, %zu pairs\n",
           ltrec_interactions_n_users(plays),
           ltrec_interactions_n_items(plays),
           ltrec_interactions_n_pairs(plays));
    for (uint32_t r = 0; r <= a->rounds; r++) {
        term_table_cell(table, "%u", (unsigned)r);
        term_table_cell(table, "%.4f", a->done[r].validation);
        term_table_cell(table, "%.4f", a->done[r].validation / 2);
        if (r > 0)
            term_table_cell(table, "%.4f", a->done[r].cosine);
        else
            term_table_cell(table, "%s", "");
        term_table_cell(table, "%.1f", a->done[r].seconds);
    }
    term_table_print(table);
}

/* ---- The command -------------------------------------------------------- */

static void read_wishes(struct args *args, struct work *work)
{
    struct alternation *a = &work->a;
    uint32_t listening = LTREC_BRANCH_AUDIO;
    int by_ear = !args_has(args, "machine");

    args_required(args, "plays");
    args_required(args, "branches");
    args_required(args, "out");
    tables_check(args);
    factorizing_options(args, &a->factorize);
    training_options(args, &a->train);
    a->train.min_plays =
        (uint32_t)args_integer(args, "min-listeners", 3, 1, 1000000);
    a->train.seed = a->factorize.seed;
    a->train.split = split_wish(args);
    a->train.provenance = args_text(args, "provenance", "");
    a->fuse = a->train;
    a->fuse.hidden = 0; /* linear, whatever the branches have */
    a->rounds = (uint32_t)args_integer(args, "rounds", 1, 0, ALTERNATING_MOST);
    a->checkpoint = args_text(args, "checkpoint", NULL);
    a->branches = branches_wish(args, "branches");
    if (args_has(args, "branches") && a->branches == 0 && !args_failed(args))
        args_wrong(args, "--branches '': wanted a list such as mgp+genre");
    branches_required(args, a->branches);
    teachers_required(args, a->branches, &a->train);
    if (by_ear)
        listening |= LTREC_BRANCH_MLG;
    work->listens = (a->branches & listening) != 0;
}

static void warn(struct args *args, const struct alternation *a)
{
    uint32_t several = a->branches & (a->branches - 1);

    precision_warn(a->ctx, a->train.precision);
    training_warn(args, "branches",
                  training_taught(a->branches, several != 0,
                                  !args_has(args, "machine"),
                                  a->train.distil > 0));
}

static int run(struct args *args)
{
    struct work work = {0};
    ltrec_error err = {0};
    int status;

    read_wishes(args, &work);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &work.a.ctx);
    if (status == EXIT_DONE) {
        warn(args, &work.a);
        work.a.music = music_create();
        status = term_result(alternate(&work, args, &err), &err);
    }
    if (status == EXIT_DONE) {
        if (args_has(args, "json"))
            report_json(&work, args);
        else
            report(&work);
        work.failed += work.a.prior.failed;
        status = work.failed > 0 ? EXIT_SOME_FAILED : EXIT_DONE;
    }
    alternating_free(&work.a);
    ltrec_dataset_free(work.dataset);
    music_free(work.a.music);
    matrix_free(&work.matrix);
    ltrec_context_free(work.a.ctx);
    return status;
}

static const struct args_option options[] = {
    {"plays", "T", "table of user, item, count, or a Matrix Market file"},
    {"branches", "LIST", "such as mgp+genre: what tells tracks apart"},
    {"rounds", "N", "of factorizing again with predictions (default: 1)"},
    {"out", "DIR", "for items.factors, users.factors and tracks.model"},
    {"scratch", "DIR", "spectrograms in a file there, not in memory"},
    {"checkpoint", "DIR", "where every step is saved, and gone on from"},
    CONTENT_TABLES,
    FACTORIZING_OPTIONS,
    TRAINING_OPTIONS,
    {"min-listeners", "N", "a target must have (default: 3)"},
    {"split", "S", "validation by track, artist, album or time"},
    {"provenance", "TEXT", "data and licence, kept in the model"},
    {"json", NULL, "one JSON object"},
    {NULL, NULL, NULL},
};

const struct command command_alternate = {
    .name = "alternate",
    .summary = "from plays and tables to factors and a model, in rounds",
    .usage = "--plays T --branches LIST --out DIR [--rounds N] [TABLES]",
    .details =
        "Factorizes the plays and teaches the branches, and a fusion of "
        "several, what\ncomes of it.  In each further round tracks are near "
        "to what they were predicted\nto be until they are played, those "
        "nobody played come out as predicted, and\nnetworks are taught anew: "
        "at the end model and factors belong together.  One\nround is worth "
        "its time, a second a little.  The loss falls because both sides "
        "come\n"
        "to agree.  --seed is that of the networks, too.\n",
    .options = options,
    .run = run,
};
