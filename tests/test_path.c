/*
 * test_path.c - ways between tracks
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "failing_memory.h"
#include "small_catalogue.h"

#define MANY 3000
#define RANK 12

static ltrec_context *ctx;
static float vectors[MANY][RANK];
static uint64_t ids[MANY], recordings[MANY];
static ltrec_recommender *many;

static ltrec_recommender *make(ltrec_context *with, size_t n)
{
    ltrec_recommender_sources sources;
    ltrec_recommender_items items;
    ltrec_factors *factors = NULL;
    ltrec_recommender *r = NULL;

    for (size_t i = 0; i < n; i++) {
        ids[i] = 10 + i * 7;
        recordings[i] = 1 + i / 2 * (i % 20 < 2) + (i % 20 < 2 ? 0 : MANY + i);
        for (size_t j = 0; j < RANK; j++)
            vectors[i][j] = ltr_random_normal(21, i, j) / (float)(j + 1);
    }
    ltrec_factors_create(with, n, RANK, ids, vectors[0], NULL, &factors, NULL);
    ltrec_recommender_sources_init(&sources, sizeof sources);
    sources.factors = factors;
    ltrec_recommender_items_init(&items, sizeof items);
    items.n = n;
    items.ids = ids;
    items.recordings = recordings;
    if (factors)
        ltrec_recommender_create(with, &sources, &items, NULL, &r, NULL);
    ltrec_factors_free(factors);
    return r;
}

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    many = make(ctx, MANY);
    ck_assert_ptr_nonnull(many);
}

static void teardown(void)
{
    ltrec_recommender_free(many);
    ltrec_context_free(ctx);
}

struct way {
    uint64_t ids[100];
    float similarities[100];
    size_t n;
};

static struct way find(size_t n_fixed, const uint64_t *fixed, size_t k,
                       const ltrec_path_options *options)
{
    struct way w;
    ltrec_error err = {0};
    int status = ltrec_path(many, n_fixed, fixed, k, options, w.ids,
                            w.similarities, &w.n, &err);

    ck_assert_msg(status == LTREC_OK, "%s", err.message);
    return w;
}

static double angle(uint64_t a, uint64_t b)
{
    double cosine;

    ck_assert_int_eq(ltrec_recommender_cosine(many, a, b, &cosine), LTREC_OK);
    return acos(fmax(-1, fmin(1, cosine)));
}

/* The way that takes the nearest unused track at each point of the arc. */
static struct way greedy(uint64_t from, uint64_t to, size_t k)
{
    struct way w = {.n = k};
    const float *a = vectors[(from - 10) / 7], *b = vectors[(to - 10) / 7];
    double whole = angle(from, to), la = 0, lb = 0;
    char used[MANY] = {0};

    for (size_t j = 0; j < RANK; j++) {
        la += (double)a[j] * (double)a[j];
        lb += (double)b[j] * (double)b[j];
    }
    used[(from - 10) / 7] = used[(to - 10) / 7] = 1;
    for (size_t p = 0; p < k; p++) {
        double t = (double)p / (double)(k - 1), most = -2;
        size_t best = 0;

        for (size_t i = 0; i < MANY; i++) {
            double dot = 0, length = 0;

            for (size_t j = 0; j < RANK; j++) {
                double x = (sin((1 - t) * whole) * (double)a[j] / sqrt(la) +
                            sin(t * whole) * (double)b[j] / sqrt(lb)) /
                           sin(whole);

                dot += x * (double)vectors[i][j];
                length += (double)vectors[i][j] * (double)vectors[i][j];
            }
            if (!used[i] && dot / sqrt(length) > most)
                most = dot / sqrt(length), best = i;
        }
        w.ids[p] = p == 0 ? from : p == k - 1 ? to : ids[best];
        if (p > 0 && p < k - 1)
            used[best] = 1;
    }
    return w;
}

struct steps {
    double largest, squares;
};

static struct steps steps_of(const struct way *w)
{
    struct steps s = {0, 0};

    for (size_t i = 1; i < w->n; i++) {
        double step = angle(w->ids[i - 1], w->ids[i]);

        s.largest = fmax(s.largest, step);
        s.squares += step * step;
    }
    return s;
}

START_TEST(a_way_begins_and_ends_where_it_should_and_repeats_nothing)
{
    for (size_t trial = 0; trial < 20; trial++) {
        uint64_t ends[] = {ids[trial * 31], ids[2900 - trial * 17]};
        struct way w = find(2, ends, 25, NULL);

        ck_assert_uint_eq(w.n, 25);
        ck_assert_uint_eq(w.ids[0], ends[0]);
        ck_assert_uint_eq(w.ids[24], ends[1]);
        ck_assert_float_eq(w.similarities[0], 1);
        for (size_t i = 0; i < w.n; i++) {
            ck_assert(w.similarities[i] >= 0 && w.similarities[i] <= 1);
            for (size_t j = 0; j < i; j++)
                ck_assert_uint_ne(w.ids[i], w.ids[j]);
        }
    }
}
END_TEST

START_TEST(steps_are_more_even_than_of_the_nearest_track_at_each_point)
{
    double largest = 0, squares = 0;
    size_t n = 12;

    for (size_t trial = 0; trial < n; trial++) {
        uint64_t ends[] = {ids[trial * 97], ids[2950 - trial * 61]};
        struct way ours = find(2, ends, 25, NULL);
        struct way theirs = greedy(ends[0], ends[1], 25);
        struct steps a = steps_of(&ours), b = steps_of(&theirs);

        largest += a.largest / b.largest;
        squares += a.squares / b.squares;
    }
    ck_assert_double_lt(squares / (double)n, 0.85);
    ck_assert_double_lt(largest / (double)n, 0.95);
}
END_TEST

START_TEST(fixed_tracks_are_passed_in_their_order)
{
    uint64_t fixed[] = {ids[5], ids[1000], ids[2000], ids[77]};
    struct way w = find(4, fixed, 30, NULL);
    size_t at = 0;

    ck_assert_uint_eq(w.n, 30);
    for (size_t i = 0; i < w.n; i++)
        at += at < 4 && w.ids[i] == fixed[at];
    ck_assert_uint_eq(at, 4);
    ck_assert_uint_eq(w.ids[0], fixed[0]);
    ck_assert_uint_eq(w.ids[29], fixed[3]);
    w = find(4, fixed, 4, NULL);
    ck_assert_uint_eq(w.n, 4);
    ck_assert_int_eq(memcmp(w.ids, fixed, sizeof fixed), 0);
}
END_TEST

START_TEST(filters_copies_and_few_tracks_make_a_way_shorter_never_wrong)
{
    uint64_t ends[] = {ids[0], ids[1]}, allowed[] = {ids[20], ids[30]};
    ltrec_path_options options;
    ltrec_index_filter filter;
    struct way w;

    ck_assert_uint_eq(recordings[0], recordings[1]); /* copies, both fixed */
    w = find(2, ends, 10, NULL);
    ck_assert_uint_ge(w.n, 2);
    ck_assert_uint_eq(w.ids[w.n - 1], ends[1]);
    ltrec_path_options_init(&options, sizeof options);
    ltrec_index_filter_init(&filter, sizeof filter);
    filter.allowed = allowed;
    filter.n_allowed = 2;
    options.filter = &filter;
    ends[1] = ids[900];
    w = find(2, ends, 25, &options);
    ck_assert_uint_ge(w.n, 3);
    ck_assert_uint_le(w.n, 4);
    for (size_t i = 1; i + 1 < w.n; i++)
        ck_assert(w.ids[i] == allowed[0] || w.ids[i] == allowed[1]);
    filter.n_allowed = 0;
    ck_assert_uint_eq(find(2, ends, 25, &options).n, 2);
}
END_TEST

static void refuse(size_t n_fixed, const uint64_t *fixed, size_t k,
                   const ltrec_path_options *options, const char *why)
{
    struct way w = {.n = 5};
    ltrec_error err = {0};

    ck_assert_int_eq(ltrec_path(many, n_fixed, fixed, k, options, w.ids,
                                w.similarities, &w.n, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_uint_eq(w.n, 0);
    ck_assert_msg(strstr(err.message, why) != NULL, "%s", err.message);
}

START_TEST(a_way_that_cannot_be_is_refused)
{
    uint64_t ends[] = {ids[1], 3}, same[] = {ids[1], ids[2], ids[1]};
    ltrec_path_options options;

    refuse(1, ends, 5, NULL, "1 fixed tracks");
    refuse(2, ends, 1, NULL, "2 fixed tracks of 1");
    refuse(2, ends, 5, NULL, "nothing is known of fixed track 1");
    refuse(3, same, 5, NULL, "0 and 2 are the same");
    ltrec_path_options_init(&options, sizeof options);
    options.candidates = 0;
    refuse(2, same, 5, &options, "candidates");
    options.candidates = 3;
    options.off_path = NAN;
    refuse(2, same, 5, &options, "off_path");
}
END_TEST

START_TEST(similarities_lie_between_0_and_1)
{
    ck_assert(ltrec_similarity(1) == 1 && ltrec_similarity(-1) == 0);
    ck_assert(ltrec_similarity(0) == 0.5 && ltrec_similarity(1.0000001) == 1);
    ck_assert(ltrec_similarity(-1.1) == 0);
}
END_TEST

static int find_one(struct failing_memory *memory)
{
    ltrec_context *context;
    ltrec_recommender *r = NULL;
    struct way w;
    uint64_t ends[] = {10, 17};
    int status = failing_context(memory, &context);

    if (status == LTREC_OK)
        r = make(context, 40);
    if (status == LTREC_OK)
        status = r ? ltrec_path(r, 2, ends, 8, NULL, w.ids, w.similarities,
                                &w.n, NULL)
                   : LTREC_ERR_MEMORY;
    ltrec_recommender_free(r);
    ltrec_context_free(context);
    return status;
}

START_TEST(running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    ck_assert_int_gt(fail_each_allocation(find_one, 60), 30);
}
END_TEST

START_TEST(a_way_takes_no_more_memory_than_was_said)
{
    struct failing_memory memory = {.until_failure = -1};
    const size_t n = 400, k = 30, n_fixed = 3, candidates = 64;
    uint64_t fixed[3], found[30];
    float similarities[30];
    ltrec_path_options options;
    ltrec_context *context;
    ltrec_recommender *r;
    size_t n_found, before;

    ck_assert_int_eq(failing_context(&memory, &context), LTREC_OK);
    r = make(context, n);
    for (size_t i = 0; i < n_fixed; i++)
        fixed[i] = ids[i * 90];
    ltrec_path_options_init(&options, sizeof options);
    options.candidates = (uint32_t)candidates;
    before = memory.bytes;
    ck_assert_int_eq(ltrec_path(r, n_fixed, fixed, k, &options, found,
                                similarities, &n_found, NULL),
                     LTREC_OK);
    /* Nine arrays, each put on a boundary. */
    ck_assert_uint_le(memory.bytes - before,
                      4 * n * n_fixed + k * (100 + 24 * candidates) + 9 * 128);
    ck_assert_uint_ge(memory.bytes - before,
                      4 * n * n_fixed + k * 24 * candidates);
    ltrec_recommender_free(r);
    ltrec_context_free(context);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests,
                   a_way_begins_and_ends_where_it_should_and_repeats_nothing);
    tcase_add_test(
        tests, steps_are_more_even_than_of_the_nearest_track_at_each_point);
    tcase_add_test(tests, fixed_tracks_are_passed_in_their_order);
    tcase_add_test(
        tests, filters_copies_and_few_tracks_make_a_way_shorter_never_wrong);
    tcase_add_test(tests, a_way_that_cannot_be_is_refused);
    tcase_add_test(tests, similarities_lie_between_0_and_1);
    tcase_add_test(tests, a_way_takes_no_more_memory_than_was_said);
    tcase_add_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing);
}

int main(void)
{
    return check_run("path", add_tests);
}
