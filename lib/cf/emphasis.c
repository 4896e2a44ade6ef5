/*
 * emphasis.c - items whose being passed over says more
 */
#include "cf/emphasis.h"

#include <math.h>

#include "base/context.h"

void ltr_emphasis_scale(const float *vectors, const float *factors, size_t n,
                        size_t width, float *to)
{
    for (size_t row = 0; row < n; row++)
        for (size_t i = row * width; i < (row + 1) * width; i++)
            to[i] = factors[row] * vectors[i];
}

int ltr_emphasis_begin(ltrec_context *ctx, struct ltr_recipe *recipe,
                       size_t width, float *priors, struct ltr_side *items,
                       float **scales)
{
    const struct ltr_pairs *pairs = items->pairs;
    double sum = 0;

    if (!(recipe->power > 0))
        return LTREC_OK;
    *scales = ltr_alloc(ctx, pairs->n, sizeof **scales);
    if (!*scales)
        return LTREC_ERR_MEMORY;
    recipe->mean = 1;
    for (size_t item = 0; item < pairs->n; item++)
        sum += ltr_recipe_emphasis(recipe, ltr_pairs_in_row(pairs, item));
    recipe->mean = sum / (double)pairs->n;
    for (size_t item = 0; item < pairs->n; item++)
        (*scales)[item] = (float)sqrt(
            ltr_recipe_emphasis(recipe, ltr_pairs_in_row(pairs, item)));
    items->scales = *scales;
    if (priors)
        ltr_emphasis_scale(priors, *scales, pairs->n, width, priors);
    return LTREC_OK;
}

void ltr_emphasis_end(size_t width, struct ltr_side *items)
{
    if (!items->scales)
        return;
    for (size_t row = 0; row < items->pairs->n; row++)
        for (size_t i = row * width; i < (row + 1) * width; i++)
            items->vectors[i] /= items->scales[row];
    items->scales = NULL;
}
