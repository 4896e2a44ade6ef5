/*
 * test_readers.c - names, plays, items, attributes and descriptors from tables
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include "../tools/features.h"
#include "../tools/items.h"
#include "../tools/names.h"
#include "../tools/plays.h"
#include "temp_file.h"

static ltrec_error err;

/* ---- Names -------------------------------------------------------------- */

START_TEST(ids_are_siphash_under_its_published_key)
{
    static const char bytes[] = {0, 1, 2,  3,  4,  5,  6, 7,
                                 8, 9, 10, 11, 12, 13, 14};

    /* From the vectors of the SipHash paper's reference code. */
    ck_assert(names_id_of(bytes, 0) == 0x726fdb47dd0e0e31u);
    ck_assert(names_id_of(bytes, 1) == 0x74f839c593dc67fdu);
    ck_assert(names_id_of(bytes, 8) == 0x93f5f5799a932462u);
    ck_assert(names_id_of(bytes, 15) == 0xa129ca6149be45e5u);
}
END_TEST

START_TEST(a_name_keeps_its_number)
{
    struct names *names = names_create("item");
    uint32_t number;
    char text[16];

    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 5000; i++) {
            int n = snprintf(text, sizeof text, "track %u", i);

            ck_assert_int_eq(names_add(names, text, (size_t)n, &number, &err),
                             LTREC_OK);
            ck_assert_uint_eq(number, i);
        }
    ck_assert_uint_eq(names_count(names), 5000);
    ck_assert_str_eq(names_text(names, 17), "track 17");
    ck_assert(names_find(names, "track 4999", 10, &number));
    ck_assert_uint_eq(number, 4999);
    ck_assert(names_find_id(names, names_id_of("track 3", 7), &number));
    ck_assert_uint_eq(number, 3);
    ck_assert(!names_find(names, "track", 5, &number));
    names_free(names);
}
END_TEST

/* ---- Plays -------------------------------------------------------------- */

static struct plays *plays;

static int open_plays(const char *text, const struct plays_options *options)
{
    struct temp_file file = temp_file_of(text);
    int status = plays_open(file.path, options, &plays, &err);

    temp_file_remove(&file);
    return status;
}

/* The sum of counts, or the negative status of the first failure. */
static double sum_plays(const char *text, const struct plays_options *options)
{
    struct play play;
    double sum = 0;
    int status = open_plays(text, options);

    if (status == LTREC_OK)
        while ((status = plays_next(plays, &play, &err)) == 1)
            sum += (double)play.count;
    return status == LTREC_OK ? sum : status;
}

START_TEST(plays_are_handed_out_in_order)
{
    struct play play;

    ck_assert_int_eq(open_plays("item\tx\tuser\tcount\n"
                                "a\t.\tu\t2\nb\t.\tu\t0.5\na\t.\tv\t3\n",
                                NULL),
                     LTREC_OK);
    ck_assert_int_eq(plays_next(plays, &play, &err), 1);
    ck_assert(play.user == 0 && play.item == 0 && play.count == 2.0f);
    ck_assert_int_eq(plays_next(plays, &play, &err), 1);
    ck_assert(play.user == 0 && play.item == 1 && play.count == 0.5f);
    ck_assert_int_eq(plays_next(plays, &play, &err), 1);
    ck_assert(play.user == 1 && play.item == 0 && play.count == 3.0f);
    ck_assert_int_eq(plays_next(plays, &play, &err), 0);
    ck_assert_str_eq(names_text(plays_users(plays), 1), "v");
    ck_assert_uint_eq(plays_rows(plays), 3);
    plays_close(plays);
}
END_TEST

START_TEST(a_count_of_zero_was_not_a_play)
{
    ck_assert_double_eq(
        sum_plays("user\titem\tcount\nu\ta\t0\nu\tb\t2\nw\tc\t-0\n", NULL), 2);
    ck_assert_uint_eq(plays_zeros(plays), 2);
    ck_assert_uint_eq(names_count(plays_items(plays)), 1);
    plays_close(plays);
}
END_TEST

START_TEST(negative_and_infinite_counts_are_refused_or_skipped)
{
    static const char text[] = "user\titem\tcount\n"
                               "u\ta\t1\nu\tb\t-2\nu\tc\tnan\nu\td\tinf\n"
                               "u\te\t1e10\n\tf\t1\nu\tg\t4\n";
    static const struct plays_options skip = {.skip_bad = 1};

    ck_assert_double_eq(sum_plays(text, NULL), LTREC_ERR_FORMAT);
    ck_assert_ptr_nonnull(
        strstr(err.message, "line 3, column 3 (count): -2 is not from 0"));
    plays_close(plays);
    ck_assert_double_eq(sum_plays(text, &skip), 5);
    ck_assert_uint_eq(plays_skipped(plays), 5);
    plays_close(plays);
}
END_TEST

START_TEST(thumbs_are_read_from_a_column_of_ratings)
{
    ck_assert_double_eq(
        sum_plays("user\titem\trating\nu\ta\t1\nu\tb\t-1\nu\tc\t-1\n", NULL),
        -1);
    ck_assert(plays_have_ratings(plays));
    plays_close(plays);
}
END_TEST

START_TEST(a_thumb_beside_plays_adds_one_or_undoes_them)
{
    static const char text[] = "user\titem\tcount\trating\n"
                               "u\ta\t3\t\nu\tb\t3\t1\nu\tc\t7\t-0.5\n"
                               "v\ta\t0\t1\nv\tb\t0\t\nv\tc\t0\t-1\n";
    static const float wanted[] = {3, 4, -0.5f, 1, -1};
    static const struct plays_options skip = {.skip_bad = 1};
    struct play play;

    ck_assert_int_eq(open_plays(text, NULL), LTREC_OK);
    for (size_t i = 0; i < 5; i++) {
        ck_assert_int_eq(plays_next(plays, &play, &err), 1);
        ck_assert_float_eq(play.count, wanted[i]);
    }
    ck_assert_int_eq(plays_next(plays, &play, &err), 0);
    ck_assert_uint_eq(plays_zeros(plays), 1);
    ck_assert(plays_have_ratings(plays));
    plays_close(plays);
    ck_assert_double_eq(sum_plays("user\titem\tcount\trating\nu\ta\t1\t5\n"
                                  "u\tb\t\t1\nu\tc\t2\t1\n",
                                  &skip),
                        3);
    ck_assert_uint_eq(plays_skipped(plays), 2);
    plays_close(plays);
}
END_TEST

START_TEST(timestamps_are_read_when_asked_for)
{
    static const struct plays_options wanted = {.timestamps = 1};
    struct play play;

    ck_assert_int_eq(open_plays("user\titem\tcount\ttimestamp\n"
                                "u\ta\t1\t1700000000\nu\tb\t1\tsoon\n",
                                &wanted),
                     LTREC_OK);
    ck_assert_int_eq(plays_next(plays, &play, &err), 1);
    ck_assert(play.timestamp == 1700000000);
    ck_assert_int_eq(plays_next(plays, &play, &err), LTREC_ERR_FORMAT);
    ck_assert_ptr_nonnull(
        strstr(err.message, "column 4 (timestamp): 'soon' is no moment"));
    plays_close(plays);
}
END_TEST

START_TEST(a_matrix_is_read_as_plays)
{
    struct play play;

    ck_assert_int_eq(open_plays("%%MatrixMarket matrix coordinate integer "
                                "general\n% a comment\n\n3 4 2\n1 2 17\n"
                                "3\t4  1\n",
                                NULL),
                     LTREC_OK);
    ck_assert_int_eq(plays_next(plays, &play, &err), 1);
    ck_assert_str_eq(names_text(plays_items(plays), play.item), "2");
    ck_assert(play.count == 17.0f);
    ck_assert_int_eq(plays_next(plays, &play, &err), 1);
    ck_assert_str_eq(names_text(plays_users(plays), play.user), "3");
    ck_assert_int_eq(plays_next(plays, &play, &err), 0);
    plays_close(plays);
    ck_assert_double_eq(sum_plays("%%MatrixMarket matrix coordinate pattern "
                                  "general\n2 2 2\n1 1\n2 2\n",
                                  NULL),
                        2);
    plays_close(plays);
}
END_TEST

START_TEST(a_broken_matrix_is_refused)
{
    static const struct {
        const char *text, *message;
    } broken[] = {
        {"%%MatrixMarket matrix array real general\n", "line 1, column 3"},
        {"%%MatrixMarket matrix coordinate complex general\n",
         "line 1, column 4"},
        {"%%MatrixMarket matrix coordinate real symmetric\n",
         "line 1, column 5"},
        {"%MatrixMarket\n1 1 1\n1 1 1\n", "line 1, column 1"},
        {"%%MatrixMarket matrix coordinate real general\n1 -1 1\n",
         "line 2, column 2"},
        {"%%MatrixMarket matrix coordinate real general\n2 2 1\n3 1 1\n",
         "line 3, column 1: is not an index"},
        {"%%MatrixMarket matrix coordinate real general\n2 2 1\n1 0 1\n",
         "line 3, column 2: is not an index"},
        {"%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 -1\n",
         "line 3, column 3: is not a number"},
        {"%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1\n",
         "line 3, column 3: wanted"},
        {"%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 1\n"
         "1 1 1\n",
         "line 4, column 1: more entries"},
        {"%%MatrixMarket matrix coordinate real general\n"
         "9000000000 9000000000 9000000000\n1 1 1\n",
         "after 1 of 9000000000 entries"},
    };

    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        ck_assert_double_eq(sum_plays(broken[i].text, NULL), LTREC_ERR_FORMAT);
        ck_assert_msg(strstr(err.message, broken[i].message) != NULL, "%s",
                      err.message);
        plays_close(plays);
    }
}
END_TEST

/* ---- Items, labels, descriptors ----------------------------------------- */

START_TEST(items_are_read_with_what_the_table_says)
{
    struct temp_file file = temp_file_of("item\ttitle\tartist\tseconds\n"
                                         "a\tOne\tAnn\t12.5\nb\tTwo\tBob\t\n");
    struct items *items;

    ck_assert_int_eq(items_read(file.path, 0, &items, &err), LTREC_OK);
    ck_assert_uint_eq(names_count(items_names(items)), 2);
    ck_assert_str_eq(items_text(items, 0, ITEMS_ARTIST), "Ann");
    ck_assert_str_eq(items_text(items, 1, ITEMS_TITLE), "Two");
    ck_assert_str_eq(items_text(items, 1, ITEMS_ALBUM), "");
    ck_assert_double_eq(items_seconds(items, 0), 12.5);
    ck_assert_double_eq(items_seconds(items, 1), 0);
    items_free(items);
    temp_file_remove(&file);
}
END_TEST

START_TEST(an_item_that_comes_twice_is_refused)
{
    struct temp_file file = temp_file_of("item\ttitle\tartist\na\t1\t1\n"
                                         "b\t1\t1\na\t2\t2\n");
    struct items *items;

    ck_assert_int_eq(items_read(file.path, 0, &items, &err), LTREC_ERR_FORMAT);
    ck_assert_ptr_null(items);
    ck_assert_ptr_nonnull(
        strstr(err.message, "line 4, column 1 (item): 'a' was there before"));
    ck_assert_int_eq(items_read(file.path, 1, &items, &err), LTREC_OK);
    ck_assert_str_eq(items_text(items, 0, ITEMS_TITLE), "1");
    ck_assert_uint_eq(items_skipped(items), 1);
    items_free(items);
    temp_file_remove(&file);
}
END_TEST

START_TEST(labels_keep_the_larger_of_two_values_and_know_zero)
{
    struct temp_file file =
        temp_file_of("item\tattribute\tvalue\n"
                     "b\twarm\t0.5\na\tfast\t\nb\tfast\t0.25\nb\twarm\t1\n");
    struct labels labels;

    ck_assert_int_eq(labels_read(file.path, "attribute", 0, &labels, &err),
                     LTREC_OK);
    ck_assert_uint_eq(names_count(labels.items), 2);
    ck_assert_uint_eq(labels.starts[2], 3);
    ck_assert(labels_value(&labels, 0, 0) == 1.0f);  /* b warm */
    ck_assert(labels_value(&labels, 0, 1) == 0.25f); /* b fast */
    ck_assert(labels_value(&labels, 1, 0) == 0.0f);  /* a warm */
    ck_assert(labels_value(&labels, 1, 1) == 1.0f);  /* a fast */
    labels_free(&labels);
    temp_file_remove(&file);
}
END_TEST

START_TEST(a_label_outside_0_to_1_is_refused)
{
    struct temp_file file = temp_file_of("item\tgenre\tvalue\na\tjazz\t1.5\n");
    struct labels labels;

    ck_assert_int_eq(labels_read(file.path, "genre", 0, &labels, &err),
                     LTREC_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(
        err.message, "line 2, column 3 (value): 1.5 is not from 0 to 1"));
    ck_assert_ptr_null(labels.items);
    temp_file_remove(&file);
}
END_TEST

START_TEST(empty_cells_of_descriptors_are_missing)
{
    struct temp_file file =
        temp_file_of("tempo\titem\tenergy\n120\ta\t\n\tb\t-0.5\n");
    struct machine machine;

    ck_assert_int_eq(machine_read(file.path, 0, &machine, &err), LTREC_OK);
    ck_assert_uint_eq(names_count(machine.columns), 2);
    ck_assert_str_eq(names_text(machine.columns, 1), "energy");
    ck_assert(machine.values[0] == 120.0f && isnan(machine.values[1]));
    ck_assert(isnan(machine.values[2]) && machine.values[3] == -0.5f);
    machine_free(&machine);
    temp_file_remove(&file);
}
END_TEST

START_TEST(a_descriptor_that_is_no_number_is_refused_or_skipped)
{
    struct temp_file file =
        temp_file_of("item\ttempo\na\t120\nb\tfast\nc\t1e39\nd\t90\n");
    struct machine machine;

    ck_assert_int_eq(machine_read(file.path, 0, &machine, &err),
                     LTREC_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(
        err.message, "line 3, column 2 (tempo): 'fast' is not a number"));
    ck_assert_int_eq(machine_read(file.path, 1, &machine, &err), LTREC_OK);
    ck_assert_uint_eq(names_count(machine.items), 2);
    ck_assert(machine.values[1] == 90.0f);
    ck_assert_uint_eq(machine.skipped, 2);
    machine_free(&machine);
    temp_file_remove(&file);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, ids_are_siphash_under_its_published_key);
    tcase_add_test(tests, a_name_keeps_its_number);
    tcase_add_test(tests, plays_are_handed_out_in_order);
    tcase_add_test(tests, a_count_of_zero_was_not_a_play);
    tcase_add_test(tests, negative_and_infinite_counts_are_refused_or_skipped);
    tcase_add_test(tests, thumbs_are_read_from_a_column_of_ratings);
    tcase_add_test(tests, a_thumb_beside_plays_adds_one_or_undoes_them);
    tcase_add_test(tests, timestamps_are_read_when_asked_for);
    tcase_add_test(tests, a_matrix_is_read_as_plays);
    tcase_add_test(tests, a_broken_matrix_is_refused);
    tcase_add_test(tests, items_are_read_with_what_the_table_says);
    tcase_add_test(tests, an_item_that_comes_twice_is_refused);
    tcase_add_test(tests, labels_keep_the_larger_of_two_values_and_know_zero);
    tcase_add_test(tests, a_label_outside_0_to_1_is_refused);
    tcase_add_test(tests, empty_cells_of_descriptors_are_missing);
    tcase_add_test(tests,
                   a_descriptor_that_is_no_number_is_refused_or_skipped);
}

int main(void)
{
    return check_run("readers", add_tests);
}
