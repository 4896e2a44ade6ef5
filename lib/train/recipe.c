/*
 * recipe.c - the networks of the branches, and which a fusion is over
 *
 * The audio network is S. Dieleman's of 2014 with the deck's dropout, its
 * small sister ours; the one that flattens and the attribute networks are
 * those of S. Oramas, O. Nieto, M. Sordo, X. Serra 2017.  docs/networks.md has
 * the table.
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

/* Of `frames` frames a patch, all that are left are flattened.  The pool of
 * one frame behind the last convolution would do nothing. */
static void add_flat_trunk(struct list *list, size_t frames, float dropout)
{
    static const struct {
        uint32_t filters, taps, pool;
    } blocks[] = {
        {256, TAPS, 4}, {512, TAPS, 4}, {1024, TAPS, 4}, {1024, 1, 1}};
    size_t left = frames;

    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        add(list, LTR_CONV, blocks[i].filters, blocks[i].taps, 0);
        add(list, LTR_RELU, 0, 0, 0);
        if (blocks[i].pool > 1)
            add(list, LTR_MAX_POOL, blocks[i].pool, 0, 0);
        add(list, LTR_DROPOUT, 0, 0, dropout);
        left = left < blocks[i].taps
                   ? 0
                   : (left - blocks[i].taps + 1) / blocks[i].pool;
    }
    add(list, LTR_FLATTEN, left > 0 ? (uint32_t)left : 1, 0, 0);
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
    if (place == LTR_FUSION ||
        (place == LTR_AUDIO && o->audio == LTREC_AUDIO_FLATTEN))
        return 0;
    if (place == LTR_GENRE || place == LTR_ARTIST ||
        ((place == LTR_AUDIO || place == LTR_HEAD) &&
         o->audio == LTREC_AUDIO_SMALL))
        return 512;
    return 2048;
}

/* How many dense layers of `hidden` units there are. */
static size_t depth_of(size_t place, uint32_t hidden)
{
    if (hidden == 0)
        return 0;
    return place == LTR_GENRE || place == LTR_ARTIST || place == LTR_FUSION
               ? 1
               : 2;
}

int ltr_recipe(size_t place, const ltrec_train_options *o, size_t frames,
               size_t n_in, size_t n_out, struct ltr_net *net,
               ltrec_error *err)
{
    uint32_t hidden = hidden_of(place, o);
    size_t depth = depth_of(place, hidden);
    struct list list = {.n = 0};

    if (place == LTR_AUDIO && o->audio == LTREC_AUDIO_FLATTEN)
        add_flat_trunk(&list, frames, o->dropout);
    else if (place == LTR_AUDIO)
        add_trunk(&list, o->audio);
    if (place == LTR_MGP || place == LTR_MLG)
        add(&list, LTR_DROPOUT, 0, 0, o->input_dropout);
    if (place == LTR_FUSION)
        add(&list, LTR_DROPOUT, 0, 0, o->fuse_dropout);
    for (size_t i = 0; i < depth; i++)
        add_dense(&list, hidden, o->dropout);
    add(&list, LTR_DENSE, (uint32_t)n_out, 0, 0);
    if (ltr_net_build(net, n_in, list.layers, list.n) != LTREC_OK)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "train: %s of %zu frames of %zu inputs, %u units and "
                        "%zu outputs is no network",
                        ltr_branch_names[place], frames, n_in,
                        (unsigned)hidden, n_out);
    net->statistics = LTR_STATISTICS;
    return LTREC_OK;
}

int ltr_recipe_branches(const struct ltr_lesson *l, uint32_t *fuse)
{
    uint32_t fusable = LTREC_BRANCH_FUSION - 1;
    uint32_t there = ltrec_model_branches(l->base) & fusable;

    *fuse = l->options->fuse ? l->options->fuse : there;
    if (*fuse == 0)
        return ltr_fail(l->err, LTREC_ERR_STATE,
                        "train: a fusion needs a model with branches below "
                        "it");
    for (size_t b = 0; b < LTR_FUSABLE; b++)
        if ((*fuse & ~there) >> b & 1)
            return ltr_fail(l->err, LTREC_ERR_STATE,
                            "train: a fusion over %s needs a model that has "
                            "it",
                            ltr_branch_names[b]);
    return LTREC_OK;
}
