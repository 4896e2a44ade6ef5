/*
 * test_file.c - files replaced whole, and what killed savers leave behind
 */
#include "check_run.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"
#include "base/file.h"

static ltrec_context *ctx;
static char folder[64], path[96];

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    strcpy(folder, "/tmp/ltrec-file-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/f", folder);
}

static void teardown(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0);
    ltrec_context_free(ctx);
}

static size_t files_there(void)
{
    DIR *d = opendir(folder);
    size_t n = 0;

    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(name, "wb");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static void expect(const char *text)
{
    struct ltr_bytes bytes;

    ck_assert_int_eq(ltr_file_read(ctx, path, 0, &bytes, NULL), LTREC_OK);
    ck_assert_uint_eq(bytes.size, strlen(text));
    ck_assert_mem_eq(bytes.data, text, bytes.size);
    ltr_file_release(ctx, &bytes);
}

static struct ltr_file *begin(const char *text)
{
    struct ltr_file *file;

    ck_assert_int_eq(ltr_file_begin(ctx, path, &file, NULL), LTREC_OK);
    ltr_file_write(file, text, strlen(text));
    return file;
}

START_TEST(a_file_is_what_it_was_until_the_new_one_is_committed)
{
    struct ltr_file *file;

    put(path, "old");
    file = begin("new and longer");
    expect("old");
    ck_assert_int_eq(ltr_file_commit(file, NULL), LTREC_OK);
    expect("new and longer");
    ck_assert_uint_eq(files_there(), 1);
}
END_TEST

START_TEST(savers_of_one_file_do_not_meet)
{
    struct ltr_file *a = begin("first"), *b = begin("second"), *c;

    ck_assert_uint_eq(files_there(), 2);
    ck_assert_int_eq(ltr_file_commit(a, NULL), LTREC_OK);
    expect("first");
    c = begin("third");
    ck_assert_int_eq(ltr_file_commit(b, NULL), LTREC_OK);
    expect("second");
    ck_assert_int_eq(ltr_file_commit(c, NULL), LTREC_OK);
    expect("third");
    ck_assert_uint_eq(files_there(), 1);
}
END_TEST

START_TEST(what_killed_savers_left_behind_is_cleared_away)
{
    char name[128];

    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s.ltrec-tmp", path);
        put(name, "half of a f");
        ck_assert_int_eq(ltr_file_commit(begin("whole"), NULL), LTREC_OK);
        expect("whole");
        ck_assert_uint_eq(files_there(), 1);
    }
}
END_TEST

START_TEST(a_link_in_the_place_of_the_temporary_file_is_left_alone)
{
    char name[128], target[128];

    snprintf(target, sizeof target, "%s/t", folder);
    snprintf(name, sizeof name, "%s.ltrec-tmp", path);
    put(target, "precious");
    ck_assert_int_eq(symlink(target, name), 0);
    ck_assert_int_eq(ltr_file_commit(begin("whole"), NULL), LTREC_OK);
    expect("whole");
    ck_assert_uint_eq(files_there(), 3);
    ck_assert_int_eq(unlink(name), 0);
    ck_assert_int_eq(rename(target, path), 0);
    expect("precious");
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests,
                   a_file_is_what_it_was_until_the_new_one_is_committed);
    tcase_add_test(tests, savers_of_one_file_do_not_meet);
    tcase_add_test(tests, what_killed_savers_left_behind_is_cleared_away);
    tcase_add_test(tests,
                   a_link_in_the_place_of_the_temporary_file_is_left_alone);
}

int main(void)
{
    return check_run("file", add_tests);
}
