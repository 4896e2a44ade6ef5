/*
 * test_index_live.c - readers of an index that is being changed
 *
 * Every track's vector says of which generation it is, and a writer moves all
 * of them to the next at once.  A reader that finds two generations in one
 * answer, or a track missing, has seen half a change.  `make race` runs this
 * under the thread sanitizer.
 */
#include "check_run.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include <ltrec/ltrec.h>

#include "base/random.h"

#define TRACKS 300
#define DIM 12
#define READERS 3
#define GENERATIONS 150
#define ASKED (2 * TRACKS)

static ltrec_context *ctx;
static ltrec_index *live;
static atomic_int stopped;
static atomic_int failures; /* Check's own asserts are for one thread */

/*
 * The last float over the first is the generation; the others are noise that
 * goes with the id, and so decide the order.
 */
static void vector_of(uint64_t generation, uint64_t id, float *vector)
{
    vector[0] = 1;
    for (uint64_t j = 1; j < DIM - 1; j++)
        vector[j] = 0.1f * ltr_random_normal(1, id, j);
    vector[DIM - 1] = (float)generation / GENERATIONS;
}

static uint64_t generation_of(const float *vector)
{
    return (uint64_t)lroundf(vector[DIM - 1] / vector[0] * GENERATIONS);
}

static void move_all(uint64_t generation)
{
    static uint64_t ids[TRACKS];
    static float vectors[TRACKS][DIM];

    for (uint64_t i = 0; i < TRACKS; i++) {
        ids[i] = i;
        vector_of(generation, i, vectors[i]);
    }
    ck_assert_int_eq((generation ? ltrec_index_update : ltrec_index_add)(
                         live, TRACKS, ids, vectors[0], NULL),
                     LTREC_OK);
}

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_create(ctx, DIM, NULL, &live, NULL),
                     LTREC_OK);
    atomic_store(&stopped, 0);
    atomic_store(&failures, 0);
}

static void teardown(void)
{
    ltrec_index_free(live);
    ltrec_context_free(ctx);
}

/* The cosine with (0, ..., 0, 1) tells a vector's generation to within its
   noise: none, that is, when all are of one. */
static int is_one_state(const uint64_t *ids, const float *found, size_t n)
{
    float vector[DIM], least = INFINITY, most = -INFINITY;
    char seen[TRACKS] = {0};

    for (size_t i = 0; i < n; i++) {
        double squares = 0;
        float tangent;

        if (ids[i] >= TRACKS || seen[ids[i]]++)
            return 0;
        vector_of(0, ids[i], vector);
        for (size_t j = 0; j < DIM; j++)
            squares += (double)vector[j] * (double)vector[j];
        tangent = found[i] / sqrtf(1 - found[i] * found[i]) *
                  (float)sqrt(squares) * GENERATIONS;
        least = fminf(least, tangent);
        most = fmaxf(most, tangent);
    }
    return n == TRACKS && most - least < 0.5f;
}

static void *read_on(void *arg)
{
    static const float query[2][DIM] = {{[DIM - 1] = 1}, {[DIM - 1] = 1}};
    uint64_t ids[2][ASKED];
    float found[2][ASKED], vector[DIM];
    size_t n[2], mine = *(size_t *)arg;

    for (uint64_t round = 0; !atomic_load(&stopped); round++) {
        uint64_t id = (round * 7 + mine) % TRACKS, before = 0;
        int fine;

        if (round % 3 == 0)
            fine = ltrec_index_search_batch(live, 2, query[0], ASKED, ids[0],
                                            found[0], n, NULL) == LTREC_OK &&
                   is_one_state(ids[1], found[1], n[1]);
        else if (round % 3 == 1) /* few answers: by codes */
            fine = ltrec_index_search_id(live, id, 5, NULL, ids[0], found[0],
                                         n) == LTREC_OK &&
                   n[0] == 5;
        else
            fine = ltrec_index_search(live, query[0], ASKED, ids[0], found[0],
                                      n) == LTREC_OK &&
                   is_one_state(ids[0], found[0], n[0]);
        /* Time does not go backwards. */
        for (int i = 0; fine && i < 2; i++) {
            fine = ltrec_index_vector(live, id, vector) == LTREC_OK &&
                   generation_of(vector) >= before;
            before = generation_of(vector);
        }
        fine = fine && ltrec_index_count(live) == TRACKS;
        if (!fine)
            atomic_fetch_add(&failures, 1);
    }
    return NULL;
}

static void start(pthread_t *readers, void *(*what)(void *))
{
    static size_t numbers[READERS];

    for (size_t i = 0; i < READERS; i++) {
        numbers[i] = i;
        ck_assert_int_eq(pthread_create(&readers[i], NULL, what, &numbers[i]),
                         0);
    }
}

static void stop(const pthread_t *readers)
{
    atomic_store(&stopped, 1);
    for (size_t i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    ck_assert_int_eq(atomic_load(&failures), 0);
}

START_TEST(a_search_sees_all_of_a_change_or_nothing_of_it)
{
    pthread_t readers[READERS];

    move_all(0);
    start(readers, read_on);
    for (uint64_t generation = 1; generation <= GENERATIONS; generation++) {
        move_all(generation);
        if (generation % 40 == 0)
            ck_assert_int_eq(ltrec_index_compact(live, NULL, NULL), LTREC_OK);
    }
    stop(readers);
}
END_TEST

/* The tracks below TRACKS stay; others come and go. */
static void *look_for_those_who_stay(void *arg)
{
    uint64_t ids[20], allowed[TRACKS];
    float found[20], vector[DIM];
    ltrec_index_filter filter;
    size_t n, mine = *(size_t *)arg;

    for (uint64_t i = 0; i < TRACKS; i++)
        allowed[i] = i;
    ltrec_index_filter_init(&filter, sizeof filter);
    filter.allowed = allowed;
    filter.n_allowed = TRACKS;
    for (uint64_t round = 0; !atomic_load(&stopped); round++) {
        uint64_t id = (round * 13 + mine) % TRACKS;

        vector_of(0, id, vector);
        ltrec_index_search_filtered(live, vector, 20, &filter, ids, found, &n);
        if (n != 20 || ids[0] != id)
            atomic_fetch_add(&failures, 1);
        ltrec_index_search(live, vector, 20, ids, found, &n);
        if (n != 20 || ids[0] != id)
            atomic_fetch_add(&failures, 1);
    }
    return NULL;
}

START_TEST(those_who_stay_are_found_while_others_come_and_go)
{
    pthread_t readers[READERS];

    move_all(0);
    start(readers, look_for_those_who_stay);
    for (uint64_t id = TRACKS; id < 6 * TRACKS; id++) {
        float vector[DIM];

        vector_of(1, id, vector);
        ck_assert_int_eq(ltrec_index_add(live, 1, &id, vector, NULL),
                         LTREC_OK);
        if (id % 3 == 0)
            ck_assert_int_eq(ltrec_index_remove(live, 1, &id, NULL), LTREC_OK);
    }
    for (uint64_t id = TRACKS; id < 6 * TRACKS; id++)
        if (id % 3 != 0)
            ck_assert_int_eq(ltrec_index_remove(live, 1, &id, NULL), LTREC_OK);
    stop(readers);
    ck_assert_uint_eq(ltrec_index_count(live), TRACKS);
}
END_TEST

static void *save_on(void *arg)
{
    char path[64];

    snprintf(path, sizeof path, "/tmp/ltrec-live-%ld-%zu", (long)getpid(),
             *(size_t *)arg);
    while (!atomic_load(&stopped)) {
        ltrec_index *loaded = NULL;

        if (ltrec_index_save(live, path, NULL) != LTREC_OK ||
            ltrec_index_load(ctx, path, &loaded, NULL) != LTREC_OK ||
            ltrec_index_count(loaded) != TRACKS)
            atomic_fetch_add(&failures, 1);
        ltrec_index_free(loaded);
    }
    unlink(path);
    return NULL;
}

START_TEST(what_is_saved_while_it_changes_is_the_state_of_one_moment)
{
    pthread_t readers[READERS];

    move_all(0);
    start(readers, save_on);
    for (uint64_t generation = 1; generation <= 40; generation++)
        move_all(generation);
    stop(readers);
}
END_TEST

static int hold(void *user, uint64_t done, uint64_t total)
{
    int *asked = user;
    uint64_t id = 77777;
    float vector[DIM];

    (void)done;
    (void)total;
    vector_of(0, id, vector);
    *asked += ltrec_index_add(live, 1, &id, vector, NULL) == LTREC_ERR_STATE;
    *asked += ltrec_index_remove(live, 1, &id, NULL) == LTREC_ERR_STATE;
    *asked +=
        ltrec_index_update(live, 1, &id, vector, NULL) == LTREC_ERR_STATE;
    *asked += ltrec_index_compact(live, NULL, NULL) == LTREC_ERR_STATE;
    return 1;
}

START_TEST(a_second_writer_is_turned_away)
{
    ltrec_index_compact_options options;
    int asked = 0;

    for (uint64_t id = 0; id < 5000; id++) {
        float vector[DIM];

        vector_of(0, id, vector);
        ltrec_index_add(live, 1, &id, vector, NULL);
    }
    ltrec_index_compact_options_init(&options, sizeof options);
    options.progress = hold;
    options.user = &asked;
    ck_assert_int_eq(ltrec_index_compact(live, &options, NULL),
                     LTREC_ERR_CANCELLED);
    ck_assert_int_eq(asked, 4);
    ck_assert_uint_eq(ltrec_index_count(live), 5000);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_search_sees_all_of_a_change_or_nothing_of_it);
    tcase_add_test(tests, those_who_stay_are_found_while_others_come_and_go);
    tcase_add_test(tests,
                   what_is_saved_while_it_changes_is_the_state_of_one_moment);
    tcase_add_test(tests, a_second_writer_is_turned_away);
}

int main(void)
{
    return check_run("index live", add_tests);
}
