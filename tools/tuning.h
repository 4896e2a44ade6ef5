/*
 * tuning.h - which options factorize these plays best
 *
 * A fifth of each listener's pairs is kept back.  Trials - the library's own
 * defaults, and others drawn from a grid - are factorized for a few epochs;
 * the third of them that ranks the kept pairs best, by NDCG@100, is factorized
 * for twice as many, and so on up to the epochs asked for (successive halving:
 * Jamieson and Talwalkar 2016).  What the person gave an option of is not
 * searched.  The same seed tries the same and finds the same.  What goes with
 * the number of pairs is brought to that of all plays.
 */
#ifndef TUNING_H
#define TUNING_H

#include <jansson.h>

#include <ltrec/factorize.h>
#include <ltrec/interactions.h>

#include "args.h"

struct trial {
    ltrec_factorize_options options;
    size_t round;    /* the last one it took part in, from 0 */
    uint32_t epochs; /* of that round */
    double ndcg, recall, seconds;
};

struct tuning {
    size_t n;
    struct trial *trials; /* [n], the best first */
};

/*
 * Try `n_trials` around `options`, in `args` of which stands what is fixed,
 * and write the best to `options`.
 */
int tuning_do(ltrec_context *ctx, const ltrec_interactions *plays,
              const struct args *args, size_t n_trials,
              ltrec_factorize_options *options, struct tuning *out,
              ltrec_error *err);

void tuning_free(struct tuning *tuning);

/* The trials, as a table or as an array. */
void tuning_print(const struct tuning *tuning);
json_t *tuning_json(const struct tuning *tuning);

#endif /* TUNING_H */
