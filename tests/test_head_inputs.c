/*
 * test_head_inputs.c - inputs of a head, made alike to be learnt from
 */
#include "check_run.h"

#include <math.h>

#include "nn/layers.h"
#include "small_model.h"
#include "train/listening.h"

#define ROWS 40
#define LEARNT 30
#define MORE 6 /* columns of the second kind */

static ltrec_context *ctx;
static ltrec_model *model;
static ltrec_train_options options;
static struct ltr_lesson lesson;
static struct ltr_sample sample = {.n = ROWS, .n_train = LEARNT};
static struct ltr_matrix raw;

/* Of columns far from zero and of many sizes one never changes, and one only
 * once. */
static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    model = small_model(ctx);
    ltrec_train_options_init(&options, sizeof options);
    lesson =
        (struct ltr_lesson){.ctx = ctx, .base = model, .options = &options};
    ck_assert_int_eq(
        ltr_matrix_create(
            ctx, ROWS, ltr_net_pooled(&model->branches[LTR_AUDIO]->net) + MORE,
            &raw),
        LTREC_OK);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < raw.width; j++)
            raw.rows[i * raw.width + j] =
                j == 0   ? 3
                : j == 1 ? (float)(i == 4)
                         : 7 + (float)j * ltr_random_normal(1, j, i);
}

static void teardown(void)
{
    ltr_free(ctx, raw.rows);
    ltrec_model_free(model);
    ltrec_context_free(ctx);
}

static struct ltr_matrix copy_of(const struct ltr_matrix *m)
{
    struct ltr_matrix copy;

    ck_assert_int_eq(ltr_matrix_create(ctx, m->n, m->width, &copy), LTREC_OK);
    memcpy(copy.rows, m->rows, m->n * m->width * sizeof *m->rows);
    return copy;
}

/* [raw.width] of the rows that are learnt from. */
static void moments(const struct ltr_matrix *m, size_t j, double *mean,
                    double *variance)
{
    double sum = 0, squares = 0;

    for (size_t i = 0; i < LEARNT; i++) {
        double x = (double)m->rows[i * m->width + j];

        sum += x / LEARNT;
        squares += x * x / LEARNT;
    }
    *mean = sum;
    *variance = squares - sum * sum;
}

START_TEST(columns_are_centred_and_of_one_size)
{
    size_t kinds[] = {0, raw.width - MORE, raw.width};
    struct ltr_matrix m = copy_of(&raw);
    struct ltr_alike alike;

    ck_assert_int_eq(ltr_alike_make(&lesson, &sample, &m, &alike), LTREC_OK);
    for (size_t kind = 0; kind < 2; kind++) {
        double total = 0, mean, variance, was;

        for (size_t j = kinds[kind]; j < kinds[kind + 1]; j++) {
            moments(&raw, j, &mean, &was);
            total += was / (double)(kinds[kind + 1] - kinds[kind]);
        }
        for (size_t j = kinds[kind]; j < kinds[kind + 1]; j++) {
            moments(&raw, j, &mean, &was);
            moments(&m, j, &mean, &variance);
            ck_assert_double_eq_tol(mean, 0, 1e-5);
            ck_assert_double_eq_tol(variance, was / (was + total / 10), 1e-4);
        }
    }
    ltr_alike_free(ctx, &alike);
    ltr_free(ctx, m.rows);
}
END_TEST

START_TEST(rows_that_are_kept_back_say_nothing)
{
    struct ltr_matrix a = copy_of(&raw), b = copy_of(&raw);
    struct ltr_alike one, other;
    size_t bytes = raw.width * sizeof(float);

    b.rows[LEARNT * b.width + 5] = 1e6f;
    ck_assert_int_eq(ltr_alike_make(&lesson, &sample, &a, &one), LTREC_OK);
    ck_assert_int_eq(ltr_alike_make(&lesson, &sample, &b, &other), LTREC_OK);
    ck_assert_mem_eq(one.mean, other.mean, bytes);
    ck_assert_mem_eq(one.scale, other.scale, bytes);
    b.rows[5] = 1e6f; /* which is learnt from */
    ltr_alike_free(ctx, &other);
    ck_assert_int_eq(ltr_alike_make(&lesson, &sample, &b, &other), LTREC_OK);
    ck_assert_mem_ne(one.mean, other.mean, bytes);
    ltr_alike_free(ctx, &one);
    ltr_alike_free(ctx, &other);
    ltr_free(ctx, a.rows);
    ltr_free(ctx, b.rows);
}
END_TEST

static void answer(const struct ltr_branch *head, const struct ltr_matrix *m,
                   float *out)
{
    struct ltr_pass *pass;

    ck_assert_int_eq(ltr_pass_create(ctx, &head->net, ROWS, 1, 0,
                                     LTREC_PRECISION_FLOAT32, &pass),
                     LTREC_OK);
    for (size_t i = 0; i < ROWS; i++)
        memcpy(ltr_pass_input(pass, i), m->rows + i * m->width,
               m->width * sizeof(float));
    memcpy(out, ltr_pass_forward(pass, head->parameters, ROWS, NULL, NULL),
           ROWS * head->net.n_out * sizeof *out);
    ltr_pass_free(pass);
}

START_TEST(a_head_answers_the_same_to_inputs_as_they_are)
{
    struct ltr_branch *head =
        small_branch(ctx, LTR_HEAD, "dense 9, relu, dense 3", raw.width, 0);
    struct ltr_matrix m = copy_of(&raw);
    float wanted[ROWS * 3], unfolded[ROWS * 3], out[ROWS * 3];
    struct ltr_alike alike;
    double apart = 0;

    ck_assert_int_eq(ltr_alike_make(&lesson, &sample, &m, &alike), LTREC_OK);
    answer(head, &m, wanted);
    answer(head, &raw, unfolded);
    ltr_alike_fold(&alike, head);
    answer(head, &raw, out);
    for (size_t i = 0; i < ROWS * 3; i++) {
        ck_assert_double_eq_tol((double)out[i], (double)wanted[i], 1e-4);
        apart = fmax(apart, fabs((double)(unfolded[i] - wanted[i])));
    }
    ck_assert_double_gt(apart, 1);
    ltr_alike_free(ctx, &alike);
    ltr_branch_unref(head);
    ltr_free(ctx, m.rows);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, columns_are_centred_and_of_one_size);
    tcase_add_test(tests, rows_that_are_kept_back_say_nothing);
    tcase_add_test(tests, a_head_answers_the_same_to_inputs_as_they_are);
}

int main(void)
{
    return check_run("head inputs", add_tests);
}
