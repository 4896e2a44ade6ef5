/*
 * recipe.c - the networks of the branches
 *
 * The audio network is S. Dieleman's of 2014 with the deck's dropout, its
 * small sister ours; the attribute networks are those of S. Oramas, O. Nieto,
 * M. Sordo, X. Serra 2017.  docs/networks.md has the table.
 */
#include "train/train_parts.h"

#include "base/error.h"

#define TAPS 4

struct list {
    struct ltr_layer layers[LTR_MOST_LAYERS];
    size_t n;
};

static void add(struct list *list, int32_t kind, uint32_t size, uint32_t taps,
                float rate)
{
    if (kind == LTR_DROPOUT && rate == 0)
        return;
    list->layers[list->n++] = (struct ltr_layer){
        .kind = kind, .size = size, .taps = taps, .rate = rate};
}

static void add_dense(struct list *list, uint32_t units, float dropout)
{
    add(list, LTR_DENSE, units, 0, 0);
    add(list, LTR_RELU, 0, 0, 0);
    add(list, LTR_DROPOUT, 0, 0, dropout);
}

static void add_trunk(struct list *list, int32_t audio)
{
    static const uint32_t reference[] = {256, 256, 512, 512};
    static const uint32_t small[] = {64, 128, 128, 256};
    static const uint32_t pools[] = {4, 2, 2};
    const uint32_t *filters = audio == LTREC_AUDIO_SMALL ? small : reference;

    for (size_t i = 0; i < 4; i++) {
        add(list, LTR_CONV, filters[i], TAPS, 0);
        add(list, LTR_RELU, 0, 0, 0);
        if (i < 3)
            add(list, LTR_MAX_POOL, pools[i], 0, 0);
    }
    add(list, LTR_GLOBAL_POOL, 0, 0, 0);
}

static uint32_t hidden_of(size_t place, const ltrec_train_options *o)
{
    if (o->hidden > 0)
        return o->hidden;
    if (place == LTR_FUSION)
        return 0;
    if (place == LTR_GENRE || place == LTR_ARTIST ||
        ((place == LTR_AUDIO || place == LTR_HEAD) &&
         o->audio == LTREC_AUDIO_SMALL))
        return 512;
    return 2048;
}

int ltr_recipe(size_t place, const ltrec_train_options *o, size_t n_in,
               size_t n_out, struct ltr_net *net, ltrec_error *err)
{
    uint32_t hidden = hidden_of(place, o);
    struct list list = {.n = 0};

    if (place == LTR_AUDIO)
        add_trunk(&list, o->audio);
    if (place == LTR_MGP || place == LTR_MLG)
        add(&list, LTR_DROPOUT, 0, 0, o->input_dropout);
    if (place == LTR_FUSION)
        add(&list, LTR_DROPOUT, 0, 0, o->fuse_dropout);
    if (hidden > 0)
        add_dense(&list, hidden, o->dropout);
    if (place == LTR_AUDIO || place == LTR_MGP || place == LTR_MLG ||
        place == LTR_HEAD)
        add_dense(&list, hidden, o->dropout);
    add(&list, LTR_DENSE, (uint32_t)n_out, 0, 0);
    if (ltr_net_build(net, n_in, list.layers, list.n) != LTREC_OK)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "train: %s of %zu inputs, %u units and %zu outputs "
                        "is no network",
                        ltr_branch_names[place], n_in, (unsigned)hidden,
                        n_out);
    return LTREC_OK;
}
