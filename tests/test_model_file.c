/*
 * test_model_file.c - models saved and loaded, and damaged in between
 */
#include "check_run.h"

#include <math.h>

#include "failing_memory.h"
#include "model_file_lab.h"

/* ---- There and back ----------------------------------------------------- */

static void predict(const ltrec_model *with, uint32_t branches, uint32_t known,
                    float *factor, float *confidence)
{
    ltrec_predictor_options options;
    ltrec_predictor *predictor;
    struct small_track store;
    ltrec_track track = small_track(&store, known + 1, known);

    ltrec_predictor_options_init(&options, sizeof options);
    options.branches = branches;
    ck_assert_int_eq(
        ltrec_predictor_create(ctx, with, &options, &predictor, NULL),
        LTREC_OK);
    ck_assert_int_eq(
        ltrec_predictor_run(predictor, &track, factor, confidence, NULL),
        LTREC_OK);
    ltrec_predictor_free(predictor);
}

static void check_same_predictions(const ltrec_model *other)
{
    for (uint32_t known = 1; known < 32; known++)
        for (int fused = 0; fused < 2; fused++) {
            uint32_t branches =
                fused ? LTREC_BRANCH_ALL : LTREC_BRANCH_FUSION - 1;
            float a[SMALL_RANK], b[SMALL_RANK], sure_a, sure_b;

            predict(model, branches, known, a, &sure_a);
            predict(other, branches, known, b, &sure_b);
            ck_assert_mem_eq(a, b, sizeof a);
            ck_assert_mem_eq(&sure_a, &sure_b, sizeof sure_a);
        }
}

static void check_same_answers(const ltrec_model *other)
{
    ltrec_frontend_options a, b;

    ck_assert_uint_eq(ltrec_model_branches(other), LTREC_BRANCH_ALL);
    ck_assert_uint_eq(ltrec_model_rank(other), SMALL_RANK);
    ck_assert_uint_eq(ltrec_model_factors_id(other), SMALL_FACTORS_ID);
    ck_assert_uint_eq(ltrec_model_feature_version(other), SMALL_FEATURES);
    ck_assert_float_eq(ltrec_model_norm(other), 1.7f);
    ck_assert_float_eq(other->branches[LTR_ARTIST]->fame, 0.25f);
    ck_assert_float_eq(other->branches[LTR_ARTIST]->usual, 1.5f);
    ck_assert_str_eq(ltrec_model_provenance(other),
                     ltrec_model_provenance(model));
    for (uint32_t bit = 1; bit <= LTREC_BRANCH_HEAD; bit <<= 1) {
        size_t n = ltrec_model_vocabulary(model, bit);
        ltrec_branch_training t, u;

        ck_assert_int_eq(ltrec_model_training(model, bit, &t, sizeof t),
                         LTREC_OK);
        ck_assert_int_eq(ltrec_model_training(other, bit, &u, sizeof u),
                         LTREC_OK);
        ck_assert_mem_eq(&t, &u, sizeof t);

        ck_assert_uint_eq(ltrec_model_parameters(other, bit),
                          ltrec_model_parameters(model, bit));
        ck_assert_double_eq(ltrec_model_validation(other, bit),
                            ltrec_model_validation(model, bit));
        ck_assert_uint_eq(ltrec_model_vocabulary(other, bit), n);
        for (size_t i = 0; i < n; i++)
            ck_assert_str_eq(ltrec_model_name(other, bit, i),
                             ltrec_model_name(model, bit, i));
    }
    ck_assert_int_eq(ltrec_model_frontend(model, &a, sizeof a), LTREC_OK);
    ck_assert_int_eq(ltrec_model_frontend(other, &b, sizeof b), LTREC_OK);
    ck_assert_mem_eq(&a, &b, sizeof a);
}

/* One that pools, and what older readers do not know: one that flattens, one
 * with more statistics of its sound, and one with a soft floor. */
START_TEST(a_model_comes_back_to_the_bit)
{
    static const char *const formats[] = {
        "\"ltrec.format\":\"1\"", "\"ltrec.format\":\"3\"",
        "\"ltrec.format\":\"4\"", "\"ltrec.format\":\"4\""};
    ltrec_error err = {0};
    ltrec_model *other;
    struct forged file;

    if (_i == 1)
        small_flatten(ctx, model);
    if (_i == 2)
        small_statistics(ctx, model);
    if (_i == 3)
        model->branches[LTR_AUDIO]->soft_floor = 50.3f;
    file = saved(model);
    ck_assert_uint_ne(forged_find(&file, formats[_i]), SIZE_MAX);
    free(file.bytes);
    ck_assert_msg(ltrec_model_load(ctx, path, &other, &err) == LTREC_OK, "%s",
                  err.message);
    check_same_answers(other);
    check_same_predictions(other);
    ck_assert_float_eq(other->branches[LTR_AUDIO]->soft_floor,
                       _i == 3 ? 50.3f : 0);
    ltrec_model_free(other);
}
END_TEST

START_TEST(saving_twice_gives_the_same_bytes)
{
    struct forged first = saved(model), second;
    ltrec_model *other;

    ck_assert_int_eq(ltrec_model_load(ctx, path, &other, NULL), LTREC_OK);
    second = saved(other);
    ck_assert_uint_eq(first.size, second.size);
    ck_assert_mem_eq(first.bytes, second.bytes, first.size);
    free(first.bytes);
    free(second.bytes);
    ltrec_model_free(other);
}
END_TEST

START_TEST(whatever_a_model_may_hold_comes_back)
{
    ltrec_model *other;

    model->norm = 3e38f; /* factors may be as long as a float goes */
    for (size_t i = 0; i < 2000; i++) {
        double cosine = 1 - 2 * (double)ltr_random_uniform(1, 1, i) +
                        1e-9 * (double)ltr_random_normal(1, 2, i);

        model->branches[LTR_MGP]->validation = cosine;
        model->branches[LTR_HEAD]->validation = 2.5e12 / (double)(i + 1);
        if (i % 40 != 0 && i > 100)
            continue;
        free(saved(model).bytes);
        ck_assert_int_eq(ltrec_model_load(ctx, path, &other, NULL), LTREC_OK);
        ck_assert_double_eq(ltrec_model_validation(other, LTREC_BRANCH_MGP),
                            cosine);
        ck_assert_double_eq(ltrec_model_validation(other, LTREC_BRANCH_HEAD),
                            2.5e12 / (double)(i + 1));
        ck_assert_float_eq(ltrec_model_norm(other), 3e38f);
        ltrec_model_free(other);
    }
}
END_TEST

START_TEST(what_could_not_be_loaded_is_not_saved)
{
    ltrec_error err;

    strcpy(model->provenance, "caf\xe9"); /* Latin-1, and JSON is UTF-8 */
    ck_assert_int_eq(ltrec_model_save(model, path, &err), LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "UTF-8"));
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(arguments_that_are_missing_are_refused)
{
    ltrec_model *other = model;

    ck_assert_int_eq(ltrec_model_load(ctx, NULL, &other, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_null(other);
    ck_assert_int_eq(ltrec_model_load(NULL, path, &other, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_model_load(ctx, path, NULL, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_model_load(ctx, path, &other, NULL), LTREC_ERR_IO);
    ck_assert_int_eq(ltrec_model_load(ctx, folder, &other, NULL),
                     LTREC_ERR_FORMAT);
    ck_assert_int_eq(ltrec_model_save(NULL, path, NULL), LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_model_save(model, NULL, NULL), LTREC_ERR_ARGUMENT);
    ltrec_model_free(NULL);
}
END_TEST

/* Files of mel say nothing of it, and are what they were before it came. */
START_TEST(a_constant_q_front_end_is_read_as_it_was_written)
{
    struct ltr_branch *audio = model->branches[LTR_AUDIO];
    ltrec_frontend_options before = audio->frontend, options, found;
    ltrec_frontend *a, *b;
    ltrec_model *loaded;

    ltrec_frontend_options_preset(&options, sizeof options, "cqt");
    options.bands = before.bands;
    options.fmin_hz = 1000;
    ck_assert_int_eq(ltrec_frontend_create(ctx, &options, &a, NULL), LTREC_OK);
    ltrec_frontend_options_get(a, &audio->frontend, sizeof audio->frontend);
    ck_assert_int_eq(ltrec_model_save(model, path, NULL), LTREC_OK);
    audio->frontend = before;
    ck_assert_int_eq(ltrec_model_load(ctx, path, &loaded, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_model_frontend(loaded, &found, sizeof found),
                     LTREC_OK);
    ck_assert_int_eq(found.transform, LTREC_TRANSFORM_CONSTANT_Q);
    ck_assert_int_eq(ltrec_frontend_create(ctx, &found, &b, NULL), LTREC_OK);
    ck_assert_uint_eq(ltrec_frontend_version(a), ltrec_frontend_version(b));
    ltrec_frontend_free(a);
    ltrec_frontend_free(b);
    ltrec_model_free(loaded);
}
END_TEST

START_TEST(bytes_in_memory_are_copied_from_any_address)
{
    struct forged file = saved(model);
    unsigned char *moved = malloc(file.size + 8);
    ltrec_model *loaded;
    ltrec_error err;

    for (size_t at = 0; at < 8; at++) {
        memcpy(moved + at, file.bytes, file.size);
        ck_assert_int_eq(
            ltrec_model_load_memory(ctx, moved + at, file.size, &loaded, &err),
            LTREC_OK);
        memset(moved, 0xff, file.size);
        check_same_predictions(loaded);
        ltrec_model_free(loaded);
    }
    free(moved);
    ck_assert_int_eq(
        ltrec_model_load_memory(ctx, file.bytes, 0, &loaded, NULL),
        LTREC_ERR_FORMAT);
    ck_assert_ptr_null(loaded);
    ck_assert_int_eq(ltrec_model_load_memory(ctx, NULL, 9, &loaded, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(
        ltrec_model_load_memory(NULL, file.bytes, file.size, &loaded, NULL),
        LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(
        ltrec_model_load_memory(ctx, file.bytes, file.size, NULL, NULL),
        LTREC_ERR_ARGUMENT);
    free(file.bytes);
}
END_TEST

/* ---- Damage ------------------------------------------------------------- */

START_TEST(no_damage_goes_unseen)
{
    struct forged file, cut;

    /* Fewer branches, and the 50,000 loads take no time. */
    for (size_t place = 0; place < LTR_BRANCHES; place++)
        if (place != LTR_GENRE) {
            ltr_branch_unref(model->branches[place]);
            model->branches[place] = NULL;
        }
    file = cut = saved(model);
    ck_assert_int_eq(parse(&file, NULL), LTREC_OK);
    for (cut.size = 0; cut.size < file.size; cut.size++)
        ck_assert_int_eq(parse(&cut, NULL), LTREC_ERR_FORMAT);
    for (size_t bit = 0; bit < 8 * file.size; bit++) {
        file.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        ck_assert_int_eq(parse(&file, NULL), LTREC_ERR_FORMAT);
        file.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    free(file.bytes);
}
END_TEST

/* ---- Memory ------------------------------------------------------------- */

START_TEST(every_allocation_of_a_load_may_fail)
{
    long n = 0;
    int status;

    free(saved(model).bytes);
    do {
        struct failing_memory memory = {.until_failure = n};
        ltrec_model *loaded = NULL;
        ltrec_context *failing;

        status = failing_context(&memory, &failing);
        if (status == LTREC_OK) {
            status = ltrec_model_load(failing, path, &loaded, NULL);
            ck_assert((loaded != NULL) == (status == LTREC_OK));
            ltrec_context_free(failing); /* the model keeps it alive */
            ltrec_model_free(loaded);
        }
        ck_assert_int_eq(memory.live, 0);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        ck_assert_int_lt(n++, 200);
    } while (status != LTREC_OK);
    ck_assert_int_gt(n, 30);
}
END_TEST

START_TEST(every_allocation_of_a_save_may_fail)
{
    long n = 0;
    int status;

    do {
        struct failing_memory memory = {.until_failure = -1};
        ltrec_context *failing;
        ltrec_model *m;

        ck_assert_int_eq(failing_context(&memory, &failing), LTREC_OK);
        m = small_model(failing);
        memory.until_failure = n;
        status = ltrec_model_save(m, path, NULL);
        ck_assert_int_eq(access(path, F_OK), status == LTREC_OK ? 0 : -1);
        ltrec_model_free(m);
        ltrec_context_free(failing);
        ck_assert_int_eq(memory.live, 0);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        ck_assert_int_lt(n++, 200);
    } while (status != LTREC_OK);
    ck_assert_int_gt(n, 30);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_model_comes_back_to_the_bit, 0, 4);
    tcase_add_test(tests, saving_twice_gives_the_same_bytes);
    tcase_add_test(tests, whatever_a_model_may_hold_comes_back);
    tcase_add_test(tests, what_could_not_be_loaded_is_not_saved);
    tcase_add_test(tests, arguments_that_are_missing_are_refused);
    tcase_add_test(tests, a_constant_q_front_end_is_read_as_it_was_written);
    tcase_add_test(tests, bytes_in_memory_are_copied_from_any_address);
    tcase_add_test(tests, no_damage_goes_unseen);
    tcase_add_test(tests, every_allocation_of_a_load_may_fail);
    tcase_add_test(tests, every_allocation_of_a_save_may_fail);
}

int main(void)
{
    return check_run("model file", add_tests);
}
