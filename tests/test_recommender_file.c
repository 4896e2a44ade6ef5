/*
 * test_recommender_file.c - recommenders in files
 */
#include "check_run.h"

#include <string.h>

#include <ltrec/ltrec.h>

#include "base/file.h"
#include "failing_memory.h"
#include "forged_file.h"
#include "rec/recommender.h"
#include "small_catalogue.h"
#include "temp_file.h"

static ltrec_context *ctx;
static struct catalogue *cat;
static ltrec_recommender *all;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    cat = catalogue_create(ctx);
    ck_assert_int_eq(catalogue_recommender(ctx, cat, NULL, &all, NULL),
                     LTREC_OK);
}

static void teardown(void)
{
    ltrec_recommender_free(all);
    catalogue_free(cat);
    ltrec_context_free(ctx);
}

static struct temp_file saved(const ltrec_recommender *r)
{
    struct temp_file file = temp_file_of("");

    ck_assert_int_eq(ltrec_recommender_save(r, file.path, NULL), LTREC_OK);
    return file;
}

static void expect_same_lists(const ltrec_recommender *a,
                              const ltrec_recommender *b)
{
    uint64_t played = cat->ids[3], ids[2][30];
    float scores[2][30];
    ltrec_listener listener;
    ltrec_list_options list;
    size_t n[2];

    ltrec_listener_init(&listener, sizeof listener);
    listener.n_played = 1;
    listener.played = &played;
    ltrec_list_options_init(&list, sizeof list);
    list.per_artist = list.per_album = 2;
    ck_assert_int_eq(ltrec_recommender_list(a, &listener, &list, 30, ids[0],
                                            scores[0], &n[0], NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_recommender_list(b, &listener, &list, 30, ids[1],
                                            scores[1], &n[1], NULL),
                     LTREC_OK);
    ck_assert_uint_eq(n[0], 30);
    ck_assert_int_eq(memcmp(ids[0], ids[1], sizeof ids[0]), 0);
    ck_assert_int_eq(memcmp(scores[0], scores[1], sizeof scores[0]), 0);
}

START_TEST(what_was_saved_makes_the_same_lists_again)
{
    ltrec_recommender_sources sources = catalogue_sources(cat);
    ltrec_recommender_options options, read;
    ltrec_recommender *r, *again;
    struct temp_file file;

    ltrec_recommender_options_init(&options, sizeof options);
    options.weights[LTREC_SOURCE_CONTENT] = 0.7;
    options.discount = 0.25;
    options.prior_plays = 9;
    ck_assert_int_eq(catalogue_recommender(ctx, cat, &options, &r, NULL),
                     LTREC_OK);
    file = saved(r);
    ck_assert_int_eq(
        ltrec_recommender_load(ctx, file.path, &sources, &again, NULL),
        LTREC_OK);
    expect_same_lists(r, again);
    ltrec_recommender_options_init(&read, sizeof read);
    ck_assert_int_eq(ltrec_recommender_options_of(again, &read), LTREC_OK);
    ck_assert_int_eq(memcmp(&read, &options, sizeof read), 0);
    ltrec_recommender_free(r);
    ltrec_recommender_free(again);
    temp_file_remove(&file);
}
END_TEST

static struct forged read_file(const char *path)
{
    struct ltr_bytes bytes;
    struct forged file;

    ck_assert_int_eq(ltr_file_read(ctx, path, 0, &bytes, NULL), LTREC_OK);
    file.size = bytes.size;
    file.bytes = malloc(bytes.size);
    memcpy(file.bytes, bytes.data, bytes.size);
    ltr_file_release(ctx, &bytes);
    return file;
}

START_TEST(a_file_cut_or_flipped_anywhere_is_refused)
{
    ltrec_recommender_sources sources = catalogue_sources(cat);
    struct temp_file file = saved(all);
    struct forged good = read_file(file.path);
    ltrec_recommender *r;

    for (size_t n = 0; n < good.size; n += 1 + good.size / 400) {
        ck_assert_int_lt(ltr_rec_parse(ctx, good.bytes, n, &sources, &r, NULL),
                         0);
        ck_assert_ptr_null(r);
        good.bytes[n] ^= 0x10;
        ck_assert_int_lt(
            ltr_rec_parse(ctx, good.bytes, good.size, &sources, &r, NULL), 0);
        ck_assert_ptr_null(r);
        good.bytes[n] ^= 0x10;
    }
    ck_assert_int_eq(
        ltr_rec_parse(ctx, good.bytes, good.size, &sources, &r, NULL),
        LTREC_OK);
    ltrec_recommender_free(r);
    free(good.bytes);
    temp_file_remove(&file);
}
END_TEST

START_TEST(sound_files_with_wrong_contents_are_refused)
{
    static const char *const changes[][2] = {
        {"\"ltrec.fusion\":\"1\"", "\"ltrec.fusion\":\"9\""},
        {"\"ltrec.kind\":\"recommender\"", "\"ltrec.kind\":\"index\""},
        {"\"weights\"", "\"waights\""},
        {"\"plays\"", "\"blays\""},
        {"\"ids\"", "\"ads\""},
        {"\"ltrec.format\":\"1\"", "\"ltrec.format\":\"2\""},
    };
    ltrec_recommender_sources sources = catalogue_sources(cat);
    struct temp_file file = saved(all);
    struct forged good = read_file(file.path);
    ltrec_recommender *r;
    ltrec_error err;

    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct forged bad =
            forged_replace(ctx, &good, changes[i][0], changes[i][1]);
        int status;

        ck_assert_ptr_nonnull(bad.bytes);
        status = ltr_rec_parse(ctx, bad.bytes, bad.size, &sources, &r, &err);
        ck_assert_msg(status == LTREC_ERR_FORMAT ||
                          status == LTREC_ERR_UNSUPPORTED,
                      "%s: %d", changes[i][1], status);
        ck_assert_ptr_null(r);
        free(bad.bytes);
    }
    free(good.bytes);
    temp_file_remove(&file);
}
END_TEST

START_TEST(tracks_and_options_that_make_no_sense_are_blamed_on_the_file)
{
    ltrec_recommender_sources sources = catalogue_sources(cat);
    struct temp_file file = saved(all);
    struct forged good = read_file(file.path), bad;
    ltrec_recommender *r;
    ltrec_error err;

    bad = forged_replace(ctx, &good, "\"ltrec.fusion\":\"1\"",
                         "\"ltrec.fusion\":\"7\"");
    ck_assert_int_eq(
        ltr_rec_parse(ctx, bad.bytes, bad.size, &sources, &r, &err),
        LTREC_ERR_FORMAT);
    ck_assert_int_eq(err.code, LTREC_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "no fusion 7"));
    free(bad.bytes);
    free(good.bytes);
    temp_file_remove(&file);
}
END_TEST

/* ---- Its sources -------------------------------------------------------- */

START_TEST(sources_of_another_model_are_refused)
{
    ltrec_recommender_sources sources = catalogue_sources(cat);
    struct temp_file file = saved(all);
    ltrec_factors_options options;
    ltrec_factors *other;
    ltrec_recommender *r;
    ltrec_error err;

    ltrec_factors_options_init(&options, sizeof options);
    options.model_id = 6;
    ltrec_factors_create(ctx, CAT_ITEMS, CAT_RANK, cat->ids, cat->vectors[0],
                         &options, &other, NULL);
    sources.content = NULL;
    sources.factors = other;
    ck_assert_int_eq(
        ltrec_recommender_load(ctx, file.path, &sources, &r, &err),
        LTREC_ERR_MISMATCH);
    ck_assert_ptr_null(r);
    ck_assert_ptr_nonnull(strstr(err.message, "another model"));
    ltrec_factors_free(other);
    temp_file_remove(&file);
}
END_TEST

static ltrec_factors *content_of(uint64_t features)
{
    ltrec_factors_options options;
    ltrec_factors *content;

    ltrec_factors_options_init(&options, sizeof options);
    options.like = cat->factors;
    options.feature_version = features;
    ltrec_factors_create(ctx, CAT_ITEMS, CAT_RANK, cat->ids, cat->content[0],
                         &options, &content, NULL);
    return content;
}

START_TEST(sources_from_other_features_are_refused_unless_unknown)
{
    static const uint64_t with[] = {51, 0, 52};

    for (size_t i = 0; i < 3; i++) {
        ltrec_recommender_sources sources = catalogue_sources(cat);
        ltrec_factors *then = content_of(51), *now = content_of(with[i]);
        struct temp_file file;
        ltrec_recommender *r, *again;

        sources.content = then;
        ck_assert_int_eq(
            ltrec_recommender_create(ctx, &sources, NULL, NULL, &r, NULL),
            LTREC_OK);
        file = saved(r);
        sources.content = now;
        ck_assert_int_eq(
            ltrec_recommender_load(ctx, file.path, &sources, &again, NULL),
            i == 2 ? LTREC_ERR_MISMATCH : LTREC_OK);
        ltrec_recommender_free(r);
        ltrec_recommender_free(again);
        ltrec_factors_free(then);
        ltrec_factors_free(now);
        temp_file_remove(&file);
    }
}
END_TEST

START_TEST(a_sound_file_is_not_blamed_for_sources_that_are_wrong)
{
    ltrec_recommender_sources sources = catalogue_sources(cat), none;
    struct temp_file file = saved(all);
    float confidence[CAT_ITEMS] = {[7] = 1.5f};
    ltrec_recommender *r;
    ltrec_error err;

    ltrec_recommender_sources_init(&none, sizeof none);
    ck_assert_int_eq(ltrec_recommender_load(ctx, file.path, &none, &r, &err),
                     LTREC_ERR_ARGUMENT);
    sources.confidence = confidence;
    ck_assert_int_eq(
        ltrec_recommender_load(ctx, file.path, &sources, &r, &err),
        LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(err.code, LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "confidence 7 is 1.5"));
    ck_assert_ptr_null(r);
    temp_file_remove(&file);
}
END_TEST

static int save_and_load(struct failing_memory *memory)
{
    ltrec_recommender_sources sources = catalogue_sources(cat);
    ltrec_context *context;
    ltrec_recommender *r = NULL, *again = NULL;
    struct temp_file file = temp_file_of("");
    int status = failing_context(memory, &context);

    if (status == LTREC_OK)
        status = catalogue_recommender(context, cat, NULL, &r, NULL);
    if (status == LTREC_OK)
        status = ltrec_recommender_save(r, file.path, NULL);
    if (status == LTREC_OK)
        status =
            ltrec_recommender_load(context, file.path, &sources, &again, NULL);
    ltrec_recommender_free(r);
    ltrec_recommender_free(again);
    ltrec_context_free(context);
    temp_file_remove(&file);
    return status;
}

START_TEST(running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    ck_assert_int_gt(fail_each_allocation(save_and_load, 200), 60);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_was_saved_makes_the_same_lists_again);
    tcase_add_test(tests, a_file_cut_or_flipped_anywhere_is_refused);
    tcase_add_test(tests, sound_files_with_wrong_contents_are_refused);
    tcase_add_test(
        tests, tracks_and_options_that_make_no_sense_are_blamed_on_the_file);
    tcase_add_test(tests, sources_of_another_model_are_refused);
    tcase_add_test(tests,
                   sources_from_other_features_are_refused_unless_unknown);
    tcase_add_test(tests,
                   a_sound_file_is_not_blamed_for_sources_that_are_wrong);
    tcase_add_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing);
}

int main(void)
{
    return check_run("recommender file", add_tests);
}
