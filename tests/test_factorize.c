/*
 * test_factorize.c - from plays to factors, held against the equations
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "cf/interactions.h"
#include "failing_memory.h"
#include "kernel_sets.h"
#include "small_plays.h"

#define RANK 10 /* not a whole register */

static struct small_plays plays;
static ltrec_context *ctx;
static ltrec_interactions *x;
static ltrec_factorize_options o;
static ltrec_factors *users, *items;
static double losses[40];
static ltrec_factorize_report report;
static ltrec_error err;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    small_plays_draw(&plays);
    x = small_plays_finished(ctx, &plays);
    ltrec_factorize_options_init(&o, sizeof o);
    o.rank = RANK;
    o.epochs = 12;
    o.confidence = LTREC_CONFIDENCE_LOG;
    o.alpha0 = 0.3;
    report = (ltrec_factorize_report){
        .size = sizeof report, .losses = losses, .capacity = 40};
}

static void let_go(void)
{
    ltrec_factors_free(users);
    ltrec_factors_free(items);
    users = items = NULL;
}

static void teardown(void)
{
    let_go();
    ltrec_interactions_free(x);
    ltrec_context_free(ctx);
}

static void factorize(void)
{
    let_go();
    ck_assert_msg(ltrec_factorize(ctx, x, &o, &users, &items, &report, &err) ==
                      LTREC_OK,
                  "%s", err.message);
}

/* ---- The equations, said again ------------------------------------------ */

static double weight(float count)
{
    switch (o.confidence) {
    case LTREC_CONFIDENCE_CONSTANT:
        return o.alpha;
    case LTREC_CONFIDENCE_LINEAR:
        return o.alpha * (double)count;
    default:
        return o.alpha * log(1 + (double)count / o.epsilon);
    }
}

static double rho(size_t n, size_t others)
{
    return o.lambda * pow((double)n + o.alpha0 * (double)others, o.nu);
}

static double score(size_t user, size_t item)
{
    double sum = 0;

    for (size_t j = 0; j < RANK; j++)
        sum += (double)ltrec_factors_vectors(users)[user * RANK + j] *
               (double)ltrec_factors_vectors(items)[item * RANK + j];
    return sum;
}

static double square(const ltrec_factors *f, size_t row)
{
    double norm = (double)ltrec_factors_norms(f)[row];

    return norm * norm;
}

/* The count of a pair, or 0. */
static float count_of(size_t user, size_t item)
{
    const uint32_t *others;
    const float *counts;
    size_t n;

    ltrec_interactions_user_row(x, user, &n, &others, &counts);
    for (size_t i = 0; i < n; i++)
        if (others[i] == item)
            return counts[i];
    return 0;
}

/* Over each and every pair, without any identity. */
static double loss_in_full(void)
{
    size_t n_users = ltrec_factors_count(users);
    size_t n_items = ltrec_factors_count(items);
    double loss = 0;

    for (size_t u = 0; u < n_users; u++)
        for (size_t i = 0; i < n_items; i++) {
            float count = count_of(u, i);
            double s = score(u, i), w = count > 0 ? weight(count) : 0;
            double wanted = count > 0 && o.form == LTREC_LOSS_HU;

            loss += o.alpha0 * (s - wanted) * (s - wanted);
            loss += w * (s - 1) * (s - 1);
        }
    for (size_t u = 0; u < n_users; u++)
        loss += rho(ltrec_factors_plays(users)[u], n_items) * square(users, u);
    for (size_t i = 0; i < n_items; i++)
        loss += rho(ltrec_factors_plays(items)[i], n_users) * square(items, i);
    return loss;
}

/* The largest slope of the loss at any listener, over the largest vector. */
static double slope(void)
{
    size_t n_users = ltrec_factors_count(users);
    size_t n_items = ltrec_factors_count(items);
    double worst = 0, largest = 0;

    for (size_t u = 0; u < n_users; u++)
        for (size_t j = 0; j < RANK; j++) {
            double at = (double)ltrec_factors_vectors(users)[u * RANK + j];
            double g = rho(ltrec_factors_plays(users)[u], n_items) * at;

            for (size_t i = 0; i < n_items; i++) {
                float count = count_of(u, i);
                double y = (double)ltrec_factors_vectors(items)[i * RANK + j];
                double wanted = count > 0 && o.form == LTREC_LOSS_HU;

                g += o.alpha0 * (score(u, i) - wanted) * y;
                g += count > 0 ? weight(count) * (score(u, i) - 1) * y : 0;
            }
            worst = fmax(worst, fabs(g));
            largest = fmax(largest, fabs(at));
        }
    return worst / largest;
}

/* ---- Right answers ------------------------------------------------------ */

START_TEST(the_reported_loss_is_that_of_the_equation)
{
    o.form = _i % 2 ? LTREC_LOSS_HU : LTREC_LOSS_IALS;
    o.confidence = 1 + _i / 2;
    o.nu = _i == 5 ? 0.5 : 1;
    factorize();
    ck_assert_double_eq_tol(report.loss, loss_in_full(),
                            1e-5 * loss_in_full());
    ck_assert_uint_eq(report.n_epochs, o.epochs);
    ck_assert_double_eq(report.loss, losses[o.epochs - 1]);
}
END_TEST

START_TEST(an_exact_half_leaves_the_loss_without_slope)
{
    o.solver = LTREC_SOLVER_CHOLESKY;
    o.form = _i % 2 ? LTREC_LOSS_HU : LTREC_LOSS_IALS;
    o.confidence = 1 + _i / 2;
    factorize();
    ck_assert_double_lt(slope(), _i / 2 == 1 ? 2e-4 : 2e-5);
}
END_TEST

START_TEST(the_loss_goes_down_every_epoch)
{
    o.epochs = 30;
    factorize();
    for (size_t i = 1; i < o.epochs; i++)
        ck_assert_double_le(losses[i], losses[i - 1] * (1 + 1e-7));
}
END_TEST

START_TEST(conjugate_gradient_ends_where_cholesky_does)
{
    double exact;

    o.confidence = LTREC_CONFIDENCE_CONSTANT;
    o.epochs = 16;
    o.solver = LTREC_SOLVER_CHOLESKY;
    factorize();
    exact = report.loss;
    o.solver = LTREC_SOLVER_CG;
    factorize();
    ck_assert_double_eq_tol(report.loss, exact, 1e-3 * exact);
    o.cg_steps = RANK + 2; /* as many steps as dimensions solve exactly */
    factorize();
    ck_assert_double_eq_tol(report.loss, exact, 1e-5 * exact);
}
END_TEST

START_TEST(the_two_tastes_are_found)
{
    double within = 0, across = 0;

    factorize();
    for (size_t u = 0; u < SMALL_USERS; u++)
        for (size_t i = 0; i < SMALL_ITEMS; i++) {
            uint64_t item = (ltrec_factors_ids(items)[i] - 1000) / 7;
            /* The inverse of the odd number that spreads the ids. */
            uint64_t user = ltrec_factors_ids(users)[u] * 0xf1de83e19937733du;

            *(user % 2 == item % 2 ? &within : &across) += score(u, i);
        }
    ck_assert_double_gt(within, 1.5 * across);
}
END_TEST

START_TEST(rows_come_in_order_of_ids_with_plays_and_one_model_id)
{
    uint32_t total = 0;

    factorize();
    ck_assert_uint_eq(ltrec_factors_count(users),
                      ltrec_interactions_n_users(x));
    ck_assert_mem_eq(ltrec_factors_ids(items), ltrec_interactions_item_ids(x),
                     ltrec_factors_count(items) * sizeof(uint64_t));
    ck_assert_uint_eq(ltrec_factors_model_id(users),
                      ltrec_factors_model_id(items));
    for (size_t i = 0; i < ltrec_factors_count(items); i++)
        total += ltrec_factors_plays(items)[i];
    ck_assert_uint_eq(total, ltrec_interactions_n_pairs(x));
}
END_TEST

START_TEST(the_weight_of_unplayed_pairs_follows_the_plays)
{
    ltrec_factorize_options used;
    double sum = 0;

    o.alpha0 = 0;
    factorize();
    ltrec_factorize_options_init(&used, sizeof used);
    ck_assert_int_eq(ltrec_factorize_options_of(items, &used), LTREC_OK);
    for (size_t i = 0; i < x->n_pairs; i++)
        sum += weight(x->by_user.counts[i]);
    ck_assert_double_eq_tol(
        used.alpha0, 10 * sum / (double)(x->by_user.n * x->by_item.n), 1e-9);
    ck_assert_double_eq(used.lambda, o.lambda);
    ck_assert_int_eq(used.confidence, o.confidence);
}
END_TEST

/* ---- The prior ---------------------------------------------------------- */

/* A prior of two played items and two that nobody played. */
static ltrec_factors *make_prior(uint32_t rank)
{
    const uint64_t ids[] = {5, 1000, UINT64_MAX, 1007};
    float vectors[4 * RANK];
    ltrec_factors_options options;
    ltrec_factors *prior;

    ltrec_factors_options_init(&options, sizeof options);
    options.feature_version = 12;
    for (size_t i = 0; i < 4 * RANK; i++)
        vectors[i] = ltr_random_normal(9, 9, i);
    ck_assert_int_eq(ltrec_factors_create(ctx, 4, rank, ids, vectors, &options,
                                          &prior, NULL),
                     LTREC_OK);
    return prior;
}

START_TEST(items_nobody_played_come_out_as_foreseen_and_said_so)
{
    ltrec_factors *prior = make_prior(RANK);
    size_t n = ltrec_interactions_n_items(x);

    o.item_prior = prior;
    factorize();
    ck_assert_uint_eq(ltrec_factors_count(items), n + 2);
    ck_assert_uint_eq(report.n_unplayed, 2);
    ck_assert_uint_eq(ltrec_factors_feature_version(items), 12);
    ck_assert_uint_eq(ltrec_factors_feature_version(users), 0);
    ck_assert_uint_eq(ltrec_factors_ids(items)[0], 5);
    ck_assert_uint_eq(ltrec_factors_ids(items)[n + 1], UINT64_MAX);
    ck_assert_uint_eq(ltrec_factors_plays(items)[0], 0);
    ck_assert_uint_eq(ltrec_factors_plays(items)[n + 1], 0);
    ck_assert_mem_eq(ltrec_factors_vectors(items),
                     ltrec_factors_vectors(prior), RANK * sizeof(float));
    ck_assert_mem_eq(ltrec_factors_vectors(items) + (n + 1) * RANK,
                     ltrec_factors_vectors(prior) + 2 * RANK,
                     RANK * sizeof(float));
    ltrec_factors_free(prior);
}
END_TEST

START_TEST(a_strong_prior_holds_played_items_near_it)
{
    ltrec_factors *prior = make_prior(RANK);
    const float *found, *wanted;
    size_t row;

    o.item_prior = prior;
    o.lambda = 1e6;
    factorize();
    ck_assert_int_eq(ltrec_factors_find(items, 1007, &row), LTREC_OK);
    found = ltrec_factors_vectors(items) + row * RANK;
    wanted = ltrec_factors_vectors(prior) + 3 * RANK;
    for (size_t j = 0; j < RANK; j++)
        ck_assert_float_eq_tol(found[j], wanted[j], 1e-3f);
    ltrec_factors_free(prior);
}
END_TEST

/* ---- Variance ----------------------------------------------------------- */

/* The trace of the inverse of a[RANK][RANK], by elimination. */
static double inverse_trace(double a[RANK][2 * RANK])
{
    double trace = 0;

    for (size_t i = 0; i < RANK; i++) {
        double pivot = a[i][i];

        for (size_t j = 0; j < 2 * RANK; j++)
            a[i][j] /= pivot;
        for (size_t k = 0; k < RANK; k++) {
            double f = a[k][i];

            for (size_t j = 0; j < 2 * RANK && k != i; j++)
                a[k][j] -= f * a[i][j];
        }
    }
    for (size_t i = 0; i < RANK; i++)
        trace += a[i][RANK + i];
    return trace;
}

/* The equations of an item, from every listener. */
static double variance_in_full(size_t item)
{
    size_t n_users = ltrec_factors_count(users);
    double a[RANK][2 * RANK] = {{0}};
    double r = rho(ltrec_factors_plays(items)[item], n_users);

    for (size_t j = 0; j < RANK; j++) {
        a[j][j] = r;
        a[j][RANK + j] = 1;
    }
    for (size_t u = 0; u < n_users; u++) {
        const float *v = ltrec_factors_vectors(users) + u * RANK;
        float count = count_of(u, item);
        double w = o.alpha0 + (count > 0 ? weight(count) : 0);

        for (size_t i = 0; i < RANK; i++)
            for (size_t j = 0; j < RANK; j++)
                a[i][j] += w * (double)v[i] * (double)v[j];
    }
    return inverse_trace(a);
}

static double noise_in_full(void)
{
    size_t n_users = ltrec_factors_count(users);
    size_t n_items = ltrec_factors_count(items);
    double fit = loss_in_full(), all = 0;

    for (size_t u = 0; u < n_users; u++)
        fit -= rho(ltrec_factors_plays(users)[u], n_items) * square(users, u);
    for (size_t i = 0; i < n_items; i++)
        fit -= rho(ltrec_factors_plays(items)[i], n_users) * square(items, i);
    for (size_t u = 0; u < n_users; u++)
        for (size_t i = 0; i < n_items; i++) {
            float count = count_of(u, i);

            all += o.alpha0 + (count > 0 ? weight(count) : 0);
        }
    return fit / all;
}

START_TEST(variance_is_noise_times_the_inverse_of_the_equations)
{
    const float *variance;

    o.variance = 1;
    o.form = _i ? LTREC_LOSS_HU : LTREC_LOSS_IALS;
    factorize();
    variance = ltrec_factors_variance(items);
    ck_assert_ptr_nonnull(variance);
    ck_assert_ptr_null(ltrec_factors_variance(users));
    for (size_t i = 0; i < ltrec_factors_count(items); i++) {
        double wanted = noise_in_full() * variance_in_full(i);

        ck_assert_double_eq_tol((double)variance[i], wanted, 1e-3 * wanted);
    }
}
END_TEST

START_TEST(an_item_nobody_played_has_the_most_variance)
{
    ltrec_factors *prior = make_prior(RANK);
    const float *variance;

    o.variance = 1;
    o.item_prior = prior;
    o.confidence = LTREC_CONFIDENCE_CONSTANT;
    factorize();
    variance = ltrec_factors_variance(items);
    for (size_t i = 1; i + 1 < ltrec_factors_count(items); i++)
        ck_assert_float_lt(variance[i], variance[0]); /* id 5 */
    ltrec_factors_free(prior);
}
END_TEST

/* ---- The same bits ------------------------------------------------------ */

static void same_bits(const ltrec_factors *a, const ltrec_factors *b)
{
    ck_assert_uint_eq(ltrec_factors_count(a), ltrec_factors_count(b));
    ck_assert_mem_eq(ltrec_factors_vectors(a), ltrec_factors_vectors(b),
                     ltrec_factors_count(a) * RANK * sizeof(float));
}

START_TEST(threads_change_no_bit_with_any_kernels)
{
    o.variance = 1;
    for (int32_t set = 0; set < KERNEL_SETS; set++) {
        ltrec_factors *u1 = NULL, *i1 = NULL;
        double loss = 0;

        for (uint32_t threads = 1; threads <= 4; threads *= 2) {
            ltrec_context *with = context_with(set, threads);
            ltrec_factors *u, *i;

            if (!with)
                continue;
            ck_assert_int_eq(
                ltrec_factorize(with, x, &o, &u, &i, &report, &err), LTREC_OK);
            ltrec_context_free(with);
            if (threads == 1) {
                u1 = u;
                i1 = i;
                loss = report.loss;
                continue;
            }
            same_bits(u, u1);
            same_bits(i, i1);
            ck_assert_mem_eq(ltrec_factors_variance(i),
                             ltrec_factors_variance(i1),
                             ltrec_factors_count(i) * sizeof(float));
            ck_assert_double_eq(loss, report.loss);
            ltrec_factors_free(u);
            ltrec_factors_free(i);
        }
        ltrec_factors_free(u1);
        ltrec_factors_free(i1);
    }
}
END_TEST

START_TEST(kernels_agree_on_the_loss)
{
    double first = 0;

    for (int32_t set = LTREC_KERNELS_PORTABLE; set < KERNEL_SETS; set++) {
        ltrec_context *with = context_with(set, 1);

        if (!with)
            continue;
        ck_assert_int_eq(
            ltrec_factorize(with, x, &o, &users, &items, &report, &err),
            LTREC_OK);
        let_go();
        ltrec_context_free(with);
        if (set == LTREC_KERNELS_PORTABLE)
            first = report.loss;
        ck_assert_double_eq_tol(report.loss, first, 1e-4 * first);
    }
}
END_TEST

/* Three items that nearly all listeners played, and others that few did. */
static ltrec_interactions *make_long(ltrec_context *with, uint64_t n_users)
{
    ltrec_interactions *wide;

    ck_assert_int_eq(ltrec_interactions_create(with, NULL, &wide, NULL),
                     LTREC_OK);
    for (uint64_t user = 0; user < n_users; user++) {
        const uint64_t who[] = {user, user, user};
        const uint64_t what[] = {user % 3, (user + 1) % (4 + user % 2),
                                 10 + user % 50};
        const float counts[] = {1, 2, 1};

        ck_assert_int_eq(
            ltrec_interactions_add(wide, 3, who, what, counts, NULL),
            LTREC_OK);
    }
    ck_assert_int_eq(ltrec_interactions_finish(wide, NULL, NULL, NULL),
                     LTREC_OK);
    return wide;
}

/* Too long for the cache, and long enough to be split among threads. */
START_TEST(a_long_row_is_right_and_the_same_on_threads)
{
    uint64_t n_users = _i ? 120000 : 40000;
    double exact = 0;

    o.epochs = 2;
    o.cg_steps = 20;
    o.confidence = LTREC_CONFIDENCE_CONSTANT;
    for (uint32_t threads = 0; threads <= 4;
         threads += threads ? threads : 1) {
        ltrec_context *with = context_with(0, threads ? threads : 1);
        ltrec_interactions *wide = make_long(with, n_users);
        ltrec_factors *u, *i;

        o.solver = threads ? LTREC_SOLVER_CG : LTREC_SOLVER_CHOLESKY;
        ck_assert_int_eq(
            ltrec_factorize(with, wide, &o, &u, &i, &report, &err), LTREC_OK);
        if (threads == 0)
            exact = report.loss;
        ck_assert_double_eq_tol(report.loss, exact, 1e-4 * exact);
        if (threads == 1) {
            users = u;
            items = i;
        } else {
            if (threads > 1) {
                same_bits(u, users);
                same_bits(i, items);
            }
            ltrec_factors_free(u);
            ltrec_factors_free(i);
        }
        ltrec_interactions_free(wide);
        ltrec_context_free(with);
    }
}
END_TEST

START_TEST(a_seed_repeats_and_another_does_not)
{
    ltrec_factors *u, *i;

    factorize();
    ck_assert_int_eq(ltrec_factorize(ctx, x, &o, &u, &i, NULL, NULL),
                     LTREC_OK);
    same_bits(u, users);
    ltrec_factors_free(u);
    ltrec_factors_free(i);
    o.seed++;
    ck_assert_int_eq(ltrec_factorize(ctx, x, &o, &u, &i, NULL, NULL),
                     LTREC_OK);
    ck_assert_uint_ne(ltrec_factors_model_id(i),
                      ltrec_factors_model_id(items));
    ltrec_factors_free(u);
    ltrec_factors_free(i);
}
END_TEST

/* ---- Strange plays ------------------------------------------------------ */

static void replace_plays(size_t n, const uint64_t *who, const uint64_t *what,
                          const float *counts)
{
    ltrec_interactions_free(x);
    ltrec_interactions_create(ctx, NULL, &x, NULL);
    ck_assert_int_eq(ltrec_interactions_add(x, n, who, what, counts, NULL),
                     LTREC_OK);
    ltrec_interactions_finish(x, NULL, NULL, NULL);
}

static void is_sound(void)
{
    for (size_t u = 0; u < ltrec_factors_count(users); u++)
        for (size_t i = 0; i < ltrec_factors_count(items); i++)
            ck_assert(isfinite(score(u, i)));
    for (size_t i = 1; i < o.epochs; i++)
        ck_assert_double_le(losses[i], losses[i - 1] * (1 + 1e-6));
}

START_TEST(a_cell_of_2_to_the_32_plays_is_learned_like_any)
{
    const uint64_t who[] = {1, 1, 2, 2, 2}, what[] = {1, 2, 1, 2, 3};
    const float counts[] = {4294967296.0f, 1, 1, 3, 1};

    o.confidence = 1 + _i;
    replace_plays(5, who, what, counts);
    factorize();
    is_sound();
    ck_assert_double_gt(score(0, 0), 0.5);
}
END_TEST

START_TEST(a_rank_above_what_there_is_of_rows_solves_all_the_same)
{
    const uint64_t who[] = {1, 1, 2}, what[] = {1, 2, 1};
    const float counts[] = {1, 2, 3};

    o.solver = _i ? LTREC_SOLVER_CHOLESKY : LTREC_SOLVER_CG;
    o.variance = 1;
    replace_plays(3, who, what, counts);
    factorize();
    is_sound();
}
END_TEST

START_TEST(one_pair_alone_and_one_item_of_all_are_enough)
{
    uint64_t who[200], what[200] = {0};
    float counts[200];

    for (size_t i = 0; i < 200; i++) {
        who[i] = i;
        counts[i] = 1;
    }
    for (size_t n = 1; n <= 200; n += 199) {
        replace_plays(n, who, what, counts);
        factorize();
        is_sound();
        ck_assert_double_gt(score(0, 0), 0.5);
    }
}
END_TEST

/* ---- What is refused ---------------------------------------------------- */

static void refuse(int code, const char *words)
{
    ck_assert_int_eq(ltrec_factorize(ctx, x, &o, &users, &items, NULL, &err),
                     code);
    ck_assert_ptr_null(users);
    ck_assert_ptr_null(items);
    ck_assert_msg(strstr(err.message, words), "%s", err.message);
}

#define REFUSE(field, value, words) \
    do { \
        ltrec_factorize_options before = o; \
        o.field = value; \
        refuse(LTREC_ERR_ARGUMENT, words); \
        o = before; \
    } while (0)

START_TEST(options_outside_their_range_are_refused_by_name)
{
    REFUSE(rank, 0, "rank");
    REFUSE(rank, 4097, "rank");
    REFUSE(epochs, 0, "epochs");
    REFUSE(form, 3, "form");
    REFUSE(confidence, 0, "confidence");
    REFUSE(solver, 9, "solver");
    REFUSE(cg_steps, 0, "cg_steps");
    REFUSE(lambda, 0, "lambda");
    REFUSE(lambda, NAN, "lambda");
    REFUSE(alpha0, -1, "alpha0");
    REFUSE(alpha, INFINITY, "alpha");
    REFUSE(epsilon, 0, "epsilon");
    REFUSE(nu, 1.5, "nu");
    REFUSE(init_scale, 0, "init_scale");
}
END_TEST

START_TEST(a_prior_of_another_rank_is_refused)
{
    ltrec_factors *prior = make_prior(RANK - 1);

    REFUSE(item_prior, prior, "rank 9");
    ltrec_factors_free(prior);
}
END_TEST

START_TEST(counts_that_overflow_are_reported_not_passed_on)
{
    const uint64_t id = 1000;
    const float huge = 3e38f;

    ltrec_interactions_free(x);
    ltrec_interactions_create(ctx, NULL, &x, NULL);
    ltrec_interactions_add(x, 1, &id, &id, &huge, NULL);
    ltrec_interactions_finish(x, NULL, NULL, NULL);
    o.confidence = LTREC_CONFIDENCE_LINEAR;
    o.alpha = 1e30;
    refuse(LTREC_ERR_ARGUMENT, "overflow");
    o.alpha = 1e-16; /* squared, it still is too much */
    refuse(LTREC_ERR_ARGUMENT, "overflow");
    o.confidence = LTREC_CONFIDENCE_CONSTANT;
    o.lambda = 1e300;
    refuse(LTREC_ERR_ARGUMENT, "overflow");
}
END_TEST

START_TEST(plays_that_are_not_finished_or_not_there_are_refused)
{
    ltrec_interactions_free(x);
    ltrec_interactions_create(ctx, NULL, &x, NULL);
    refuse(LTREC_ERR_STATE, "not finished");
    ltrec_interactions_finish(x, NULL, NULL, NULL);
    refuse(LTREC_ERR_ARGUMENT, "nobody");
}
END_TEST

START_TEST(a_report_without_a_size_is_refused)
{
    report.size = 0;
    ck_assert_int_eq(
        ltrec_factorize(ctx, x, &o, &users, &items, &report, &err),
        LTREC_ERR_ARGUMENT);
}
END_TEST

/* ---- Going wrong on the way --------------------------------------------- */

struct watch {
    long left; /* calls until it says stop */
    uint64_t last, total;
};

static int watch(void *user, uint64_t done, uint64_t total)
{
    struct watch *w = user;

    ck_assert_uint_ge(done, w->last);
    ck_assert_uint_le(done, total);
    w->last = done;
    w->total = total;
    return w->left-- == 0;
}

START_TEST(progress_goes_to_the_end_and_can_stop_it_anywhere)
{
    struct watch w = {.left = -1};
    int status = LTREC_ERR_CANCELLED;

    o.epochs = 2;
    o.variance = 1;
    o.progress = watch;
    o.user = &w;
    factorize();
    ck_assert_uint_eq(w.last, w.total);
    let_go();
    for (long i = 0; status != LTREC_OK; i++) {
        w = (struct watch){.left = i};
        status = ltrec_factorize(ctx, x, &o, &users, &items, &report, &err);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_CANCELLED);
        ck_assert(status == LTREC_OK || (!users && !items));
    }
}
END_TEST

START_TEST(running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    ltrec_factors *prior = make_prior(RANK);
    int status = LTREC_ERR_MEMORY;

    o.item_prior = prior;
    o.epochs = 1;
    o.variance = 1;
    o.solver = _i ? LTREC_SOLVER_CHOLESKY : LTREC_SOLVER_CG;
    for (long i = 0; status != LTREC_OK; i++) {
        struct failing_memory memory = {.until_failure = -1};
        ltrec_context *with;
        ltrec_factors *u, *v;

        ck_assert_int_eq(failing_context(&memory, &with), LTREC_OK);
        memory.until_failure = i;
        status = ltrec_factorize(with, x, &o, &u, &v, &report, &err);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        ck_assert(status == LTREC_OK || (!u && !v));
        ltrec_factors_free(u);
        ltrec_factors_free(v);
        ltrec_context_free(with);
        ck_assert_int_eq(memory.live, 0);
    }
    ltrec_factors_free(prior);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, the_reported_loss_is_that_of_the_equation, 0,
                        6);
    tcase_add_loop_test(tests, an_exact_half_leaves_the_loss_without_slope, 0,
                        6);
    tcase_add_test(tests, the_loss_goes_down_every_epoch);
    tcase_add_test(tests, conjugate_gradient_ends_where_cholesky_does);
    tcase_add_test(tests, the_two_tastes_are_found);
    tcase_add_test(tests,
                   rows_come_in_order_of_ids_with_plays_and_one_model_id);
    tcase_add_test(tests, the_weight_of_unplayed_pairs_follows_the_plays);
    tcase_add_test(tests,
                   items_nobody_played_come_out_as_foreseen_and_said_so);
    tcase_add_test(tests, a_strong_prior_holds_played_items_near_it);
    tcase_add_loop_test(
        tests, variance_is_noise_times_the_inverse_of_the_equations, 0, 2);
    tcase_add_test(tests, an_item_nobody_played_has_the_most_variance);
    tcase_add_test(tests, threads_change_no_bit_with_any_kernels);
    tcase_add_test(tests, kernels_agree_on_the_loss);
    tcase_add_loop_test(tests, a_long_row_is_right_and_the_same_on_threads, 0,
                        2);
    tcase_add_test(tests, a_seed_repeats_and_another_does_not);
    tcase_add_loop_test(tests, a_cell_of_2_to_the_32_plays_is_learned_like_any,
                        0, 3);
    tcase_add_loop_test(
        tests, a_rank_above_what_there_is_of_rows_solves_all_the_same, 0, 2);
    tcase_add_test(tests, one_pair_alone_and_one_item_of_all_are_enough);
    tcase_add_test(tests, options_outside_their_range_are_refused_by_name);
    tcase_add_test(tests, a_prior_of_another_rank_is_refused);
    tcase_add_test(tests, counts_that_overflow_are_reported_not_passed_on);
    tcase_add_test(tests,
                   plays_that_are_not_finished_or_not_there_are_refused);
    tcase_add_test(tests, a_report_without_a_size_is_refused);
    tcase_add_test(tests, progress_goes_to_the_end_and_can_stop_it_anywhere);
    tcase_add_loop_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing, 0,
        2);
}

int main(void)
{
    return check_run("factorize", add_tests);
}
