/*
 * test_dataset.c - what is known of tracks goes in, and what must not does
 * not
 */
#include "check_run.h"

#include <math.h>

#include "failing_memory.h"
#include "small_dataset.h"

static ltrec_context *ctx;
static struct toy toy;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    toy_make(&toy, 10, LTREC_BRANCH_MGP, 1, 1);
}

static void teardown(void)
{
    ltrec_context_free(ctx);
}

static ltrec_dataset *empty_dataset(void)
{
    ltrec_frontend_options frontend;
    ltrec_dataset_options o = toy_options(&toy, &frontend);
    ltrec_dataset *dataset;

    o.n_machine = TOY_MACHINE;
    ck_assert_int_eq(ltrec_dataset_create(ctx, &o, &dataset, NULL), LTREC_OK);
    return dataset;
}

/* ---- Making one --------------------------------------------------------- */

START_TEST(options_that_cannot_be_are_refused)
{
    static const char *const bad[][5] = {
        {"one", NULL, "three", "four", "five"},
        {"one", "", "three", "four", "five"},
        {"one", "tw\xff", "three", "four", "five"},
        {"one", "two", "three", "one", "five"}};
    static const char *const words[] = {"1 has no name", "1 has no name",
                                        "1 is not UTF-8", "'one' is twice"};
    ltrec_frontend_options frontend;
    ltrec_dataset_options good = toy_options(&toy, &frontend), o = good;
    ltrec_dataset *d;
    ltrec_error err;

    ck_assert_int_eq(ltrec_dataset_create(ctx, &o, NULL, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_dataset_create(NULL, &o, &d, NULL),
                     LTREC_ERR_ARGUMENT);
    for (size_t i = 0; i < 4; i++) {
        o.attribute_names = bad[i];
        ck_assert_int_eq(ltrec_dataset_create(ctx, &o, &d, &err),
                         LTREC_ERR_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(err.message, words[i]));
    }
    o = good;
    o.genre_names = NULL;
    ck_assert_int_eq(ltrec_dataset_create(ctx, &o, &d, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "genres"));
    o = good;
    o.n_machine = SIZE_MAX;
    ck_assert_int_eq(ltrec_dataset_create(ctx, &o, &d, &err),
                     LTREC_ERR_ARGUMENT);
    o = good;
    frontend.hop = 0;
    ck_assert_int_eq(ltrec_dataset_create(ctx, &o, &d, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "hop"));
    ck_assert_ptr_null(d);
}
END_TEST

START_TEST(older_and_newer_callers_are_understood)
{
    struct {
        ltrec_dataset_options options;
        uint64_t of_tomorrow;
    } newer = {.of_tomorrow = 0};
    ltrec_dataset *d;

    ltrec_dataset_options_init(&newer.options, sizeof newer);
    ck_assert_int_eq(ltrec_dataset_create(ctx, &newer.options, &d, NULL),
                     LTREC_OK);
    ltrec_dataset_free(d);
    newer.of_tomorrow = 1;
    ck_assert_int_eq(ltrec_dataset_create(ctx, &newer.options, &d, NULL),
                     LTREC_ERR_UNSUPPORTED);
    ltrec_dataset_options_init(&newer.options,
                               offsetof(ltrec_dataset_options, n_attributes));
    newer.options.n_attributes = 7; /* of no names; not to be read */
    ck_assert_int_eq(ltrec_dataset_create(ctx, &newer.options, &d, NULL),
                     LTREC_OK);
    ltrec_dataset_free(d);
    ck_assert_int_eq(ltrec_dataset_create(ctx, NULL, &d, NULL), LTREC_OK);
    ck_assert_uint_eq(ltrec_dataset_count(d), 0);
    ltrec_dataset_free(d);
    ltrec_dataset_free(NULL);
    ck_assert_uint_eq(ltrec_dataset_count(NULL), 0);
}
END_TEST

/* ---- Adding ------------------------------------------------------------- */

START_TEST(what_is_added_is_copied)
{
    float values[TOY_BANDS * 2] = {0.25f, 0.5f, 1, 0.125f, 0};
    ltrec_dataset *d = empty_dataset();
    const struct ltr_known *known = NULL;
    ltrec_track track;

    ltrec_track_init(&track, sizeof track);
    track.mel = track.attributes = track.machine = track.genres = values;
    track.n_frames = 2;
    ck_assert_int_eq(ltrec_dataset_add(d, 7, 3, &track, NULL), LTREC_OK);
    memset(values, 0xff, sizeof values);
    known = &d->tracks[0];
    ck_assert_uint_eq(d->ids[0], 7);
    ck_assert_uint_eq(known->artist, 3);
    ck_assert_uint_eq(known->n_frames, 2);
    ck_assert_float_eq(known->attributes[3], 0.125f);
    ck_assert_float_eq(known->machine[1], 0.5f);
    ck_assert_float_eq(known->genres[2], 1);
    ltrec_dataset_free(d);
}
END_TEST

START_TEST(an_id_stands_for_one_track)
{
    ltrec_dataset *d = empty_dataset();
    ltrec_track track;
    ltrec_error err;

    ltrec_track_init(&track, sizeof track);
    for (uint64_t id = 0; id < 1000; id++)
        ck_assert_int_eq(ltrec_dataset_add(d, id * id, 0, &track, NULL),
                         LTREC_OK);
    for (uint64_t id = 0; id < 1000; id++)
        ck_assert_int_eq(ltrec_dataset_add(d, id * id, 0, &track, &err),
                         LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "998001"));
    ck_assert_uint_eq(ltrec_dataset_count(d), 1000);
    ltrec_dataset_free(d);
}
END_TEST

START_TEST(values_out_of_their_range_are_named_and_left_out)
{
    float mel[TOY_BANDS] = {0}, five[6] = {0}, bad[6] = {0, 0, 0, 2, 0, 0};
    float nan[TOY_BANDS] = {0, 0, NAN}, inf[TOY_BANDS] = {-INFINITY};
    const struct {
        const float *mel, *attributes, *machine, *genres;
        const char *what;
    } cases[] = {
        {nan, five, five, five, "mel, value 2"},
        {inf, five, five, five, "mel, value 0"},
        {mel, bad, five, five, "attributes, value 3"},
        {mel, five, inf, five, "machine, value 0"},
        {mel, five, five, bad, "genres, value 3"},
        {mel, five, five, nan, "genres, value 2"},
    };
    ltrec_dataset *d = empty_dataset();
    ltrec_track track;
    ltrec_error err;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ltrec_track_init(&track, sizeof track);
        track.mel = cases[i].mel;
        track.n_frames = 1;
        track.attributes = cases[i].attributes;
        track.machine = cases[i].machine;
        track.genres = cases[i].genres;
        ck_assert_int_eq(ltrec_dataset_add(d, i, 0, &track, &err),
                         LTREC_ERR_ARGUMENT);
        ck_assert_msg(strstr(err.message, cases[i].what), "%s", err.message);
    }
    track.n_frames = 0;
    track.genres = NULL;
    ck_assert_int_eq(ltrec_dataset_add(d, 9, 0, &track, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_dataset_add(d, 9, 0, NULL, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_dataset_add(NULL, 9, 0, &track, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_uint_eq(ltrec_dataset_count(d), 0);
    ltrec_dataset_free(d);
}
END_TEST

START_TEST(what_nobody_has_said_is_not_known)
{
    float nothing[6] = {NAN, NAN, NAN, NAN, NAN, NAN}, one[6] = {NAN, NAN, 1};
    ltrec_dataset *d = empty_dataset();
    ltrec_track track;

    ltrec_track_init(&track, sizeof track);
    track.attributes = track.machine = nothing;
    ck_assert_int_eq(ltrec_dataset_add(d, 1, 0, &track, NULL), LTREC_OK);
    ck_assert_ptr_null(d->tracks[0].attributes);
    ck_assert_ptr_null(d->tracks[0].machine);
    track.attributes = track.machine = one;
    ck_assert_int_eq(ltrec_dataset_add(d, 2, 0, &track, NULL), LTREC_OK);
    ck_assert_ptr_nonnull(d->tracks[1].attributes);
    ck_assert_ptr_nonnull(d->tracks[1].machine);
    ltrec_dataset_free(d);
}
END_TEST

START_TEST(what_the_dataset_has_no_place_for_is_not_looked_at)
{
    float bad[1] = {NAN};
    ltrec_dataset *d;
    ltrec_track track;

    ck_assert_int_eq(ltrec_dataset_create(ctx, NULL, &d, NULL), LTREC_OK);
    ltrec_track_init(&track, sizeof track);
    track.mel = track.attributes = track.machine = track.genres = bad;
    track.artist = bad;
    track.n_frames = 1000; /* of no bands */
    ck_assert_int_eq(ltrec_dataset_add(d, 1, 0, &track, NULL), LTREC_OK);
    ck_assert_ptr_null(d->tracks[0].mel);
    ck_assert_ptr_null(d->tracks[0].attributes);
    ltrec_dataset_free(d);
}
END_TEST

/* ---- Spectrograms in 16 bits -------------------------------------------- */

static void check_mel(float least, float most)
{
    enum {
        FRAMES = 50,
        VALUES = FRAMES * TOY_BANDS
    };
    ltrec_dataset *d = empty_dataset();
    float mel[VALUES], back[VALUES];
    ltrec_track track;

    for (size_t i = 0; i < VALUES; i++)
        mel[i] = least + (most - least) * ltr_random_uniform(1, 1, i);
    mel[9] = most;
    mel[11] = least;
    ltrec_track_init(&track, sizeof track);
    track.mel = mel;
    track.n_frames = FRAMES;
    ck_assert_int_eq(ltrec_dataset_add(d, 1, 0, &track, NULL), LTREC_OK);
    ltr_dataset_mel(d, 0, 0, FRAMES, back);
    for (size_t i = 0; i < VALUES; i++) {
        double range = (double)most - (double)least;
        double size = fmax(fabs((double)most), fabs((double)least));

        ck_assert(isfinite(back[i]));
        ck_assert_double_le(fabs((double)back[i] - (double)mel[i]),
                            range / 65535 * 0.52 + size * 1.3e-7 + 1e-33);
    }
    ltr_dataset_mel(d, 0, 7, 3, back);
    ck_assert_double_eq_tol((double)back[0], (double)mel[7 * TOY_BANDS],
                            fabs((double)most - (double)least) / 65535 +
                                fabs((double)most) * 1e-6 + 1e-33);
    ltrec_dataset_free(d);
}

START_TEST(spectrograms_come_back_to_a_65535th_of_their_range)
{
    check_mel(-80, 0);
    check_mel(0, 3.5f);
    check_mel(-1e30f, 1e30f);
    check_mel(-80, -80);
    check_mel(0, 0);
    check_mel(1e8f, 1e8f + 64);
    /* Ranges whose 65,535th is no float, or hardly one. */
    check_mel(0, 1e-42f);
    check_mel(0, 1e-40f);
    check_mel(0, 3e-38f);
    check_mel(0, 1e-33f);
}
END_TEST

static ltrec_dataset *sound_in(const char *scratch)
{
    ltrec_frontend_options frontend;
    ltrec_dataset_options o = toy_options(&toy, &frontend);
    ltrec_dataset *d;

    o.scratch = scratch;
    ck_assert_int_eq(ltrec_dataset_create(ctx, &o, &d, NULL), LTREC_OK);
    for (size_t i = 0; i < toy.n; i++)
        ck_assert_int_eq(toy_add_track(&toy, i, d, NULL), LTREC_OK);
    return d;
}

START_TEST(spectrograms_on_disk_are_those_in_memory)
{
    ltrec_dataset *memory = sound_in(NULL), *disk = sound_in("/tmp");
    ltrec_frontend_options frontend;
    ltrec_dataset_options o = toy_options(&toy, &frontend);
    ltrec_error err;

    for (size_t row = 0; row < toy.n; row++) {
        size_t frames = memory->tracks[row].n_frames;
        float a[TOY_FRAMES * TOY_BANDS], b[TOY_FRAMES * TOY_BANDS];

        ck_assert_uint_eq(disk->tracks[row].n_frames, frames);
        ltr_dataset_mel(memory, row, 0, frames, a);
        ltr_dataset_mel(disk, row, 0, frames, b);
        ck_assert_mem_eq(a, b, frames * TOY_BANDS * sizeof *a);
    }
    ltrec_dataset_free(memory);
    ltrec_dataset_free(disk);
    o.scratch = "/nowhere";
    ck_assert_int_eq(ltrec_dataset_create(ctx, &o, &disk, &err), LTREC_ERR_IO);
    ck_assert_ptr_null(disk);
    ck_assert_ptr_nonnull(strstr(err.message, "/nowhere"));
}
END_TEST

/* ---- Memory ------------------------------------------------------------- */

START_TEST(every_allocation_may_fail)
{
    long n = 0;
    int status;

    do {
        struct failing_memory memory = {.until_failure = n};
        ltrec_dataset *d = NULL;
        ltrec_context *failing;

        status = failing_context(&memory, &failing);
        if (status == LTREC_OK) {
            status = toy_dataset(&toy, failing, &d);
            ltrec_context_free(failing); /* the dataset keeps it alive */
            ltrec_dataset_free(d);
        }
        ck_assert_int_eq(memory.live, 0);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        ck_assert_int_lt(n++, 200);
    } while (status != LTREC_OK);
    ck_assert_int_gt(n, 30);
}
END_TEST

START_TEST(a_track_there_was_no_memory_for_can_be_added_again)
{
    struct failing_memory memory = {.until_failure = -1};
    ltrec_frontend_options frontend;
    ltrec_dataset_options o = toy_options(&toy, &frontend);
    ltrec_context *failing;
    ltrec_dataset *d;

    o.scratch = _i == 0 ? NULL : "/tmp";
    ck_assert_int_eq(failing_context(&memory, &failing), LTREC_OK);
    ck_assert_int_eq(ltrec_dataset_create(failing, &o, &d, NULL), LTREC_OK);
    for (size_t i = 0; i < toy.n; i++) {
        int status = LTREC_ERR_MEMORY;

        for (long n = 0; status != LTREC_OK; n++) {
            memory.until_failure = n;
            status = toy_add_track(&toy, i, d, NULL);
            ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
            ck_assert_uint_eq(ltrec_dataset_count(d),
                              i + (status == LTREC_OK));
        }
    }
    memory.until_failure = -1;
    ltrec_dataset_free(d);
    ltrec_context_free(failing);
    ck_assert_int_eq(memory.live, 0);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, options_that_cannot_be_are_refused);
    tcase_add_test(tests, older_and_newer_callers_are_understood);
    tcase_add_test(tests, what_is_added_is_copied);
    tcase_add_test(tests, an_id_stands_for_one_track);
    tcase_add_test(tests, values_out_of_their_range_are_named_and_left_out);
    tcase_add_test(tests, what_nobody_has_said_is_not_known);
    tcase_add_test(tests, what_the_dataset_has_no_place_for_is_not_looked_at);
    tcase_add_test(tests, spectrograms_come_back_to_a_65535th_of_their_range);
    tcase_add_test(tests, spectrograms_on_disk_are_those_in_memory);
    tcase_add_test(tests, every_allocation_may_fail);
    tcase_add_loop_test(
        tests, a_track_there_was_no_memory_for_can_be_added_again, 0, 2);
}

int main(void)
{
    return check_run("dataset", add_tests);
}
