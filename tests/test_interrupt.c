/*
 * test_interrupt.c - Ctrl-C in the middle of what a command does
 *
 * Commands run here as main() runs them, with this in the way of the library's
 * ranking (see the Makefile): somebody presses Ctrl-C as it begins.
 */
#include "check_run.h"

#include <signal.h>
#include <unistd.h>

#include "../tools/commands.h"
#include "../tools/term.h"
#include "small_plays.h"
#include "temp_file.h"

int __real_ltrec_evaluation_add_factors(
    ltrec_evaluation *evaluation, size_t n_users, const float *users,
    size_t rank, const float *items, const uint64_t *train_offsets,
    const uint32_t *train_items, const uint64_t *test_offsets,
    const uint32_t *test_items, ltrec_progress progress, void *user,
    ltrec_error *err);
int __wrap_ltrec_evaluation_add_factors(
    ltrec_evaluation *evaluation, size_t n_users, const float *users,
    size_t rank, const float *items, const uint64_t *train_offsets,
    const uint32_t *train_items, const uint64_t *test_offsets,
    const uint32_t *test_items, ltrec_progress progress, void *user,
    ltrec_error *err);

static int n_rankings, ranked;

int __wrap_ltrec_evaluation_add_factors(
    ltrec_evaluation *evaluation, size_t n_users, const float *users,
    size_t rank, const float *items, const uint64_t *train_offsets,
    const uint32_t *train_items, const uint64_t *test_offsets,
    const uint32_t *test_items, ltrec_progress progress, void *user,
    ltrec_error *err)
{
    n_rankings++;
    raise(SIGINT);
    ranked = __real_ltrec_evaluation_add_factors(
        evaluation, n_users, users, rank, items, train_offsets, train_items,
        test_offsets, test_items, progress, user, err);
    return ranked;
}

static struct temp_file write_plays(void)
{
    struct temp_file file = temp_file_of("");
    FILE *stream = fopen(file.path, "w");
    struct small_plays plays;

    ck_assert_ptr_nonnull(stream);
    small_plays_draw(&plays);
    fprintf(stream, "user\titem\tcount\n");
    for (size_t i = 0; i < plays.n; i++)
        fprintf(stream, "%llu\t%llu\t%g\n", (unsigned long long)plays.users[i],
                (unsigned long long)plays.items[i], (double)plays.counts[i]);
    ck_assert_int_eq(fclose(stream), 0);
    return file;
}

/* It asks whether to go on, and does not leave that to the next trial. */
START_TEST(a_trial_that_is_ranked_ends_at_once)
{
    struct temp_file plays = write_plays();
    char out[sizeof plays.path + 8], line[300], *words[20];
    struct args *args;
    int n = 0;

    snprintf(out, sizeof out, "%s.out", plays.path);
    snprintf(line, sizeof line,
             "--plays %s --out %s --tune --epochs 1 --threads 1 --quiet",
             plays.path, out);
    for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
        words[n++] = word;
    term_start();
    args = args_parse(&command_factorize, n, words);
    ck_assert_ptr_nonnull(args);
    ck_assert_int_eq(command_factorize.run(args), EXIT_INTERRUPTED);
    ck_assert_int_eq(n_rankings, 1);
    ck_assert_int_eq(ranked, LTREC_ERR_CANCELLED);
    ck_assert_int_ne(access(out, F_OK), 0);
    args_free(args);
    temp_file_remove(&plays);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, a_trial_that_is_ranked_ends_at_once);
}

int main(void)
{
    return check_run("interrupt", add_tests);
}
