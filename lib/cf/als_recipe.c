/*
 * als_recipe.c - how plays are weighed, the same way by all who ask
 */
#include "cf/als_recipe.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/options.h"
#include "factors/factors.h"

static const ltrec_factorize_options defaults = {
    .size = sizeof defaults,
    .rank = 64,
    .epochs = 16,
    .form = LTREC_LOSS_IALS,
    .confidence = LTREC_CONFIDENCE_CONSTANT,
    .lambda = 0.015,
    .nu = 1,
    .alpha0 = 0, /* from the plays */
    .alpha = 1,
    .epsilon = 1,
    .init_scale = 0.1,
    .solver = LTREC_SOLVER_CG,
    .cg_steps = 0, /* from the confidence */
    .background = LTREC_BACKGROUND_PRIOR,
    .checkpoint_every = 1,
    .prior_plays = 10,
};

void ltrec_factorize_options_init(ltrec_factorize_options *options,
                                  size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

/* ---- Checking ----------------------------------------------------------- */

static int is_positive(double x)
{
    return x > 0 && isfinite(x);
}

static int check_numbers(const ltrec_factorize_options *o, ltrec_error *err)
{
    const struct {
        const char *name;
        double value;
    } positive[] = {
        {"lambda", o->lambda},
        {"alpha", o->alpha},
        {"epsilon", o->epsilon},
        {"init_scale", o->init_scale},
    };

    for (size_t i = 0; i < sizeof positive / sizeof positive[0]; i++)
        if (!is_positive(positive[i].value))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "factorize: %s is %g, must be above 0 and finite",
                            positive[i].name, positive[i].value);
    if (!(o->alpha0 >= 0 && isfinite(o->alpha0)))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factorize: alpha0 is %g, must be 0 or above and "
                        "finite",
                        o->alpha0);
    if (!(o->validation_share >= 0 && o->validation_share <= 0.5))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factorize: validation_share is %g, must be 0 to 0.5",
                        o->validation_share);
    if (!(o->item_power >= 0 && o->item_power <= 1))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factorize: item_power is %g, must be 0 to 1",
                        o->item_power);
    if (!(o->prior_plays > 0))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factorize: prior_plays is %g, must be above 0",
                        o->prior_plays);
    if (!(o->nu >= 0 && o->nu <= 1))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factorize: nu is %g, must be 0 to 1", o->nu);
    return LTREC_OK;
}

static int check_choices(const ltrec_factorize_options *o, ltrec_error *err)
{
    const struct {
        const char *name;
        int64_t value, least, most;
    } choices[] = {
        {"rank", o->rank, 1, LTR_MOST_SOLVED_RANK},
        {"epochs", o->epochs, 1, UINT32_MAX},
        {"form", o->form, LTREC_LOSS_IALS, LTREC_LOSS_HU},
        {"confidence", o->confidence, LTREC_CONFIDENCE_CONSTANT,
         LTREC_CONFIDENCE_LOG},
        {"solver", o->solver, LTREC_SOLVER_CG, LTREC_SOLVER_CHOLESKY},
        {"cg_steps", o->cg_steps, 0, 1000},
        {"checkpoint_every", o->checkpoint_every, 1, UINT32_MAX},
        {"background", o->background, LTREC_BACKGROUND_PRIOR,
         LTREC_BACKGROUND_ZERO},
    };

    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
        if (choices[i].value < choices[i].least ||
            choices[i].value > choices[i].most)
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "factorize: %s is %lld, must be %lld to %lld",
                            choices[i].name, (long long)choices[i].value,
                            (long long)choices[i].least,
                            (long long)choices[i].most);
    return LTREC_OK;
}

/*
 * With linear confidence the played pairs of some rows outweigh all others a
 * thousand times, which no average of rows knows.
 */
static uint32_t usual_steps(int32_t confidence)
{
    return confidence == LTREC_CONFIDENCE_LINEAR ? 3 : 2;
}

int ltr_recipe_options(const ltrec_factorize_options *given,
                       ltrec_factorize_options *out, ltrec_error *err)
{
    int status;

    *out = defaults;
    status = ltr_options_read(out, sizeof *out, given, "factorize", err);
    if (status == LTREC_OK)
        status = check_choices(out, err);
    if (status == LTREC_OK)
        status = check_numbers(out, err);
    if (out->cg_steps == 0)
        out->cg_steps = usual_steps(out->confidence);
    return status;
}

/* ---- Weighing ----------------------------------------------------------- */

struct ltr_recipe ltr_recipe_of(const ltrec_factorize_options *options)
{
    const ltrec_factorize_options *o = options;

    return (struct ltr_recipe){o->form,    o->confidence, o->lambda,
                               o->nu,      o->alpha0,     o->alpha,
                               o->epsilon, o->item_power, 1};
}

double ltr_recipe_weight(const struct ltr_recipe *recipe, float count)
{
    double plays = fabs((double)count);

    switch (recipe->confidence) {
    case LTREC_CONFIDENCE_LINEAR:
        return recipe->alpha * plays;
    case LTREC_CONFIDENCE_LOG:
        return recipe->alpha * log1p(plays / recipe->epsilon);
    default:
        return recipe->alpha;
    }
}

double ltr_recipe_emphasis(const struct ltr_recipe *recipe, size_t n)
{
    return recipe->power > 0
               ? pow((double)(n > 0 ? n : 1), recipe->power) / recipe->mean
               : 1;
}

double ltr_recipe_rho(const struct ltr_recipe *recipe, size_t n,
                      size_t n_others, double emphasis)
{
    double size = (double)n + recipe->alpha0 * emphasis * (double)n_others;

    return recipe->lambda * pow(size, recipe->nu);
}

/* ---- Remembering -------------------------------------------------------- */

void ltr_recipe_pack(const struct ltr_recipe *recipe, bool items,
                     double *packed)
{
    packed[LTR_RECIPE_FORM] = recipe->form;
    packed[LTR_RECIPE_CONFIDENCE] = recipe->confidence;
    packed[LTR_RECIPE_LAMBDA] = recipe->lambda;
    packed[LTR_RECIPE_NU] = recipe->nu;
    packed[LTR_RECIPE_ALPHA0] = recipe->alpha0;
    packed[LTR_RECIPE_ALPHA] = recipe->alpha;
    packed[LTR_RECIPE_EPSILON] = recipe->epsilon;
    packed[LTR_RECIPE_POWER] = items ? recipe->power : -recipe->power;
    packed[LTR_RECIPE_MEAN] = recipe->mean;
}

int ltrec_factorize_options_of(const ltrec_factors *factors,
                               ltrec_factorize_options *options)
{
    ltrec_factorize_options o;
    const double *packed;
    size_t size;

    if (!factors || !options ||
        ltr_recipe_options(options, &o, NULL) != LTREC_OK)
        return LTREC_ERR_ARGUMENT;
    packed = factors->recipe;
    if (!(packed[LTR_RECIPE_FORM] >= LTREC_LOSS_IALS &&
          packed[LTR_RECIPE_FORM] <= LTREC_LOSS_HU &&
          packed[LTR_RECIPE_CONFIDENCE] >= LTREC_CONFIDENCE_CONSTANT &&
          packed[LTR_RECIPE_CONFIDENCE] <= LTREC_CONFIDENCE_LOG))
        return LTREC_ERR_ARGUMENT;
    o.form = (int32_t)packed[LTR_RECIPE_FORM];
    o.confidence = (int32_t)packed[LTR_RECIPE_CONFIDENCE];
    o.lambda = packed[LTR_RECIPE_LAMBDA];
    o.nu = packed[LTR_RECIPE_NU];
    o.alpha0 = packed[LTR_RECIPE_ALPHA0];
    o.alpha = packed[LTR_RECIPE_ALPHA];
    o.epsilon = packed[LTR_RECIPE_EPSILON];
    o.item_power = fabs(packed[LTR_RECIPE_POWER]);
    if (check_numbers(&o, NULL) != LTREC_OK)
        return LTREC_ERR_ARGUMENT;
    /* As much of it as the caller's struct has. */
    size = options->size;
    memcpy(options, &o, size < sizeof o ? size : sizeof o);
    options->size = size;
    return LTREC_OK;
}
