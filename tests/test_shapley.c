/*
 * test_shapley.c - the parts of a prediction add up to its similarity
 */
#include "check_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "failing_memory.h"
#include "small_model.h"

static ltrec_context *ctx;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
}

static void teardown(void)
{
    ltrec_context_free(ctx);
}

static ltrec_predictor *predictor_of(const ltrec_model *model)
{
    ltrec_predictor *predictor;

    ck_assert_int_eq(
        ltrec_predictor_create(ctx, model, NULL, &predictor, NULL), LTREC_OK);
    return predictor;
}

START_TEST(branches_add_up_to_the_similarity_of_a_prediction)
{
    static struct small_track store;
    ltrec_model *model = small_model(ctx);
    ltrec_predictor *predictor = predictor_of(model);

    for (uint32_t known = 1; known < 32; known++) {
        ltrec_track track = small_track(&store, known, known);
        double parts[LTREC_EXPLAIN_BRANCHES], similarity, sum = 0, cosine = 0;
        float target[SMALL_RANK], factor[SMALL_RANK];
        double length = 0;

        for (size_t i = 0; i < SMALL_RANK; i++) {
            target[i] = ltr_random_normal(31, known, i);
            length += (double)target[i] * (double)target[i];
        }
        ck_assert_int_eq(ltrec_explain_branches(ctx, predictor, &track,
                                                SMALL_RANK, target, parts,
                                                &similarity, NULL),
                         LTREC_OK);
        ck_assert_int_eq(
            ltrec_predictor_run(predictor, &track, factor, NULL, NULL),
            LTREC_OK);
        for (size_t i = 0; i < SMALL_RANK; i++)
            cosine += (double)factor[i] * (double)target[i] / sqrt(length);
        for (size_t i = 0; i < LTREC_EXPLAIN_BRANCHES; i++) {
            sum += parts[i];
            ck_assert(known & 1u << i || parts[i] == 0);
        }
        ck_assert_double_eq_tol(similarity, cosine, 1e-6);
        ck_assert_double_eq_tol(sum, similarity, 1e-12);
    }
    ltrec_predictor_free(predictor);
    ltrec_model_free(model);
}
END_TEST

START_TEST(values_of_a_branch_add_up_and_unknown_ones_have_no_part)
{
    static struct small_track store;
    static const uint32_t bits[] = {LTREC_BRANCH_MGP, LTREC_BRANCH_MLG,
                                    LTREC_BRANCH_GENRE};
    static const size_t sizes[] = {SMALL_ATTRIBUTES, SMALL_ATTRIBUTES,
                                   SMALL_GENRES};
    const float target[SMALL_RANK] = {1, -2, 0.5f, 1};
    ltrec_model *model = small_model(ctx);
    ltrec_predictor *predictor = predictor_of(model);

    for (size_t b = 0; b < 3; b++)
        for (uint32_t others = 0; others < 2; others++) {
            ltrec_track track = small_track(
                &store, 4, bits[b] | (others ? LTREC_BRANCH_ARTIST : 0u));
            double parts[4] = {0}, rest, similarity, sum;

            ck_assert_int_eq(
                ltrec_explain_attributes(ctx, predictor, &track, bits[b],
                                         SMALL_RANK, target, 3, 1, sizes[b],
                                         parts, &rest, &similarity, NULL),
                LTREC_OK);
            sum = rest;
            for (size_t i = 0; i < sizes[b]; i++)
                sum += parts[i];
            ck_assert_double_eq_tol(sum, similarity, 1e-9);
            ck_assert(others ? rest != 0 : rest == 0);
        }
    ltrec_predictor_free(predictor);
    ltrec_model_free(model);
}
END_TEST

/* ---- What is refused ---------------------------------------------------- */

START_TEST(predictions_that_cannot_be_explained_are_refused)
{
    static struct small_track store;
    const float target[SMALL_RANK] = {1, 0, 0, 0}, zero[SMALL_RANK] = {0};
    ltrec_model *model = small_model(ctx);
    ltrec_predictor *predictor = predictor_of(model);
    ltrec_track track = small_track(&store, 1, LTREC_BRANCH_MGP), nothing;
    double parts[8], similarity, rest;

    ltrec_track_init(&nothing, sizeof nothing);
    ck_assert_int_eq(ltrec_explain_branches(ctx, predictor, &track, SMALL_RANK,
                                            zero, parts, &similarity, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_explain_branches(ctx, predictor, &nothing,
                                            SMALL_RANK, target, parts,
                                            &similarity, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_explain_attributes(ctx, predictor, &track,
                                              LTREC_BRANCH_AUDIO, SMALL_RANK,
                                              target, 1, 1, 3, parts, &rest,
                                              &similarity, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_explain_attributes(ctx, predictor, &track,
                                              LTREC_BRANCH_GENRE, SMALL_RANK,
                                              target, 1, 1, 2, parts, &rest,
                                              &similarity, NULL),
                     LTREC_ERR_ARGUMENT);
    ltrec_predictor_free(predictor);
    ltrec_model_free(model);
}
END_TEST

/* Room of just the sizes claimed, so that what goes past it is seen. */
static int explain_branches_of(ltrec_predictor *predictor,
                               const ltrec_track *track, size_t rank,
                               ltrec_error *err)
{
    double parts[LTREC_EXPLAIN_BRANCHES], similarity;
    float *target = malloc((rank ? rank : 1) * sizeof *target);
    int status;

    for (size_t i = 0; i < rank; i++)
        target[i] = 1;
    status = ltrec_explain_branches(ctx, predictor, track, rank, target, parts,
                                    &similarity, err);
    free(target);
    return status;
}

static int explain_values_of(ltrec_predictor *predictor,
                             const ltrec_track *track, uint32_t branch,
                             size_t n, double *parts)
{
    const float target[SMALL_RANK] = {1, -2, 0.5f, 1};
    double rest, similarity;

    return ltrec_explain_attributes(ctx, predictor, track, branch, SMALL_RANK,
                                    target, 1, 1, n, parts, &rest, &similarity,
                                    NULL);
}

START_TEST(sizes_that_are_not_the_models_are_refused)
{
    static struct small_track store;
    static const uint32_t bits[] = {LTREC_BRANCH_MGP, LTREC_BRANCH_MLG,
                                    LTREC_BRANCH_GENRE};
    static const size_t sizes[] = {SMALL_ATTRIBUTES, SMALL_ATTRIBUTES,
                                   SMALL_GENRES};
    ltrec_model *model = small_model(ctx);
    ltrec_predictor *predictor = predictor_of(model);
    ltrec_track track = small_track(&store, 1, LTREC_BRANCH_ALL);

    for (size_t rank = 0; rank < 2 * SMALL_RANK; rank++)
        ck_assert_int_eq(explain_branches_of(predictor, &track, rank, NULL),
                         rank == SMALL_RANK ? LTREC_OK : LTREC_ERR_MISMATCH);
    for (size_t b = 0; b < 3; b++)
        for (size_t n = 0; n < 6; n++) {
            double *parts = calloc(n ? n : 1, sizeof *parts);

            ck_assert_int_eq(
                explain_values_of(predictor, &track, bits[b], n, parts),
                n == sizes[b] ? LTREC_OK : LTREC_ERR_MISMATCH);
            free(parts);
        }
    ltrec_predictor_free(predictor);
    ltrec_model_free(model);
}
END_TEST

/* What genres alone lead to is nothing at all; the sound is fine. */
START_TEST(a_part_that_has_no_direction_is_an_error_not_a_zero)
{
    static struct small_track store;
    ltrec_predictor_options options;
    ltrec_model *model = small_model(ctx);
    struct ltr_branch *genre = model->branches[LTR_GENRE];
    ltrec_predictor *predictor;
    ltrec_track track =
        small_track(&store, 1, LTREC_BRANCH_GENRE | LTREC_BRANCH_AUDIO);
    ltrec_error err = {0};

    memset(genre->parameters, 0,
           genre->net.n_parameters * sizeof *genre->parameters);
    ltrec_predictor_options_init(&options, sizeof options);
    options.branches = LTREC_BRANCH_GENRE | LTREC_BRANCH_AUDIO;
    ck_assert_int_eq(
        ltrec_predictor_create(ctx, model, &options, &predictor, NULL),
        LTREC_OK);
    ck_assert_int_eq(explain_branches_of(predictor, &track, SMALL_RANK, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "no direction"));
    ltrec_predictor_free(predictor);
    ltrec_model_free(model);
}
END_TEST

static int explain_both(struct failing_memory *memory)
{
    static struct small_track store;
    const float target[SMALL_RANK] = {1, -2, 0.5f, 1};
    double parts[LTREC_EXPLAIN_BRANCHES] = {-1}, rest = -1, similarity = -1;
    ltrec_track track = small_track(&store, 1, LTREC_BRANCH_ALL);
    ltrec_model *model = small_model(ctx);
    ltrec_predictor *predictor = predictor_of(model);
    ltrec_context *scarce;
    int status = failing_context(memory, &scarce);

    if (status == LTREC_OK)
        status = ltrec_explain_attributes(
            scarce, predictor, &track, LTREC_BRANCH_MGP, SMALL_RANK, target, 2,
            1, SMALL_ATTRIBUTES, parts, &rest, &similarity, NULL);
    ck_assert(status == LTREC_OK || (parts[0] == -1 && similarity == -1));
    if (status == LTREC_OK)
        status = ltrec_explain_branches(scarce, predictor, &track, SMALL_RANK,
                                        target, parts, &similarity, NULL);
    ltrec_context_free(scarce);
    ltrec_predictor_free(predictor);
    ltrec_model_free(model);
    return status;
}

START_TEST(any_allocation_may_fail_and_then_nothing_is_written)
{
    ck_assert_int_gt(fail_each_allocation(explain_both, 20), 6);
}
END_TEST

/* ---- People and machines ------------------------------------------------ */

START_TEST(a_person_beats_the_machine)
{
    const float person[] = {0.2f, NAN, 1, NAN},
                machine[] = {0.9f, 0.7f, NAN, NAN};
    unsigned char by[4];
    float out[4];

    ltrec_attributes_merge(4, person, machine, out, by);
    ck_assert(out[0] == 0.2f && out[1] == 0.7f && out[2] == 1);
    ck_assert(isnan(out[3]));
    ck_assert(by[0] == 1 && by[1] == 0 && by[2] == 1 && by[3] == 0);
    ltrec_attributes_merge(4, NULL, machine, out, NULL);
    ck_assert(out[0] == 0.9f && isnan(out[2]));
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, branches_add_up_to_the_similarity_of_a_prediction);
    tcase_add_test(tests,
                   values_of_a_branch_add_up_and_unknown_ones_have_no_part);
    tcase_add_test(tests, predictions_that_cannot_be_explained_are_refused);
    tcase_add_test(tests, sizes_that_are_not_the_models_are_refused);
    tcase_add_test(tests, a_part_that_has_no_direction_is_an_error_not_a_zero);
    tcase_add_test(tests, any_allocation_may_fail_and_then_nothing_is_written);
    tcase_add_test(tests, a_person_beats_the_machine);
}

int main(void)
{
    return check_run("shapley", add_tests);
}
