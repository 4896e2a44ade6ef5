/*
 * test_index_exact.c - answers by codes are the bits of a float scan
 *
 * Against vectors made to defeat codes of 8 bits: ties that only float tells
 * apart, a range within one vector that codes can't hold, equal vectors, all
 * in one direction or along one axis.
 */
#include "check_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "base/context.h"
#include "base/fpu.h"
#include "base/random.h"
#include "index/halves.h"
#include "index_reference.h"
#include "kernel_sets.h"
#include "math/kernels.h"

#define MANY 700
#define QUERIES 5
#define MOST_K 40

enum kind {
    NORMAL,
    NEAR_TIES,
    WIDE_RANGE,
    ONE_HOT,
    EQUAL,
    OPPOSITE,
    FEW_VALUES,
    DECAYING,
    NEGATIVE,
    TINY_TAILS,
    KINDS
};

/* Value `j` of vector `i`, before it is made unit. */
static float value(enum kind kind, uint64_t i, size_t j, size_t dim)
{
    float normal = ltr_random_normal(kind, i, j);

    switch (kind) {
    case NEAR_TIES:
        return ltr_random_normal(kind, 9999, j) * (1 + 1e-6f * normal);
    case WIDE_RANGE:
        return normal * powf(10, -(float)((i + j) % 12));
    case ONE_HOT:
        return j == i % dim ? 1 : j == (i + 1) % dim ? 1e-6f * normal : 0;
    case EQUAL:
        return 1 + (float)(j % 3);
    case OPPOSITE:
        return ltr_random_normal(kind, i / 2, j) * (i % 2 ? -1 : 1);
    case FEW_VALUES:
        return (float)ltr_random_below(kind, i, j, 3) - 0.9f;
    case DECAYING:
        return normal * powf((float)(j + 1), -0.7f);
    case NEGATIVE:
        return -fabsf(normal);
    case TINY_TAILS:
        return j == 0 ? 1 : 1e-4f * normal;
    default:
        return normal;
    }
}

static void draw(float *to, enum kind kind, uint64_t i, size_t dim)
{
    for (size_t j = 0; j < dim; j++)
        to[j] = value(kind, i, j, dim);
}

static void check(const ltrec_context *ctx, const ltrec_index *index,
                  const float *queries)
{
    static const size_t ks[] = {1, 10, MOST_K};
    size_t dim = ltrec_index_dim(index), n;
    uint64_t ids[QUERIES * MOST_K];
    float found[QUERIES * MOST_K];
    size_t counts[QUERIES];
    struct reference all[QUERIES][MANY];

    for (size_t q = 0; q < QUERIES; q++)
        n = scan_reference(ctx, index, queries + q * dim, all[q], NULL);
    for (size_t i = 0; i < 3; i++) {
        size_t k = ks[i];

        ck_assert_int_eq(ltrec_index_search_batch(index, QUERIES, queries, k,
                                                  ids, found, counts, NULL),
                         LTREC_OK);
        for (size_t q = 0; q < QUERIES; q++)
            expect_reference(all[q], n, k, ids + q * k, found + q * k,
                             counts[q]);
        for (size_t q = 0; q < QUERIES; q++) {
            ck_assert_int_eq(ltrec_index_search(index, queries + q * dim, k,
                                                ids, found, counts),
                             LTREC_OK);
            expect_reference(all[q], n, k, ids, found, counts[0]);
        }
    }
}

/* ---- Tests -------------------------------------------------------------- */

static ltrec_index *make(ltrec_context *ctx, enum kind kind, size_t dim,
                         float *queries)
{
    float *vectors = malloc(MANY * dim * sizeof *vectors);
    uint64_t ids[MANY];
    ltrec_index *index;

    for (size_t i = 0; i < MANY; i++) {
        ids[i] = (i * 7919 + 11) % 4001;
        draw(vectors + i * dim, kind, i, dim);
        vectors[i * dim] += 1e-9f; /* never zero */
    }
    for (size_t q = 0; q < QUERIES; q++)
        draw(queries + q * dim, q == 4 ? NORMAL : kind, MANY / 2 + q, dim);
    for (size_t j = 0; j < dim; j++)
        queries[2 * dim + j] *= -1e-6f;
    queries[3 * dim] += 1e-9f;
    ck_assert_int_eq(ltrec_index_create(ctx, dim, NULL, &index, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_index_add(index, MANY, ids, vectors, NULL),
                     LTREC_OK);
    free(vectors);
    return index;
}

START_TEST(answers_have_the_bits_of_a_float_scan_whatever_the_vectors)
{
    static const size_t dims[] = {1, 2, 3, 5, 8, 17, 64, 200, 513};
    static float queries[QUERIES * 513];

    for (int32_t set = 0; set < KERNEL_SETS; set++) {
        ltrec_context *ctx = context_with(set, 1 + (uint32_t)set % 3);

        for (size_t d = 0; ctx && d < sizeof dims / sizeof dims[0]; d++)
            for (enum kind kind = 0; kind < KINDS; kind++) {
                ltrec_index *index = make(ctx, kind, dims[d], queries);

                check(ctx, index, queries);
                ltrec_index_free(index);
            }
        ltrec_context_free(ctx);
    }
}
END_TEST

START_TEST(the_longest_vectors_with_codes_and_the_shortest_without_agree)
{
    static float queries[QUERIES * (LTR_MOST_CODED + 1)];
    ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO, 1);

    for (size_t dim = LTR_MOST_CODED; dim <= LTR_MOST_CODED + 1; dim++) {
        ltrec_index *index = make(ctx, NORMAL, dim, queries);

        check(ctx, index, queries);
        ltrec_index_free(index);
    }
    ltrec_context_free(ctx);
}
END_TEST

/* Which of the first MANY ids are in; each step adds or removes some. */
static void change(ltrec_index *index, char *in, uint64_t step, size_t dim)
{
    float vector[33];

    for (size_t i = 0; i < 30; i++) {
        uint64_t id = ltr_random_below(5, step, i, MANY);

        draw(vector, step % 5 ? NORMAL : NEAR_TIES, step * 100 + i, dim);
        if (in[id])
            ck_assert_int_eq(ltrec_index_remove(index, 1, &id, NULL),
                             LTREC_OK);
        else
            ck_assert_int_eq(ltrec_index_add(index, 1, &id, vector, NULL),
                             LTREC_OK);
        in[id] = !in[id];
    }
}

START_TEST(answers_stay_exact_while_tracks_come_and_go)
{
    enum {
        DIM = 33
    };
    float queries[QUERIES * DIM];

    for (int32_t set = 0; set < KERNEL_SETS; set++) {
        ltrec_context *ctx = context_with(set, 1);
        ltrec_index *index;
        char in[MANY] = {0};

        if (!ctx)
            continue;
        ltrec_index_create(ctx, DIM, NULL, &index, NULL);
        for (uint64_t step = 0; step < 60; step++) {
            change(index, in, step, DIM);
            for (size_t q = 0; q < QUERIES; q++)
                draw(queries + q * DIM, q % 2 ? NORMAL : NEAR_TIES,
                     5000 + step + q, DIM);
            check(ctx, index, queries);
        }
        ltrec_index_free(index);
        ltrec_context_free(ctx);
    }
}
END_TEST

/* ---- The bound ---------------------------------------------------------- */

/* What is left of a track's code: plain, turned, and of its upper half. */
enum stage {
    PLAIN,
    TURNED,
    UPPER,
    STAGES
};

struct coded {
    struct ltr_codes codes;
    struct ltr_halves halves;
    struct ltr_code_query query;
    int8_t code[520];
    enum stage stage;
};

static int is_left(struct coded *c, const float *vector, size_t dim)
{
    const struct ltr_sift_rows rows = ltr_codes_rows(&c->codes, dim);
    const struct ltr_sift_halves halves = ltr_halves_rows(&c->halves, dim);
    uint16_t mask;

    if (c->stage == UPPER) {
        ltr_halves_put(&c->halves, 0, vector, dim);
        ltr_sift_upper_portable(&mask, &halves, 1, &c->query.sift, 1);
    } else {
        ltr_codes_put(&c->codes, 0, vector, dim, c->query.coding);
        ltr_sift_portable(&mask, &rows, 1, &c->query.sift, 1);
    }
    return mask & 1;
}

/* How many of MANY vectors may reach that of `rank`, which all before do. */
static size_t count_left(enum kind kind, size_t dim, size_t rank,
                         enum stage stage)
{
    ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO, 1);
    static float queries[QUERIES * 513];
    ltrec_index *index = make(ctx, kind, dim, queries);
    struct coded coded = {.stage = stage};
    struct reference all[MANY];
    float vector[513];
    size_t left = 0;
    double length = 0;

    for (size_t j = 0; j < dim; j++)
        length += (double)queries[j] * (double)queries[j];
    scan_reference(ctx, index, queries, all, NULL);
    ck_assert_int_eq(ltr_codes_create(ctx, 1, dim, &coded.codes), LTREC_OK);
    ck_assert_int_eq(ltr_halves_create(ctx, 1, dim, &coded.halves), LTREC_OK);
    ltr_code_query_init(&coded.query, coded.code, queries, dim, sqrt(length),
                        stage == PLAIN ? LTR_CODING_PLAIN : LTR_CODING_TURNED);
    ltr_code_query_demand(&coded.query,
                          (float)((double)all[rank].score * sqrt(length)));
    for (size_t i = 0; i < MANY; i++) {
        int is;

        ltrec_index_vector(index, all[i].id, vector);
        is = is_left(&coded, vector, dim);
        ck_assert(i > rank || is);
        left += (size_t)is;
    }
    ltr_codes_free(ctx, &coded.codes);
    ltr_halves_free(ctx, &coded.halves);
    ltrec_index_free(index);
    ltrec_context_free(ctx);
    return left;
}

START_TEST(no_track_that_reaches_a_score_is_sieved_out)
{
    static const size_t dims[] = {1, 3, 16, 200, 513};

    for (size_t d = 0; d < 5; d++)
        for (enum kind kind = 0; kind < KINDS; kind++)
            for (size_t rank = 0; rank < MANY; rank += 1 + 3 * rank)
                for (enum stage stage = 0; stage < STAGES; stage++)
                    count_left(kind, dims[d], rank, stage);
}
END_TEST

START_TEST(of_ordinary_vectors_few_are_left)
{
    ck_assert_uint_lt(count_left(NORMAL, 200, 9, TURNED), 30);
    ck_assert_uint_lt(count_left(OPPOSITE, 64, 9, TURNED), 30);
    ck_assert_uint_lt(count_left(NORMAL, 200, 9, UPPER), 300);
    ck_assert_uint_lt(count_left(DECAYING, 200, 9, UPPER), 300);
}
END_TEST

/* Codes of what lies along few axes would waste most of their bits. */
START_TEST(turning_leaves_fewer)
{
    ck_assert_uint_lt(count_left(DECAYING, 200, 9, TURNED),
                      count_left(DECAYING, 200, 9, PLAIN));
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests,
                   answers_have_the_bits_of_a_float_scan_whatever_the_vectors);
    tcase_add_test(
        tests, the_longest_vectors_with_codes_and_the_shortest_without_agree);
    tcase_add_test(tests, answers_stay_exact_while_tracks_come_and_go);
    tcase_add_test(tests, no_track_that_reaches_a_score_is_sieved_out);
    tcase_add_test(tests, of_ordinary_vectors_few_are_left);
    tcase_add_test(tests, turning_leaves_fewer);
}

int main(void)
{
    return check_run("index exact", add_tests);
}
