/*
 * branch_file.c - branches in the files of models
 *
 * A branch is a set of tensors under its name: "mgp.layers.1.weight" and
 * "mgp.layers.1.bias" for the layer in that place of "mgp.layers", which
 * lists them in words; names and scales beside them.
 */
#include "model/model_parts.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "store/store.h"

#define MOST_NAMES 65536
#define KEY 64

/* "audio.patch_frames" and the like, in a buffer of KEY bytes. */
static const char *key_of(char *key, size_t place, const char *what)
{
    snprintf(key, KEY, "%s.%s", ltr_branch_names[place], what);
    return key;
}

static const char *layer_key(char *key, size_t place, size_t layer,
                             const char *what)
{
    snprintf(key, KEY, "%s.layers.%zu.%s", ltr_branch_names[place], layer,
             what);
    return key;
}

static int has_weights(const struct ltr_layer *layer)
{
    return layer->kind == LTR_CONV || layer->kind == LTR_DENSE;
}

/* Filters are [n_out][taps][n_in], dense layers [n_out][n_in]. */
static size_t weight_shape(const struct ltr_layer *layer, size_t *shape)
{
    shape[0] = layer->n_out;
    if (layer->kind == LTR_DENSE) {
        shape[1] = layer->n_in;
        return 2;
    }
    shape[1] = layer->taps;
    shape[2] = layer->n_in;
    return 3;
}

/* What the linear path multiplies; a fusion's has its own scales. */
static size_t linear_size(size_t place, const struct ltr_branch *b)
{
    return place == LTR_FUSION ? b->n_scales : ltr_linear_size(&b->net);
}

/* [features + 1][out], and of a fusion one for each set of inputs. */
static size_t linear_shape(size_t place, const struct ltr_branch *b,
                           size_t *shape)
{
    size_t n = place == LTR_FUSION;

    shape[0] = ltr_fusion_sets(b->fused);
    shape[n] = linear_size(place, b) + 1;
    shape[n + 1] = b->net.n_out;
    return n + 2;
}

/* ---- Saving ------------------------------------------------------------- */

static void write_inputs(struct ltr_writer *w, size_t place,
                         const struct ltr_branch *b)
{
    char key[KEY];

    if (b->names.n > 0) {
        size_t ends = b->names.n + 1, bytes = b->names.offsets[b->names.n];

        ltr_store_tensor(w, key_of(key, place, "names"), LTR_U8, 1, &bytes,
                         b->names.text);
        ltr_store_tensor(w, key_of(key, place, "name_offsets"), LTR_U64, 1,
                         &ends, b->names.offsets);
    }
    if (b->n_scales > 0) {
        ltr_store_tensor(w, key_of(key, place, "mean"), LTR_F32, 1,
                         &b->n_scales, b->mean);
        ltr_store_tensor(w, key_of(key, place, "scale"), LTR_F32, 1,
                         &b->n_scales, b->scale);
    }
    if (b->linear) {
        size_t shape[3], n = linear_shape(place, b, shape);

        ltr_store_tensor(w, key_of(key, place, "linear"), LTR_F32, n, shape,
                         b->linear);
    }
    if (place == LTR_AUDIO) {
        ltr_store_number(w, key_of(key, place, "patch_frames"),
                         b->patch_frames);
        ltr_frontend_write(w, &b->frontend);
        ltr_hearing_write(w, b);
        if (b->feature_version)
            ltr_store_number(w, "ltrec.feature_version", b->feature_version);
    }
    if (place == LTR_FUSION) {
        ltr_store_number(w, key_of(key, place, "branches"), b->fused);
        ltr_stack_write(w, b);
    }
    if (place == LTR_MLG)
        ltr_store_number(w, key_of(key, place, "from_head"),
                         (uint64_t)b->from_head);
    if (place == LTR_ARTIST)
        ltr_fame_write(w, b);
}

void ltr_branch_write(struct ltr_writer *w, size_t place,
                      const struct ltr_branch *b)
{
    char layers[LTR_MOST_LAYERS_TEXT], key[KEY];

    ltr_layers_print(&b->net, layers);
    ltr_store_text(w, key_of(key, place, "layers"), layers);
    ltr_store_number(w, key_of(key, place, "inputs"), b->net.n_in);
    ltr_store_real(w, key_of(key, place, "validation"), b->validation);
    ltr_training_write(w, place, &b->training);
    write_inputs(w, place, b);
    for (size_t i = 0; i < b->net.n_layers; i++) {
        const struct ltr_layer *l = &b->net.layers[i];
        size_t shape[3], n;

        if (!has_weights(l))
            continue;
        n = weight_shape(l, shape);
        ltr_store_tensor(w, layer_key(key, place, i, "weight"), LTR_F32, n,
                         shape, b->parameters + l->weights);
        ltr_store_tensor(w, layer_key(key, place, i, "bias"), LTR_F32, 1,
                         &l->n_out, b->parameters + l->bias);
    }
}

/* ---- Loading ------------------------------------------------------------ */

static int read_names(ltrec_context *ctx, const struct ltr_reader *r,
                      size_t place, struct ltr_names *names, ltrec_error *err)
{
    size_t bytes = LTR_ANY, ends = LTR_ANY;
    const void *text, *offsets;
    char key[KEY];
    int status;

    if (!ltr_store_has(r, key_of(key, place, "names")))
        return LTREC_OK;
    status = ltr_store_get(r, key, LTR_U8, 1, &bytes, &text, err);
    if (status == LTREC_OK)
        status = ltr_store_get(r, key_of(key, place, "name_offsets"), LTR_U64,
                               1, &ends, &offsets, err);
    if (status != LTREC_OK)
        return status;
    if (ends < 2 || ends > MOST_NAMES + 1)
        return ltr_fail(err, LTREC_ERR_FORMAT, "model: %zu name offsets",
                        ends);
    names->text = ltr_alloc(ctx, bytes + 1, 1);
    names->offsets = ltr_alloc(ctx, ends, sizeof *names->offsets);
    if (!names->text || !names->offsets)
        return ltr_fail(err, LTREC_ERR_MEMORY, "model: no memory");
    memcpy(names->text, text, bytes);
    memcpy(names->offsets, offsets, ends * sizeof *names->offsets);
    names->n = ends - 1;
    for (size_t i = 0; i < names->n; i++) {
        uint64_t from = names->offsets[i], to = names->offsets[i + 1];

        if (from >= to || to > bytes || names->text[to - 1] != '\0' ||
            strlen(names->text + from) != to - 1 - from)
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "model: %s, name %zu is malformed",
                            ltr_branch_names[place], i);
    }
    return names->offsets[0] == 0 && names->offsets[names->n] == bytes
               ? LTREC_OK
               : ltr_fail(err, LTREC_ERR_FORMAT,
                          "model: %s names do not fill their space",
                          ltr_branch_names[place]);
}

static int read_scales(const struct ltr_reader *r, size_t place,
                       struct ltr_branch *b, ltrec_error *err)
{
    const float *mean, *scale;
    char key[KEY];
    int status = ltr_store_get_floats(r, key_of(key, place, "mean"), 1,
                                      &b->n_scales, &mean, err);

    if (status == LTREC_OK)
        status = ltr_store_get_floats(r, key_of(key, place, "scale"), 1,
                                      &b->n_scales, &scale, err);
    if (status == LTREC_OK && b->n_scales > 0) {
        memcpy(b->mean, mean, b->n_scales * sizeof *mean);
        memcpy(b->scale, scale, b->n_scales * sizeof *scale);
    }
    return status;
}

static int find_parameters(const struct ltr_reader *r, size_t place, size_t i,
                           const struct ltr_layer *l, const float **weights,
                           const float **bias, ltrec_error *err)
{
    size_t shape[3], n = weight_shape(l, shape), count = l->n_out;
    char key[KEY];
    int status = ltr_store_get_floats(r, layer_key(key, place, i, "weight"), n,
                                      shape, weights, err);

    if (status == LTREC_OK)
        status = ltr_store_get_floats(r, layer_key(key, place, i, "bias"), 1,
                                      &count, bias, err);
    return status;
}

/*
 * With `into` NULL only look whether the file has them all: done before
 * anything is allocated for what the layers promise.
 */
static int read_parameters(const struct ltr_reader *r, size_t place,
                           const struct ltr_net *net, float *into,
                           ltrec_error *err)
{
    int status = LTREC_OK;

    for (size_t i = 0; i < net->n_layers && status == LTREC_OK; i++) {
        const struct ltr_layer *l = &net->layers[i];
        const float *weights, *bias;

        if (!has_weights(l))
            continue;
        status = find_parameters(r, place, i, l, &weights, &bias, err);
        if (status == LTREC_OK && into) {
            memcpy(into + l->weights, weights,
                   (l->bias - l->weights) * sizeof *weights);
            memcpy(into + l->bias, bias, l->n_out * sizeof *bias);
        }
    }
    return status;
}

/* Optional, like all that came with format 2. */
static int read_linear(ltrec_context *ctx, const struct ltr_reader *r,
                       size_t place, struct ltr_branch *b, ltrec_error *err)
{
    size_t shape[3], n = linear_shape(place, b, shape), count = 1;
    const float *weights;
    char key[KEY];
    int status;

    if (place == LTR_HEAD || !ltr_store_has(r, key_of(key, place, "linear")))
        return LTREC_OK;
    status = ltr_store_get_floats(r, key, n, shape, &weights, err);
    if (status != LTREC_OK)
        return status;
    for (size_t i = 0; i < n; i++) /* it is all in the file */
        count *= shape[i];
    b->linear = ltr_alloc(ctx, count, sizeof *b->linear);
    if (!b->linear)
        return ltr_fail(err, LTREC_ERR_MEMORY, "model: no memory");
    memcpy(b->linear, weights, count * sizeof *weights);
    return LTREC_OK;
}

static int read_extras(const struct ltr_reader *r, size_t place,
                       struct ltr_branch *b, ltrec_error *err)
{
    uint64_t number = 0;
    char key[KEY];
    int status = LTREC_OK;

    if (place == LTR_AUDIO) {
        status = ltr_store_find_number(r, key_of(key, place, "patch_frames"),
                                       1, LTR_MOST_PATCH, &number, err);
        b->patch_frames = (size_t)number;
        if (status == LTREC_OK)
            status = ltr_frontend_read(r, &b->frontend, err);
        if (status == LTREC_OK)
            status = ltr_hearing_read(r, b, err);
        if (status == LTREC_OK)
            status = ltr_store_find_number_or(r, "ltrec.feature_version", 0,
                                              &b->feature_version, err);
        if (status == LTREC_OK && b->frontend.bands != b->n_scales)
            status = ltr_fail(err, LTREC_ERR_FORMAT,
                              "model: %u bands, scales for %zu",
                              (unsigned)b->frontend.bands, b->n_scales);
    } else if (place == LTR_FUSION) {
        status = ltr_store_find_number(r, key_of(key, place, "branches"), 1,
                                       LTREC_BRANCH_FUSION - 1, &number, err);
        b->fused = (uint32_t)number;
        if (status == LTREC_OK)
            status = ltr_stack_read(r, b, err);
    } else if (place == LTR_MLG) {
        status = ltr_store_find_number(r, key_of(key, place, "from_head"), 0,
                                       1, &number, err);
        b->from_head = (int)number;
    } else if (place == LTR_ARTIST) {
        status = ltr_fame_read(r, b, err);
    }
    return status;
}

/* A fusion has scales when it has a linear path over all its inputs. */
static int count_scales(const struct ltr_reader *r, size_t place,
                        const struct ltr_net *net, size_t *n, ltrec_error *err)
{
    const float *mean;
    char key[KEY];

    *n = place == LTR_AUDIO ? net->n_in : place == LTR_MLG ? net->n_in / 2 : 0;
    if (place != LTR_FUSION || !ltr_store_has(r, key_of(key, place, "mean")))
        return LTREC_OK;
    *n = LTR_ANY;
    return ltr_store_get_floats(r, key, 1, n, &mean, err);
}

/* The network, all of whose parameters are there. */
static int read_net(const struct ltr_reader *r, size_t place,
                    struct ltr_net *net, ltrec_error *err)
{
    char key[KEY];
    const char *layers = ltr_store_find_text(r, key_of(key, place, "layers"));
    uint64_t n_in = 0;
    int status;

    if (!layers)
        return ltr_fail(err, LTREC_ERR_FORMAT, "model: no '%s'", key);
    status = ltr_store_find_number(r, key_of(key, place, "inputs"), 1, 65536,
                                   &n_in, err);
    if (status == LTREC_OK)
        status = ltr_layers_parse(layers, (size_t)n_in, net, err);
    return status == LTREC_OK ? read_parameters(r, place, net, NULL, err)
                              : status;
}

int ltr_branch_read(ltrec_context *ctx, const struct ltr_reader *r,
                    size_t place, struct ltr_branch **out, ltrec_error *err)
{
    struct ltr_branch *b;
    struct ltr_net net;
    size_t n_scales = 0;
    char key[KEY];
    int status = read_net(r, place, &net, err);

    if (status == LTREC_OK)
        status = count_scales(r, place, &net, &n_scales, err);
    if (status != LTREC_OK)
        return status;
    b = *out = ltr_branch_create(ctx, &net, n_scales);
    if (!b)
        return ltr_fail(err, LTREC_ERR_MEMORY, "model: no memory");
    status = ltr_store_find_real(r, key_of(key, place, "validation"), -DBL_MAX,
                                 DBL_MAX, &b->validation, err);
    if (status == LTREC_OK)
        status = ltr_training_read(r, place, &b->training, err);
    if (status == LTREC_OK && n_scales > 0)
        status = read_scales(r, place, b, err);
    if (status == LTREC_OK)
        status = read_names(ctx, r, place, &b->names, err);
    if (status == LTREC_OK)
        status = read_extras(r, place, b, err);
    if (status == LTREC_OK)
        status = read_linear(ctx, r, place, b, err);
    if (status == LTREC_OK)
        status = read_parameters(r, place, &net, b->parameters, err);
    return status;
}
