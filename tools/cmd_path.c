/*
 * cmd_path.c - ltrec path: from one track to another, in even steps
 */
#include <stdlib.h>

#include <ltrec/path.h>

#include "answers.h"
#include "commands.h"
#include "sonic.h"
#include "sources.h"
#include "term.h"

#define MOST_FIXED 64

struct work {
    struct sources sources;
    uint64_t fixed[MOST_FIXED];
    size_t n_fixed;
    uint64_t *ids;
    float *similarities;
    size_t n;
};

static int find_way(struct work *work, struct args *args, size_t k,
                    ltrec_error *err)
{
    int status = sources_open(&work->sources, args, err);

    work->n_fixed = args_count(args);
    for (size_t i = 0; i < work->n_fixed && status == LTREC_OK; i++)
        status = sources_find(&work->sources, args_word(args, i),
                              &work->fixed[i], err);
    for (size_t i = 1; i < work->n_fixed && status == LTREC_OK; i++)
        for (size_t j = 0; j < i; j++)
            if (work->fixed[j] == work->fixed[i])
                return tool_fail(err, LTREC_ERR_ARGUMENT,
                                 "'%.80s' and '%.80s' are one track",
                                 args_word(args, j), args_word(args, i));
    if (status != LTREC_OK)
        return status;
    work->ids = tool_alloc(k, sizeof *work->ids);
    work->similarities = tool_alloc(k, sizeof *work->similarities);
    return ltrec_path(work->sources.recommender, work->n_fixed, work->fixed, k,
                      NULL, work->ids, work->similarities, &work->n, err);
}

static void print_answers(const struct work *work, struct args *args)
{
    const struct ranks all = {1, {1}, {work->n}};
    struct answer *answers = tool_alloc(work->n, sizeof *answers);

    for (size_t i = 0; i < work->n; i++) {
        answers[i].id = work->ids[i];
        answers[i].score = (double)work->similarities[i];
        answers[i].plays = answers_plays(&work->sources.titles, work->ids[i]);
    }
    answers_print(args, &all, &work->sources.titles, "similarity", work->n,
                  answers);
    free(answers);
}

static void print_sonic(const struct work *work)
{
    struct sonic_match *matches = tool_alloc(work->n, sizeof *matches);

    for (size_t i = 0; i < work->n; i++)
        matches[i] =
            (struct sonic_match){work->ids[i], (double)work->similarities[i]};
    sonic_print(&work->sources.titles, work->n, matches);
    free(matches);
}

static int run(struct args *args)
{
    struct work work = {0};
    ltrec_error err = {0};
    size_t k = (size_t)args_integer(args, "k", 25, 2, 10000);
    ltrec_context *ctx;
    int status, sonic = args_has(args, "opensubsonic");

    sources_check(args);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &work.sources.ctx);
    if (status == EXIT_DONE) {
        status = term_result(find_way(&work, args, k, &err), &err);
        if (status == EXIT_DONE && sonic)
            print_sonic(&work);
        else if (status == EXIT_DONE)
            print_answers(&work, args);
        else if (sonic)
            sonic_print_failure(70, err.message);
    }
    ctx = work.sources.ctx;
    sources_close(&work.sources);
    free(work.ids);
    free(work.similarities);
    ltrec_context_free(ctx);
    return status;
}

static const struct args_option options[] = {
    SOURCES_OPTIONS,
    SOURCES_CATALOG,
    {"k", "N", "tracks at most, both ends included (default: 25)"},
    {"items", "T", "table of item, artist, title, to show those"},
    {"opensubsonic", NULL, "the answer to findSonicPath, as JSON"},
    {"json", NULL, "one JSON object a track"},
    {NULL, NULL, NULL},
};

const struct command command_path = {
    .name = "path",
    .summary = "from one track to another, in even steps",
    .usage = "A [VIA...] B --catalog C.db | --factors F [--predicted P] "
             "[--items T] [-k N]",
    .details =
        "Every track named is passed, in this order.  Similarities are to the "
        "first,\nfrom 0 to 1.\n",
    .options = options,
    .min_words = 2,
    .max_words = MOST_FIXED,
    .run = run,
};
