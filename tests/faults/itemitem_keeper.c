/*
 * itemitem_keeper.c - item-item models for keeper.h
 *
 * The generation is the id of the first item, and draws who played what.
 */
#include "keeper.h"

#include "base/random.h"

#define LISTENERS 30
#define ITEMS 60
#define ROWS 600

static int fit(ltrec_context *ctx, uint64_t generation, ltrec_itemitem **model,
               ltrec_error *err)
{
    ltrec_interactions *plays;
    int status = ltrec_interactions_create(ctx, NULL, &plays, err);

    *model = NULL;
    for (uint64_t i = 0; i < ROWS && status == LTREC_OK; i++) {
        uint64_t user = ltr_random_below(generation, 0, i, LISTENERS);
        uint64_t item = ltr_random_below(generation, 1, i, ITEMS);
        float count = (float)(1 + i % 5);

        item = generation + (i < ITEMS ? i : item);
        status = ltrec_interactions_add(plays, 1, &user, &item, &count, err);
    }
    if (status == LTREC_OK)
        status = ltrec_interactions_finish(plays, NULL, NULL, err);
    if (status == LTREC_OK)
        status = ltrec_itemitem_fit(ctx, plays, NULL, model, err);
    ltrec_interactions_free(plays);
    return status;
}

static int save(ltrec_context *ctx, const char *path, uint64_t generation,
                ltrec_error *err)
{
    ltrec_itemitem *model;
    int status = fit(ctx, generation, &model, err);

    if (status == LTREC_OK)
        status = ltrec_itemitem_save(model, path, err);
    ltrec_itemitem_free(model);
    return status;
}

static int same(const ltrec_itemitem *a, const ltrec_itemitem *b)
{
    if (ltrec_itemitem_count(a) != ITEMS || ltrec_itemitem_count(b) != ITEMS)
        return 0;
    for (size_t item = 0; item < ITEMS; item++) {
        const uint32_t *of_a, *of_b;
        const float *w_a, *w_b;
        size_t n_a = 0, n_b = 0;

        ltrec_itemitem_row(a, item, &n_a, &of_a, &w_a);
        ltrec_itemitem_row(b, item, &n_b, &of_b, &w_b);
        if (n_a != n_b ||
            ltrec_itemitem_ids(a)[item] != ltrec_itemitem_ids(b)[item] ||
            memcmp(of_a, of_b, n_a * sizeof *of_a) != 0 ||
            memcmp(w_a, w_b, n_a * sizeof *w_a) != 0)
            return 0;
    }
    return 1;
}

static int verify(ltrec_context *ctx, const char *path)
{
    ltrec_itemitem *model, *wanted;
    ltrec_error err;
    int right = 0;

    if (ltrec_itemitem_load(ctx, path, &model, &err) != LTREC_OK)
        return refused(&err);
    if (ltrec_itemitem_count(model) == ITEMS) {
        uint64_t generation = ltrec_itemitem_ids(model)[0];

        if (fit(ctx, generation, &wanted, &err) != LTREC_OK) {
            ltrec_itemitem_free(model);
            return refused(&err);
        }
        right = same(model, wanted);
        ltrec_itemitem_free(wanted);
        printf("%" PRIu64 "\n", generation);
    }
    ltrec_itemitem_free(model);
    return right ? DONE : WRONG;
}

int main(int argc, char **argv)
{
    static const struct keeper keeper = {save, verify, NULL};

    return keep(&keeper, argc, argv);
}
