/*
 * test_table.c - tables: lines, columns, rows, and what is refused
 */
#include "check_run.h"

#include <string.h>

#include "../tools/table.h"

static struct table *table;
static ltrec_error err;
static FILE *stream;

/* Open bytes[n] as the table "t"; its status. */
static int open_bytes(const char *bytes, size_t n, int skip_bad)
{
    stream = tmpfile();
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(bytes, 1, n, stream), n);
    rewind(stream);
    memset(&err, 0, sizeof err);
    return table_open_stream(stream, "t", skip_bad, &table, &err);
}

static void open_text(const char *text, int skip_bad)
{
    int status = open_bytes(text, strlen(text), skip_bad);

    ck_assert_msg(status == LTREC_OK, "%s", err.message);
}

static void close_table(void)
{
    table_close(table);
    fclose(stream);
    table = NULL;
}

/* Every row of bytes[n] is read; the first failure. */
static int read_all(const char *bytes, size_t n)
{
    int status = open_bytes(bytes, n, 0);

    if (status == LTREC_OK)
        while ((status = table_next(table, &err)) == 1)
            ;
    close_table();
    return status;
}

static void refused(const char *text, const char *message)
{
    ck_assert_int_eq(read_all(text, strlen(text)), LTREC_ERR_FORMAT);
    ck_assert_str_eq(err.message, message);
}

/* ---- What is read ------------------------------------------------------- */

START_TEST(columns_are_found_by_name_and_others_ignored)
{
    int user, item, absent;

    open_text("note\titem\tuser\nx\ti1\tu1\ny\ti2\tu2\n", 0);
    ck_assert_int_eq(table_need(table, "user", &user, &err), LTREC_OK);
    ck_assert_int_eq(table_need(table, "item", &item, &err), LTREC_OK);
    ck_assert_int_eq(table_want(table, "album", &absent, &err), LTREC_OK);
    ck_assert_int_eq(absent, -1);
    ck_assert_int_eq(table_next(table, &err), 1);
    ck_assert_str_eq(table_text(table, user), "u1");
    ck_assert_str_eq(table_text(table, item), "i1");
    ck_assert_int_eq(table_next(table, &err), 1);
    ck_assert_str_eq(table_text(table, user), "u2");
    ck_assert_int_eq(table_next(table, &err), 0);
    ck_assert_int_eq(table_next(table, &err), 0);
    close_table();
}
END_TEST

START_TEST(crlf_a_mark_and_a_last_line_without_its_end_are_read)
{
    static const char *const forms[] = {
        "a\tb\n1\t2\n",
        "a\tb\r\n1\t2\r\n",
        ("\xef\xbb\xbf"
         "a\tb\n1\t2"),
        "a\tb\r\n1\t2\r\n\r\n\n",
    };

    for (size_t i = 0; i < 4; i++) {
        int b;

        open_text(forms[i], 0);
        ck_assert_int_eq(table_need(table, "b", &b, &err), LTREC_OK);
        ck_assert_int_eq(table_need(table, "a", &b, &err), LTREC_OK);
        ck_assert_int_eq(table_next(table, &err), 1);
        ck_assert_str_eq(table_text(table, 1), "2");
        ck_assert_int_eq(table_next(table, &err), 0);
        close_table();
    }
}
END_TEST

START_TEST(quotes_and_blanks_are_plain_characters)
{
    open_text("item\ttitle\n i 1\t\"It\"\"s, a 'title\"\n", 0);
    ck_assert_int_eq(table_next(table, &err), 1);
    ck_assert_str_eq(table_text(table, 0), " i 1");
    ck_assert_str_eq(table_text(table, 1), "\"It\"\"s, a 'title\"");
    close_table();
}
END_TEST

START_TEST(a_table_without_rows_is_a_table)
{
    open_text("a\tb", 0);
    ck_assert_int_eq(table_next(table, &err), 0);
    close_table();
}
END_TEST

START_TEST(long_lines_cross_the_blocks_of_the_reader)
{
    size_t n = 400000;
    char *text = malloc(3 * n + 5);

    memcpy(text, "a\n", 2);
    for (size_t row = 0; row < 3; row++) {
        memset(text + 2 + row * (n + 1), 'x' + (int)row, n);
        text[2 + row * (n + 1) + n] = '\n';
    }
    ck_assert_int_eq(open_bytes(text, 2 + 3 * (n + 1) - 1, 0), LTREC_OK);
    for (size_t row = 0; row < 3; row++) {
        ck_assert_int_eq(table_next(table, &err), 1);
        ck_assert_uint_eq(table_length(table, 0), n);
        ck_assert_int_eq(table_text(table, 0)[n - 1], 'x' + (int)row);
    }
    ck_assert_int_eq(table_next(table, &err), 0);
    close_table();
    free(text);
}
END_TEST

START_TEST(characters_of_every_length_are_read)
{
    open_text("a\nz\xc3\xa9\xe6\x9b\xb2\xf0\x9f\x8e\xb5 and more\n", 0);
    ck_assert_int_eq(table_next(table, &err), 1);
    ck_assert_uint_eq(table_length(table, 0), 19);
    close_table();
}
END_TEST

/* ---- What is refused ---------------------------------------------------- */

START_TEST(a_row_with_more_or_fewer_fields_is_refused)
{
    refused("a\tb\n1\t2\n3\n",
            "t: line 3, column 2: 1 fields, the header has 2");
    refused("a\tb\n1\t2\t3\n",
            "t: line 2, column 3: 3 fields, the header has 2");
}
END_TEST

START_TEST(an_empty_line_before_the_end_is_refused)
{
    refused("a\tb\n1\t2\n\n\n3\t4\n",
            "t: line 3, column 1: an empty line before the end");
}
END_TEST

START_TEST(a_file_without_a_header_is_refused)
{
    const char *message = "t: line 1, column 1: no header line with the "
                          "names of the columns";

    refused("", message);
    refused("\n1\t2\n", message);
}
END_TEST

START_TEST(nul_bytes_are_refused)
{
    ck_assert_int_eq(read_all("a\tb\n1\t2\0\n", 9), LTREC_ERR_FORMAT);
    ck_assert_str_eq(err.message,
                     "t: line 2, column 2: byte 4 holds a NUL byte");
}
END_TEST

START_TEST(a_stray_carriage_return_is_refused)
{
    refused("a\tb\n1\r\t2\n", "t: line 2, column 1: byte 2 holds a carriage "
                              "return (lines end in LF or CRLF)");
}
END_TEST

START_TEST(what_is_not_utf8_is_refused)
{
    static const char *const broken[] = {
        "\xff",
        "\x80",
        "\xc3",
        "\xc0\xaf",
        "\xe0\x80\xaf",
        "\xed\xa0\x80",
        "\xe6\x9b",
        "\xf5\x80\x80\x80",
        "\xe9t\xe9",
        "\xf0\x80\x80\xaf",
        "\xf4\x90\x80\x80",
    };

    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        char text[64];

        snprintf(text, sizeof text, "a\tb\n1234567\tx%s\n", broken[i]);
        refused(text, "t: line 2, column 2: byte 10 is not valid UTF-8");
    }
}
END_TEST

START_TEST(a_line_above_four_megabytes_is_refused_and_passed_over)
{
    size_t n = 5 << 20;
    char *text = malloc(n + 8);

    memcpy(text, "a\n", 2);
    memset(text + 2, 'x', n);
    memcpy(text + 2 + n, "\nnext\n", 6);
    ck_assert_int_eq(read_all(text, n + 8), LTREC_ERR_FORMAT);
    ck_assert_str_eq(err.message,
                     "t: line 2, column 1: longer than 4194304 bytes");

    ck_assert_int_eq(open_bytes(text, n + 8, 1), LTREC_OK);
    ck_assert_int_eq(table_next(table, &err), 1);
    ck_assert_str_eq(table_text(table, 0), "next");
    ck_assert_uint_eq(table_line(table), 3);
    ck_assert_uint_eq(table_skipped(table), 1);
    close_table();
    free(text);
}
END_TEST

START_TEST(more_than_4096_columns_are_refused)
{
    char text[4098];

    memset(text, '\t', 4097);
    text[4096] = '\n';
    text[4097] = '\0';
    refused(text, "t: line 1, column 4097: more than 4096 columns");
}
END_TEST

START_TEST(a_missing_or_repeated_column_is_named)
{
    int column;

    open_text("user\titem\titem\n", 0);
    ck_assert_int_eq(table_need(table, "count", &column, &err),
                     LTREC_ERR_FORMAT);
    ck_assert_str_eq(err.message,
                     "t: line 1, column 3: no column 'count' among the "
                     "tab-separated names: user, item, item");
    ck_assert_int_eq(table_need(table, "item", &column, &err),
                     LTREC_ERR_FORMAT);
    ck_assert_str_eq(err.message,
                     "t: line 1, column 3: a second column 'item'");
    close_table();
}
END_TEST

START_TEST(bad_rows_are_counted_when_they_may_be_skipped)
{
    double sum = 0, value;
    int status;

    open_text("n\tx\n1\ta\n2\n\nnan\tb\nmany\tc\n4\t\xff\n8\td\n", 1);
    while ((status = table_next(table, &err)) == 1) {
        status = table_number(table, 0, 0, 100, &value, &err);
        if (status == LTREC_OK)
            sum += value;
        ck_assert_int_eq(table_pass_over(table, status), LTREC_OK);
    }
    ck_assert_int_eq(status, 0);
    ck_assert_double_eq(sum, 9);
    ck_assert_uint_eq(table_skipped(table), 5);
    close_table();
}
END_TEST

START_TEST(a_number_that_is_none_names_line_and_column)
{
    double value;

    open_text("item\tcount\na\t1e\na\tNaN\na\t-1\n", 0);
    ck_assert_int_eq(table_next(table, &err), 1);
    ck_assert_int_eq(table_number(table, 1, 0, 10, &value, &err),
                     LTREC_ERR_FORMAT);
    ck_assert_str_eq(err.message,
                     "t: line 2, column 2 (count): '1e' is not a number");
    ck_assert_int_eq(table_next(table, &err), 1);
    ck_assert_int_eq(table_number(table, 1, 0, 10, &value, &err),
                     LTREC_ERR_FORMAT);
    ck_assert_str_eq(err.message,
                     "t: line 3, column 2 (count): 'NaN' is not finite");
    ck_assert_int_eq(table_next(table, &err), 1);
    ck_assert_int_eq(table_number(table, 1, 0, 10, &value, &err),
                     LTREC_ERR_FORMAT);
    ck_assert_str_eq(err.message,
                     "t: line 4, column 2 (count): -1 is not from 0 to 10");
    close_table();
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, columns_are_found_by_name_and_others_ignored);
    tcase_add_test(tests,
                   crlf_a_mark_and_a_last_line_without_its_end_are_read);
    tcase_add_test(tests, quotes_and_blanks_are_plain_characters);
    tcase_add_test(tests, a_table_without_rows_is_a_table);
    tcase_add_test(tests, long_lines_cross_the_blocks_of_the_reader);
    tcase_add_test(tests, characters_of_every_length_are_read);
    tcase_add_test(tests, a_row_with_more_or_fewer_fields_is_refused);
    tcase_add_test(tests, an_empty_line_before_the_end_is_refused);
    tcase_add_test(tests, a_file_without_a_header_is_refused);
    tcase_add_test(tests, nul_bytes_are_refused);
    tcase_add_test(tests, a_stray_carriage_return_is_refused);
    tcase_add_test(tests, what_is_not_utf8_is_refused);
    tcase_add_test(tests,
                   a_line_above_four_megabytes_is_refused_and_passed_over);
    tcase_add_test(tests, more_than_4096_columns_are_refused);
    tcase_add_test(tests, a_missing_or_repeated_column_is_named);
    tcase_add_test(tests, bad_rows_are_counted_when_they_may_be_skipped);
    tcase_add_test(tests, a_number_that_is_none_names_line_and_column);
}

int main(void)
{
    return check_run("table", add_tests);
}
