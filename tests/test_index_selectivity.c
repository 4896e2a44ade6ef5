/*
 * test_index_selectivity.c - exact searches, however little a filter lets by
 *
 * Every answer is held to a walk down all tracks in the order of their scores:
 * a recall of 1, and min(k, eligible) tracks.  LTREC_TEST_TRACKS=1000000 asks
 * for the catalogue of docs/index.md; the default is one that make check has
 * the time for.
 */
#include "check_run.h"

#include <string.h>

#include "base/random.h"
#include "index_reference.h"

#define TRACKS 30000
#define DIM 12
#define QUERIES 2
#define MOST 100 /* answers */

/* How a filter may say the same. */
enum form {
    ALLOWED,
    EXCLUDED,
    BITMAP,
    ALL_THREE,
    FORMS
};

static const double selectivities[] = {1,    0.5,  0.2,  0.13, 0.12, 0.05,
                                       1e-2, 1e-3, 1e-4, 1e-5, 1e-6};
#define N_SELECTIVITIES (sizeof selectivities / sizeof selectivities[0])

static ltrec_context *ctx;
static ltrec_index *tracks;
static size_t n_tracks;
static float queries[QUERIES][DIM];
static struct reference *order; /* [n_tracks], of one query */

/* What is being let by: ids are 3 i + 1. */
static struct selection {
    unsigned char *eligible; /* [n_tracks] */
    size_t n;
    uint64_t *allowed, *excluded, *bitmap;
    size_t n_allowed, n_excluded, n_bits;
} chosen;

static uint64_t id_of(size_t i)
{
    return 3 * (uint64_t)i + 1;
}

static size_t number_of(uint64_t id)
{
    return (size_t)(id - 1) / 3;
}

/* Half of them in clusters, many of them more than once. */
static void draw(float *to, uint64_t stream, uint64_t i)
{
    uint64_t which = i - i % 5 % 3;
    float tight = which % 2 ? 1 : 0.1f;

    for (size_t j = 0; j < DIM; j++)
        to[j] = ltr_random_normal(1, which % 64, j) +
                tight * ltr_random_normal(stream, which, j);
}

static void setup(void)
{
    const char *text = getenv("LTREC_TEST_TRACKS");
    ltrec_index_options options;
    float *vectors;
    uint64_t *ids;

    n_tracks = text ? (size_t)strtoull(text, NULL, 10) : TRACKS;
    ids = malloc(n_tracks * sizeof *ids);
    vectors = malloc(n_tracks * DIM * sizeof *vectors);
    for (size_t i = 0; i < n_tracks; i++) {
        ids[i] = id_of(i);
        draw(vectors + i * DIM, 2, i);
    }
    for (size_t q = 0; q < QUERIES; q++)
        draw(queries[q], 3, q);
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    ltrec_index_options_init(&options, sizeof options);
    options.reserve = n_tracks;
    ck_assert_int_eq(ltrec_index_create(ctx, DIM, &options, &tracks, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_index_add(tracks, n_tracks, ids, vectors, NULL),
                     LTREC_OK);
    free(ids);
    free(vectors);
    order = malloc(n_tracks * sizeof *order);
    chosen.n_bits = 3 * n_tracks + 1;
    chosen.eligible = malloc(n_tracks);
    chosen.allowed = malloc((n_tracks + 2) * sizeof *chosen.allowed);
    chosen.excluded = malloc((n_tracks + 2) * sizeof *chosen.excluded);
    chosen.bitmap = malloc((chosen.n_bits / 64 + 1) * sizeof *chosen.bitmap);
}

static void teardown(void)
{
    ltrec_index_free(tracks);
    ltrec_context_free(ctx);
    free(order);
    free(chosen.eligible);
    free(chosen.allowed);
    free(chosen.excluded);
    free(chosen.bitmap);
}

/* The lists and bits that say what is eligible. */
static void write_down(struct selection *s)
{
    s->n_allowed = s->n_excluded = 0;
    memset(s->bitmap, 0, (s->n_bits / 64 + 1) * sizeof *s->bitmap);
    for (size_t i = 0; i < n_tracks; i++) {
        uint64_t id = id_of(i);

        if (s->eligible[i]) {
            s->allowed[s->n_allowed++] = id;
            s->bitmap[id / 64] |= UINT64_C(1) << id % 64;
        } else {
            s->excluded[s->n_excluded++] = id;
        }
    }
    s->n = s->n_allowed;
    s->allowed[s->n_allowed++] = 3 * (uint64_t)n_tracks; /* of no track */
}

/* So many of them, at random or those furthest from the query. */
static void select_some(struct selection *s, double share, int furthest)
{
    size_t n = (size_t)(share * (double)n_tracks), at = 0;

    n = n ? n : 1;
    memset(s->eligible, 0, n_tracks);
    for (size_t i = 0; furthest && i < n; i++)
        s->eligible[number_of(order[n_tracks - 1 - i].id)] = 1;
    for (size_t i = 0; !furthest && at < n; i++) {
        size_t row = (size_t)ltr_random_below(4, n, i, n_tracks);

        at += !s->eligible[row];
        s->eligible[row] = 1;
    }
    write_down(s);
    ck_assert_uint_eq(s->n, n);
}

static ltrec_index_filter filter_of(const struct selection *s, enum form form)
{
    ltrec_index_filter filter;

    ltrec_index_filter_init(&filter, sizeof filter);
    if (form == ALLOWED || form == ALL_THREE) {
        filter.allowed = s->allowed;
        filter.n_allowed = s->n_allowed;
    }
    if (form == EXCLUDED || form == ALL_THREE) {
        filter.excluded = s->excluded;
        filter.n_excluded = s->n_excluded;
    }
    if (form == BITMAP || form == ALL_THREE) {
        filter.bitmap = s->bitmap;
        filter.n_bits = s->n_bits;
    }
    return filter;
}

static void expect_all(const struct selection *s, const float *query)
{
    static struct reference best[MOST];
    size_t n = 0;

    for (size_t i = 0; i < n_tracks && n < MOST; i++)
        if (s->eligible[number_of(order[i].id)])
            best[n++] = order[i];
    for (int form = 0; form < FORMS; form++)
        for (size_t k = 1; k <= MOST; k *= 10) {
            ltrec_index_filter filter = filter_of(s, (enum form)form);
            uint64_t ids[MOST];
            float found[MOST];
            size_t n_found;

            ck_assert_int_eq(ltrec_index_search_filtered(tracks, query, k,
                                                         &filter, ids, found,
                                                         &n_found),
                             LTREC_OK);
            ck_assert_uint_eq(n_found, k < s->n ? k : s->n);
            expect_reference(best, n, k, ids, found, n_found);
        }
}

static void sweep(void)
{
    for (size_t q = 0; q < QUERIES; q++) {
        scan_reference(ctx, tracks, queries[q], order, NULL);
        for (size_t i = 0; i < N_SELECTIVITIES; i++)
            for (int furthest = 0; furthest < 2; furthest++) {
                select_some(&chosen, selectivities[i], furthest);
                expect_all(&chosen, queries[q]);
            }
    }
}

START_TEST(every_selectivity_is_answered_in_full)
{
    sweep();
}
END_TEST

START_TEST(every_selectivity_is_answered_in_full_by_lists)
{
    ltrec_index_information info;

    ck_assert_int_eq(ltrec_index_compact(tracks, NULL, NULL), LTREC_OK);
    ltrec_index_information_init(&info, sizeof info);
    ltrec_index_info(tracks, &info);
    ck_assert_uint_gt(info.lists, 100);
    sweep();
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, every_selectivity_is_answered_in_full);
    tcase_add_test(tests, every_selectivity_is_answered_in_full_by_lists);
}

int main(void)
{
    return check_run("index selectivity", add_tests);
}
