/*
 * cmd_evaluate_cold.c - ltrec evaluate cold: from what a track is to what its
 * plays say, one play after the other
 */
#include <string.h>

#include "cold.h"
#include "commands.h"
#include "content_input.h"
#include "factorizing.h"
#include "number.h"
#include "term.h"
#include "training.h"

#define LEAST_JUDGING 10 /* listeners that a track is judged by */

static int evaluate(struct content_input *in, struct args *args,
                    ltrec_error *err)
{
    struct cold *cold = in->options.cold;
    struct content *content = NULL;
    int status = content_input_read(in, args, err);

    if (status == LTREC_OK)
        status = content_run(in->ctx, in->music, &in->pairs, &in->options,
                             &content, err);
    content_free(content);
    if (status == LTREC_OK && cold->n_curves == 0)
        status = tool_fail(err, LTREC_ERR_ARGUMENT,
                           "no held-out track has more than %u listeners that "
                           "are known",
                           (unsigned)cold->seen[cold->n_seen - 1]);
    return status == LTREC_OK
               ? cold_print(in->ctx, cold, in->options.train.seed,
                            args_has(args, "json"), err)
               : status;
}

/* Numbers of plays in ascending order, such as 0,1,5. */
static void read_seen(struct args *args, struct cold *cold)
{
    const char *text = args_text(args, "seen", "0,1,2,5,10,20,50");
    const char *at = text;

    do {
        size_t length = strcspn(at, ",");
        int64_t number;

        if (cold->n_seen == COLD_MOST ||
            number_parse_integer(at, length, &number) != NUMBER_OK ||
            number < 0 || number > 1000000 ||
            (cold->n_seen > 0 &&
             number <= (int64_t)cold->seen[cold->n_seen - 1])) {
            args_wrong(args,
                       "--seen %s: wanted up to %d numbers of plays, each "
                       "larger than the last, such as 0,1,5",
                       text, COLD_MOST);
            return;
        }
        cold->seen[cold->n_seen++] = (uint32_t)number;
        at += length;
    } while (*at++ == ',');
}

static int run(struct args *args)
{
    struct content_input in = {0};
    struct cold cold = {0};
    ltrec_error err = {0};
    uint32_t most;
    int status;

    read_seen(args, &cold);
    if (args_failed(args))
        return EXIT_USAGE;
    most = cold.seen[cold.n_seen - 1];
    cold.networks = args_has(args, "networks");
    cold.prior_length = args_real(args, "prior-length", 1, 0.001, 1000);
    content_wishes(args, &in.options);
    cold.prior_plays = args_real(args, "prior-plays",
                                 in.options.factorize.prior_plays, 0.001, 1e9);
    in.options.cold = &cold;
    in.options.min_listeners = (uint32_t)args_integer(
        args, "min-listeners", most + LEAST_JUDGING, most + 1, 10000000);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &in.ctx);
    if (status == EXIT_DONE && cold.networks)
        content_warn(args, in.ctx, &in.options);
    if (status == EXIT_DONE)
        status = term_result(evaluate(&in, args, &err), &err);
    if (status == EXIT_DONE && in.failed > 0)
        status = EXIT_SOME_FAILED;
    cold_free(&cold);
    content_input_free(&in);
    return status;
}

static const struct args_option options[] = {
    CONTENT_OPTIONS,
    {"seen", "LIST", "plays that are seen (default: 0,1,2,5,10,20,50)"},
    {"min-listeners", "N",
     "of a track held out (default: the most seen + 10)"},
    {"prior-length", "L",
     "of a prediction, in a typical track's (default: 1)"},
    {"prior-plays", "N",
     "after which half have had the chance to play it (default: 10)"},
    {"networks", NULL, "predictions by networks too, not by ridge alone"},
    CONTENT_TABLES,
    TRAINING_OPTIONS,
    FACTORIZING_OPTIONS,
    {"json", NULL, "one JSON object a number of plays"},
    {NULL, NULL, NULL},
};

const struct command command_evaluate_cold = {
    .name = "evaluate cold",
    .summary = "from what a track is to what its plays say, play by play",
    .usage = "--plays T --items T --rows LIST [--seen LIST] [TABLES]",
    .details =
        "Tracks are held out in folds, factorized without, and predicted from "
        "what they\nare by ridge regression on the others.  Then so many of "
        "their plays are seen, by\nlisteners in an order by chance, and three "
        "vectors compared: the prediction,\nthe fold-in of the plays seen, "
        "and their fold-in with the prediction as prior.\nCosines are to the "
        "fold-in of all plays; NDCG@100 is of all listeners ranked for\nthe "
        "track, less those that could have been seen, where those beyond them "
        "that\nplayed it are to be found.  Gains are of both over the better "
        "of the other two,\n95 % of paired bootstraps over tracks.\n",
    .options = options,
    .run = run,
};
