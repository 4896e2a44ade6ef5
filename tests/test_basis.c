/*
 * test_basis.c - the axes in which what rows share is diagonal
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/random.h"
#include "cf/als_basis.h"
#include "cf/sweep.h"
#include "kernel_sets.h"
#include "math/product.h"

#define RANK 48
#define USED 43
#define USERS 500 /* more than one task */
#define ITEMS 7

struct lab {
    ltrec_context *ctx;
    struct ltr_side users, items;
    struct ltr_sweep sweep;
    struct ltr_steps steps;
};

static float users[USERS * RANK], items[ITEMS * RANK];
static float priors[2 * ITEMS * RANK];
static uint64_t user_starts[USERS + 1], item_starts[ITEMS + 1];
static const struct ltr_pairs user_pairs = {.n = USERS, .starts = user_starts};
static const struct ltr_pairs item_pairs = {.n = ITEMS, .starts = item_starts};

static void fill(float *at, size_t n, uint64_t stream, double decay)
{
    for (size_t row = 0; row < n; row++)
        for (size_t i = 0; i < RANK; i++)
            at[row * RANK + i] =
                i < USED ? ltr_random_normal(1, stream, row * RANK + i) *
                               (float)pow(decay, (double)i)
                         : 0;
}

static struct lab begin(int32_t set, uint32_t threads, double decay)
{
    struct lab lab = {
        .ctx = context_with(set, threads),
        .users = {.pairs = &user_pairs, .vectors = users},
        .items = {.pairs = &item_pairs,
                  .vectors = items,
                  .priors = priors,
                  .priors_turned = priors + ITEMS * RANK},
    };

    if (!lab.ctx)
        return lab;
    fill(users, USERS, 1, decay);
    fill(items, ITEMS, 2, 1);
    fill(priors, ITEMS, 3, 1);
    for (size_t i = 0; i < USERS; i++)
        user_starts[i + 1] = user_starts[i] + i % 5;
    for (size_t i = 0; i < ITEMS; i++)
        item_starts[i + 1] = item_starts[i] + i;
    lab.sweep = (struct ltr_sweep){
        .ctx = lab.ctx,
        .recipe = {.lambda = 0.1, .nu = 1, .alpha0 = 0.3, .mean = 1},
        .rank = RANK,
        .used = USED,
        .n_steps = 2,
    };
    ck_assert_int_eq(
        ltr_packs_create(lab.ctx, LTREC_PRECISION_FLOAT32, &lab.sweep.packs),
        LTREC_OK);
    ck_assert_int_eq(
        ltr_gram_init(lab.ctx, lab.sweep.packs, RANK, &lab.sweep.gram),
        LTREC_OK);
    ck_assert_int_eq(ltr_basis_init(&lab.sweep), LTREC_OK);
    return lab;
}

static void end(struct lab *lab)
{
    ltr_gram_free(&lab->sweep.gram);
    ltr_basis_free(&lab->sweep);
    ltr_packs_free(lab->sweep.packs);
    ltrec_context_free(lab->ctx);
}

static int enter(struct lab *lab, const struct ltr_side *side,
                 const struct ltr_side *other)
{
    lab->sweep.side = side;
    lab->sweep.other = other;
    ck_assert_int_eq(ltr_gram_compute(&lab->sweep.gram, other->vectors,
                                      other->pairs->n, NULL, &lab->steps),
                     LTREC_OK);
    return ltr_basis_enter(&lab->sweep, &lab->steps);
}

static double dot(const float *a, const float *b)
{
    double sum = 0;

    for (size_t i = 0; i < RANK; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* alpha0 times the Gramian of the turned is what the basis says it is. */
static void is_diagonal(const struct lab *lab, const struct ltr_side *side)
{
    const float *shared = lab->sweep.basis.shared;
    double most = 0;

    for (size_t i = 0; i < RANK; i++)
        most = fmax(most, (double)shared[i]);
    for (size_t i = 0; i < RANK; i++)
        for (size_t j = 0; j < RANK; j++) {
            double sum = 0;

            for (size_t row = 0; row < side->pairs->n; row++)
                sum += 0.3 * (double)side->vectors[row * RANK + i] *
                       (double)side->vectors[row * RANK + j];
            ck_assert_double_eq_tol(sum, i == j ? (double)shared[i] : 0,
                                    1e-5 * most + 1e-30);
        }
}

START_TEST(what_rows_share_is_diagonal_and_products_stay_what_they_were)
{
    for (int32_t set = 0; set < KERNEL_SETS; set++) {
        struct lab lab = begin(set, 2, 0.9);
        double before[ITEMS], with_prior[ITEMS];

        if (!lab.ctx)
            continue;
        for (size_t i = 0; i < ITEMS; i++) {
            before[i] = dot(users + 60 * i * RANK, items + i * RANK);
            with_prior[i] = dot(users + 60 * i * RANK, priors + i * RANK);
        }
        ck_assert_int_eq(enter(&lab, &lab.items, &lab.users), LTREC_OK);
        is_diagonal(&lab, &lab.users);
        ck_assert_int_eq(enter(&lab, &lab.users, &lab.items), LTREC_OK);
        is_diagonal(&lab, &lab.items);
        ck_assert_int_eq(enter(&lab, &lab.items, &lab.users), LTREC_OK);
        for (size_t i = 0; i < ITEMS; i++) {
            const float *user = users + 60 * i * RANK;

            ck_assert_double_eq_tol(dot(user, items + i * RANK), before[i],
                                    1e-4);
            ck_assert_double_eq_tol(
                dot(user, lab.items.priors_turned + i * RANK), with_prior[i],
                1e-4);
        }
        end(&lab);
    }
}
END_TEST

START_TEST(leaving_turns_everything_back_and_padding_stays_zero)
{
    static float was[USERS * RANK];
    struct lab lab = begin(0, 1, 0.9);

    memcpy(was, users, sizeof was);
    ck_assert_int_eq(enter(&lab, &lab.items, &lab.users), LTREC_OK);
    ck_assert_int_eq(enter(&lab, &lab.users, &lab.items), LTREC_OK);
    for (size_t row = 0; row < USERS; row++)
        for (size_t i = USED; i < RANK; i++)
            ck_assert(users[row * RANK + i] == 0);
    ck_assert_int_eq(
        ltr_basis_leave(&lab.sweep, &lab.users, &lab.items, &lab.steps),
        LTREC_OK);
    for (size_t i = 0; i < USERS * RANK; i++)
        ck_assert_float_eq_tol(users[i], was[i], 1e-5f);
    memcpy(was, users, sizeof was);
    ltr_basis_leave(&lab.sweep, &lab.users, &lab.items, &lab.steps);
    ck_assert_mem_eq(users, was, sizeof was);
    end(&lab);
}
END_TEST

START_TEST(the_typical_pair_is_the_mean_over_pairs)
{
    struct lab lab = begin(0, 1, 0.9);
    const float *typical = lab.sweep.basis.typical;

    ck_assert_int_eq(enter(&lab, &lab.items, &lab.users), LTREC_OK);
    for (size_t i = 0; i < RANK; i++) {
        double sum = 0;

        for (size_t row = 0; row < USERS; row++)
            sum += (double)(row % 5) * (double)users[row * RANK + i] *
                   (double)users[row * RANK + i];
        ck_assert_double_eq_tol((double)typical[i],
                                sum / (double)user_starts[USERS], 1e-5);
    }
    end(&lab);
}
END_TEST

/* Ranks that vectors do not fill, and vectors that are nothing at all. */
START_TEST(what_has_no_extent_has_axes_too)
{
    for (int i = 0; i < 2; i++) {
        struct lab lab = begin(0, 1, i ? 0 : 0.1);

        if (i)
            memset(users, 0, sizeof users);
        ck_assert_int_eq(enter(&lab, &lab.items, &lab.users), LTREC_OK);
        is_diagonal(&lab, &lab.users);
        for (size_t j = 0; j < ITEMS * RANK; j++)
            ck_assert(isfinite(items[j]));
        end(&lab);
    }
}
END_TEST

static int stop(void *user, uint64_t done, uint64_t total)
{
    (void)user;
    (void)done;
    (void)total;
    return 1;
}

START_TEST(it_can_be_cancelled)
{
    struct lab lab = begin(0, 1, 0.9);

    ck_assert_int_eq(
        ltr_gram_compute(&lab.sweep.gram, users, USERS, NULL, &lab.steps),
        LTREC_OK);
    lab.sweep.side = &lab.items;
    lab.sweep.other = &lab.users;
    lab.steps.progress = stop;
    ck_assert_int_eq(ltr_basis_enter(&lab.sweep, &lab.steps),
                     LTREC_ERR_CANCELLED);
    lab.steps.progress = NULL;
    ck_assert_int_eq(ltr_basis_enter(&lab.sweep, &lab.steps), LTREC_OK);
    lab.steps.progress = stop;
    ck_assert_int_eq(
        ltr_basis_leave(&lab.sweep, &lab.users, &lab.items, &lab.steps),
        LTREC_ERR_CANCELLED);
    end(&lab);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(
        tests, what_rows_share_is_diagonal_and_products_stay_what_they_were);
    tcase_add_test(tests,
                   leaving_turns_everything_back_and_padding_stays_zero);
    tcase_add_test(tests, the_typical_pair_is_the_mean_over_pairs);
    tcase_add_test(tests, what_has_no_extent_has_axes_too);
    tcase_add_test(tests, it_can_be_cancelled);
}

int main(void)
{
    return check_run("basis", add_tests);
}
