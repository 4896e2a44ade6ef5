/*
 * factorizing.c - the options of factorizing, for the commands that do it
 */
#include "factorizing.h"

#include "term.h"

void factorizing_options(struct args *args, ltrec_factorize_options *options)
{
    static const char *const confidences[] = {"constant", "linear", "log",
                                              NULL};
    static const char *const forms[] = {"ials", "hu", NULL};
    ltrec_factorize_options *o = options;

    ltrec_factorize_options_init(o, sizeof *o);
    o->rank = (uint32_t)args_integer(args, "rank", o->rank, 1, 4096);
    o->epochs = (uint32_t)args_integer(args, "epochs", o->epochs, 1, 1000000);
    o->lambda = args_real(args, "lambda", o->lambda, 1e-12, 1e12);
    o->nu = args_real(args, "nu", o->nu, 0, 1);
    o->alpha = args_real(args, "alpha", o->alpha, 1e-12, 1e12);
    o->alpha0 = args_real(args, "alpha0", o->alpha0, 1e-12, 1e12);
    o->epsilon = args_real(args, "epsilon", o->epsilon, 1e-12, 1e12);
    o->item_power = args_real(args, "item-power", o->item_power, 0, 1);
    o->confidence =
        LTREC_CONFIDENCE_CONSTANT +
        args_choice(args, "confidence",
                    o->confidence - LTREC_CONFIDENCE_CONSTANT, confidences);
    o->form = LTREC_LOSS_IALS +
              args_choice(args, "form", o->form - LTREC_LOSS_IALS, forms);
    o->seed =
        (uint64_t)args_integer(args, "seed", (int64_t)o->seed, 0, INT64_MAX);
    o->progress = term_progress;
}
