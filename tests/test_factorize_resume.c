/*
 * test_factorize_resume.c - factorizations stopped, and gone on with
 */
#include "check_run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ltrec/ltrec.h>

#include "cf/als_checkpoint.h"
#include "failing_memory.h"
#include "small_plays.h"
#include "store/store.h"

#define RANK 6
#define EPOCHS 5

static char folder[] = "/tmp/ltrec-checkpoint-XXXXXX";
static char path[64];
static struct small_plays plays;
static ltrec_context *ctx;
static ltrec_interactions *x;
static ltrec_factorize_options o;
static ltrec_factors *users, *items, *whole_users, *whole_items;
static double losses[EPOCHS], whole_losses[EPOCHS];
static ltrec_factorize_report report;
static ltrec_error err;

static void setup(void)
{
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/run", folder);
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    small_plays_draw(&plays);
    x = small_plays_finished(ctx, &plays);
    ltrec_factorize_options_init(&o, sizeof o);
    o.rank = RANK;
    o.epochs = EPOCHS;
    report = (ltrec_factorize_report){
        .size = sizeof report, .losses = losses, .capacity = EPOCHS};
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
    ltrec_factors_free(whole_users);
    ltrec_factors_free(whole_items);
    whole_users = whole_items = NULL;
    ltrec_interactions_free(x);
    ltrec_context_free(ctx);
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0); /* and no temporary file stayed */
}

static int factorize(void)
{
    let_go();
    return ltrec_factorize(ctx, x, &o, &users, &items, &report, &err);
}

/* The run that nothing stops, and no file knows of. */
static void factorize_whole(void)
{
    ck_assert_int_eq(factorize(), LTREC_OK);
    whole_users = users;
    whole_items = items;
    users = items = NULL;
    memcpy(whole_losses, losses, sizeof losses);
    memset(losses, 0, sizeof losses);
    o.checkpoint = path;
}

static void same_as_whole(void)
{
    size_t row = RANK * sizeof(float);

    ck_assert_mem_eq(ltrec_factors_vectors(users),
                     ltrec_factors_vectors(whole_users),
                     ltrec_factors_count(users) * row);
    ck_assert_mem_eq(ltrec_factors_vectors(items),
                     ltrec_factors_vectors(whole_items),
                     ltrec_factors_count(items) * row);
    ck_assert_uint_eq(ltrec_factors_model_id(items),
                      ltrec_factors_model_id(whole_items));
    ck_assert_mem_eq(losses, whole_losses, sizeof losses);
    ck_assert_double_eq(report.loss, whole_losses[report.n_epochs - 1]);
}

/* ---- Going on ----------------------------------------------------------- */

static int stop_after(void *user, uint64_t done, uint64_t total)
{
    long *left = user;

    ck_assert_uint_le(done, total);
    return (*left)-- == 0;
}

START_TEST(a_run_stopped_anywhere_goes_on_to_the_same_bits)
{
    long calls = 1, left;
    size_t stops = 0;

    o.patience = _i ? EPOCHS : 0;
    factorize_whole();
    for (int status = LTREC_ERR_CANCELLED; status != LTREC_OK; stops++) {
        left = calls += 3; /* more each time, so that it comes to an end */
        o.progress = stop_after;
        o.user = &left;
        status = factorize();
        ck_assert(status == LTREC_OK || status == LTREC_ERR_CANCELLED);
    }
    ck_assert_uint_gt(stops, 5);
    same_as_whole();
}
END_TEST

START_TEST(a_finished_run_is_handed_out_again_without_an_epoch)
{
    factorize_whole();
    ck_assert_int_eq(factorize(), LTREC_OK);
    same_as_whole();
    ck_assert_int_eq(factorize(), LTREC_OK);
    same_as_whole();
}
END_TEST

START_TEST(more_epochs_may_be_asked_for_later)
{
    factorize_whole();
    o.epochs = 2;
    ck_assert_int_eq(factorize(), LTREC_OK);
    o.epochs = EPOCHS;
    o.checkpoint_every = 100; /* and the last is saved all the same */
    ck_assert_int_eq(factorize(), LTREC_OK);
    same_as_whole();
    o.epochs = 2;
    ck_assert_int_eq(factorize(), LTREC_ERR_MISMATCH);
    ck_assert_msg(strstr(err.message, "epoch 5"), "%s", err.message);
}
END_TEST

START_TEST(the_best_epoch_so_far_is_not_forgotten)
{
    size_t best;

    o.patience = 2;
    o.epochs = EPOCHS;
    factorize_whole();
    best = report.best_epoch;
    for (o.epochs = 1; o.epochs < EPOCHS; o.epochs++)
        ck_assert_int_eq(factorize(), LTREC_OK);
    ck_assert_int_eq(factorize(), LTREC_OK);
    ck_assert_uint_eq(report.best_epoch, best);
    ck_assert_mem_eq(ltrec_factors_vectors(items),
                     ltrec_factors_vectors(whole_items),
                     ltrec_factors_count(items) * RANK * sizeof(float));
}
END_TEST

/* ---- What is refused ---------------------------------------------------- */

static void refuse(int code, const char *words)
{
    ck_assert_int_eq(factorize(), code);
    ck_assert_ptr_null(users);
    ck_assert_ptr_null(items);
    ck_assert_msg(strstr(err.message, words), "%s", err.message);
    ck_assert_msg(strstr(err.message, path), "%s", err.message);
}

#define REFUSE(field, value, words) \
    do { \
        ltrec_factorize_options before = o; \
        o.field = value; \
        refuse(LTREC_ERR_MISMATCH, words); \
        o = before; \
    } while (0)

START_TEST(a_checkpoint_of_other_options_is_refused_by_name)
{
    const uint64_t ids[] = {1000, 1007};
    const float vectors[2 * RANK] = {1};
    ltrec_factors *prior;

    factorize_whole();
    ck_assert_int_eq(factorize(), LTREC_OK);
    ck_assert_int_eq(
        ltrec_factors_create(ctx, 2, RANK, ids, vectors, NULL, &prior, NULL),
        LTREC_OK);
    REFUSE(lambda, 0.5, "lambda");
    REFUSE(rank, RANK + 1, "rank");
    REFUSE(seed, 7, "seed");
    REFUSE(seed, (uint64_t)1 << 40, "seed");
    REFUSE(cg_steps, 4, "cg_steps");
    REFUSE(alpha0, 0.25, "alpha0");
    REFUSE(patience, 3, "patience");
    REFUSE(item_prior, prior, "another prior");
    ltrec_factors_free(prior);
    ck_assert_int_eq(factorize(), LTREC_OK); /* it is as it was */
    same_as_whole();
}
END_TEST

START_TEST(a_checkpoint_of_other_plays_is_refused)
{
    factorize_whole();
    ck_assert_int_eq(factorize(), LTREC_OK);
    ltrec_interactions_free(x);
    plays.counts[plays.n - 1] += 1;
    x = small_plays_finished(ctx, &plays);
    refuse(LTREC_ERR_MISMATCH, "other plays");
}
END_TEST

START_TEST(a_file_that_is_no_checkpoint_is_refused_and_left_alone)
{
    char bytes[] = "plays.tsv";
    FILE *file = fopen(path, "w");

    fputs(bytes, file);
    fclose(file);
    o.checkpoint = path;
    refuse(LTREC_ERR_FORMAT, "");
    file = fopen(path, "r");
    ck_assert_ptr_nonnull(fgets(bytes, sizeof bytes, file));
    ck_assert_str_eq(bytes, "plays.tsv");
    fclose(file);
}
END_TEST

START_TEST(a_file_cut_short_anywhere_is_refused)
{
    struct stat there;
    off_t size;

    factorize_whole();
    ck_assert_int_eq(factorize(), LTREC_OK);
    ck_assert_int_eq(stat(path, &there), 0);
    size = there.st_size;
    while ((size -= 997) > 0) {
        ck_assert_int_eq(truncate(path, size), 0);
        ck_assert_int_eq(factorize(), LTREC_ERR_FORMAT);
    }
}
END_TEST

START_TEST(a_folder_that_is_not_there_fails_the_run)
{
    factorize_whole();
    o.checkpoint = "/nowhere/at/all";
    ck_assert_int_eq(factorize(), LTREC_ERR_IO);
    ck_assert_ptr_null(users);
}
END_TEST

/* Saved by hand, with one thing wrong in it. */
START_TEST(a_checkpoint_that_lies_is_refused)
{
    for (int lie = 0; lie < 3; lie++) {
        struct ltr_run run = {.ctx = ctx, .plays = x, .options = o};
        float *at;

        run.options.checkpoint = path;
        run.options.cg_steps = 2; /* what 0 stands for */
        ck_assert_int_eq(ltr_run_prepare(&run, NULL), LTREC_OK);
        run.report.n_epochs = 1;
        at = run.users.vectors + 3 * run.width;
        if (lie == 0)
            at[RANK] = 1; /* where there are zeros */
        if (lie == 1)
            at[0] = NAN;
        if (lie == 2)
            run.validation.best_epoch = 1; /* without a validation */
        run.validation.best_users = run.users.vectors;
        run.validation.best_items = run.items.vectors;
        ck_assert_int_eq(ltr_run_save(&run, NULL), LTREC_OK);
        run.validation.best_users = run.validation.best_items = NULL;
        ltr_run_clean_up(&run);
        o.checkpoint = path;
        ck_assert_int_eq(factorize(), LTREC_ERR_FORMAT);
    }
}
END_TEST

START_TEST(running_out_of_memory_leaves_a_checkpoint_to_go_on_from)
{
    int status = LTREC_ERR_MEMORY;

    o.patience = EPOCHS;
    factorize_whole();
    for (long i = 0; status != LTREC_OK; i++) {
        struct failing_memory memory = {.until_failure = -1};
        ltrec_context *with;

        let_go();
        ck_assert_int_eq(failing_context(&memory, &with), LTREC_OK);
        memory.until_failure = i;
        status = ltrec_factorize(with, x, &o, &users, &items, &report, &err);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        if (status == LTREC_OK)
            same_as_whole();
        let_go();
        ltrec_context_free(with);
        ck_assert_int_eq(memory.live, 0);
    }
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_run_stopped_anywhere_goes_on_to_the_same_bits,
                        0, 2);
    tcase_add_test(tests, a_finished_run_is_handed_out_again_without_an_epoch);
    tcase_add_test(tests, more_epochs_may_be_asked_for_later);
    tcase_add_test(tests, the_best_epoch_so_far_is_not_forgotten);
    tcase_add_test(tests, a_checkpoint_of_other_options_is_refused_by_name);
    tcase_add_test(tests, a_checkpoint_of_other_plays_is_refused);
    tcase_add_test(tests,
                   a_file_that_is_no_checkpoint_is_refused_and_left_alone);
    tcase_add_test(tests, a_file_cut_short_anywhere_is_refused);
    tcase_add_test(tests, a_folder_that_is_not_there_fails_the_run);
    tcase_add_test(tests, a_checkpoint_that_lies_is_refused);
    tcase_add_test(tests,
                   running_out_of_memory_leaves_a_checkpoint_to_go_on_from);
}

int main(void)
{
    return check_run("factorize resume", add_tests);
}
