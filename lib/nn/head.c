/*
 * head.c - dense layers over a batch
 */
#include <string.h>

#include "base/context.h"
#include "base/pool.h"
#include "nn/layers.h"
#include "nn/pass_parts.h"

#define PANEL 128   /* units a task of a prediction */
#define PIECE 16384 /* values a task of rectifier or dropout; of 4 */
#define COLUMNS 256 /* biases a task */
#define ROWS 16     /* samples a prediction's weights meet at a time */

static size_t pieces_of(size_t n, size_t each)
{
    return (n + each - 1) / each;
}

/* How many of n are left for piece i. */
static size_t piece_of(size_t i, size_t each, size_t n)
{
    return n - i * each < each ? n - i * each : each;
}

/* ---- Forward ------------------------------------------------------------ */

void ltr_head_pack(struct ltr_pass *pass)
{
    for (size_t i = pass->net->n_trunk; i < pass->net->n_layers; i++) {
        const struct ltr_layer *l = &pass->net->layers[i];

        if (pass->packed[i])
            ltr_pack(pass->packs, l->n_out, l->n_in,
                     ltr_along(pass->parameters + l->weights, l->n_in),
                     pass->packed[i]);
    }
}

/* Is layer i a dense one that is made as a product of matrices? */
static int is_product(const struct ltr_pass *pass, size_t i)
{
    return pass->net->layers[i].kind == LTR_DENSE &&
           (pass->training ||
            (pass->packed[i] && pass->held == pass->parameters));
}

/* Is the layer a rectifier that the product before it takes care of? */
static int is_done(const struct ltr_pass *pass, size_t i)
{
    return i > pass->net->n_trunk && i < pass->net->n_layers &&
           pass->net->layers[i].kind == LTR_RELU && is_product(pass, i - 1);
}

/* Did a rectifier or dropout see the values that enter layer i? */
static int has_zeros(const struct ltr_pass *pass, size_t i)
{
    return i > pass->net->n_trunk &&
           ltr_works_in_place(&pass->net->layers[i - 1]);
}

static void dense_forward(struct ltr_pass *pass, size_t i)
{
    const struct ltr_layer *l = &pass->net->layers[i];
    struct ltr_product p = ltr_pass_product(pass, pass->n, l->n_out, l->n_in);
    struct ltr_finish finish = {pass->value[i + 1], l->n_out,
                                pass->parameters + l->bias,
                                is_done(pass, i + 1)};

    p.a = ltr_along(pass->value[i], l->n_in);
    p.b = ltr_along(pass->parameters + l->weights, l->n_in);
    p.packed = pass->packed[i];
    p.out = finish.y;
    p.stride = l->n_out;
    p.sparse = has_zeros(pass, i);
    p.finish = ltr_pass_finish;
    p.arg = &finish;
    ltr_multiply(pass->packs, &p);
}

/* y[0], y[stride] and so on = bias + weights * each of x[n][n_in]. */
static void unit_predict(const struct ltr_kernels *kernels, float bias,
                         const float *weights, const float *x, size_t n,
                         size_t n_in, float *y, size_t stride)
{
    float dots[ROWS];

    for (size_t i = 0; i < n; i += ROWS) {
        size_t rows = n - i < ROWS ? n - i : ROWS;

        kernels->dot_rows(dots, x + i * n_in, rows, weights, n_in);
        for (size_t j = 0; j < rows; j++)
            y[(i + j) * stride] = bias + dots[j];
    }
}

/*
 * One weight row at a time against every sample.  A product of matrices packs
 * the weights first, which for the few rows of a prediction costs more than
 * the product itself; this way they are read once, as they lie.
 */
static void dense_predict(void *arg, size_t panel, size_t worker)
{
    struct ltr_share *share = arg;
    struct ltr_pass *pass = share->pass;
    const struct ltr_layer *l = &pass->net->layers[share->layer];
    const float *weights = pass->parameters + l->weights;
    const float *bias = pass->parameters + l->bias;
    const float *x = pass->value[share->layer];
    float *y = pass->value[share->layer + 1];
    size_t first = panel * PANEL;

    for (size_t unit = first; unit < first + piece_of(panel, PANEL, l->n_out);
         unit++)
        unit_predict(pass->kernels, bias[unit], weights + unit * l->n_in, x,
                     pass->n, l->n_in, y + unit, l->n_out);
    ltr_pass_tick(pass, worker);
}

static void piece_forward(void *arg, size_t piece, size_t worker)
{
    struct ltr_share *share = arg;
    struct ltr_pass *pass = share->pass;
    const struct ltr_layer *l = &pass->net->layers[share->layer];
    size_t n = piece_of(piece, PIECE, pass->n * l->n_in);
    float *x = pass->value[share->layer] + piece * PIECE;

    if (l->kind == LTR_RELU)
        ltr_relu_forward(x, n);
    else
        ltr_pass_drop(pass, share->layer, x, n, piece * PIECE);
    ltr_pass_tick(pass, worker);
}

void ltr_head_forward(struct ltr_pass *pass)
{
    for (size_t i = pass->net->n_trunk; i < pass->net->n_layers; i++) {
        const struct ltr_layer *l = &pass->net->layers[i];
        struct ltr_share share = {pass, i};

        if (is_product(pass, i))
            dense_forward(pass, i);
        else if (l->kind == LTR_DENSE)
            ltr_parallel(pass->ctx, pieces_of(l->n_out, PANEL), dense_predict,
                         &share);
        else if (!is_done(pass, i) && (l->kind == LTR_RELU || pass->noise))
            ltr_parallel(pass->ctx, pieces_of(pass->n * l->n_in, PIECE),
                         piece_forward, &share);
    }
}

/* ---- Backward ----------------------------------------------------------- */

static void bias_gradient(void *arg, size_t piece, size_t worker)
{
    struct ltr_share *share = arg;
    struct ltr_pass *pass = share->pass;
    const struct ltr_layer *l = &pass->net->layers[share->layer];
    size_t n = piece_of(piece, COLUMNS, l->n_out);
    float *d_bias = pass->gradient + l->bias + piece * COLUMNS;
    const float *d_y = pass->d_value[share->layer + 1] + piece * COLUMNS;

    (void)worker;
    memset(d_bias, 0, n * sizeof *d_bias);
    for (size_t s = 0; s < pass->n; s++)
        for (size_t j = 0; j < n; j++)
            d_bias[j] += d_y[s * l->n_out + j];
}

static void dense_backward(struct ltr_pass *pass, size_t i)
{
    const struct ltr_layer *l = &pass->net->layers[i];
    struct ltr_share share = {pass, i};
    struct ltr_product p = ltr_pass_product(pass, l->n_out, l->n_in, pass->n);

    ltr_parallel(pass->ctx, pieces_of(l->n_out, COLUMNS), bias_gradient,
                 &share);
    p.a = ltr_across(pass->d_value[i + 1], l->n_out);
    p.b = ltr_across(pass->value[i], l->n_in);
    p.out = pass->gradient + l->weights;
    p.stride = l->n_in;
    p.sparse = i + 1 < pass->net->n_layers && has_zeros(pass, i + 2);
    ltr_multiply(pass->packs, &p);
    if (!ltr_has_weights_before(pass->net, i))
        return;
    p = ltr_pass_product(pass, pass->n, l->n_in, l->n_out);
    p.a = ltr_along(pass->d_value[i + 1], l->n_out);
    p.b = ltr_across(pass->parameters + l->weights, l->n_in);
    p.out = pass->d_value[i];
    p.stride = l->n_in;
    p.sparse = i + 1 < pass->net->n_layers && has_zeros(pass, i + 2);
    ltr_multiply(pass->packs, &p);
}

static void piece_backward(void *arg, size_t piece, size_t worker)
{
    struct ltr_share *share = arg;
    struct ltr_pass *pass = share->pass;
    const struct ltr_layer *l = &pass->net->layers[share->layer];
    size_t n = piece_of(piece, PIECE, pass->n * l->n_in);
    const float *x = pass->value[share->layer] + piece * PIECE;
    float *d_x = pass->d_value[share->layer] + piece * PIECE;

    if (l->kind == LTR_RELU)
        ltr_relu_backward(x, d_x, n);
    else
        ltr_dropout_backward(x, d_x, n, l->rate);
    ltr_pass_tick(pass, worker);
}

void ltr_head_backward(struct ltr_pass *pass)
{
    for (size_t i = pass->net->n_layers; i-- > pass->net->n_trunk;) {
        const struct ltr_layer *l = &pass->net->layers[i];
        struct ltr_share share = {pass, i};

        if (l->kind == LTR_DENSE)
            dense_backward(pass, i);
        else if (ltr_has_weights_before(pass->net, i) &&
                 (l->kind == LTR_RELU || pass->noise))
            ltr_parallel(pass->ctx, pieces_of(pass->n * l->n_in, PIECE),
                         piece_backward, &share);
    }
}
