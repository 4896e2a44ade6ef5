/*
 * test_logs.c - plays out of logs: moments, commas, Last.fm, ListenBrainz
 */
#include "check_run.h"

#include <string.h>

#include "../tools/moment.h"
#include "../tools/plays.h"
#include "../tools/table.h"
#include "temp_file.h"

static ltrec_error err;
static struct plays *plays;

/* ---- Moments ------------------------------------------------------------ */

static int64_t moment(const char *text)
{
    int64_t seconds;

    return moment_parse(text, strlen(text), &seconds) ? seconds : -1;
}

START_TEST(moments_are_read_in_each_way_they_are_written)
{
    ck_assert_int_eq(moment("1606065600"), 1606065600);
    ck_assert_int_eq(moment("2020-11-22T17:20:00Z"), 1606065600);
    ck_assert_int_eq(moment("2020-11-22 17:20:00"), 1606065600);
    ck_assert_int_eq(moment("2020-11-22T17:20"), 1606065600);
    ck_assert_int_eq(moment("22 Nov 2020 17:20"), 1606065600);
    ck_assert_int_eq(moment("22 Nov 2020, 17:20"), 1606065600);
    ck_assert_int_eq(moment("22 Nov 2020 17:20:05"), 1606065605);
    ck_assert_int_eq(moment("1970-01-01"), 0);
    ck_assert_int_eq(moment("2000-02-29"), 951782400);
    ck_assert_int_eq(moment("1969-12-31T23:59:58Z"), -2);
    ck_assert_int_eq(moment("1 Mar 1600 00:00"), -11670912000);
}
END_TEST

START_TEST(what_is_no_moment_is_refused)
{
    static const char *const none[] = {"",
                                       "soon",
                                       "2019-02-29",
                                       "2100-02-29",
                                       "2020-13-01",
                                       "2020-00-01",
                                       "2020-01-01T24:00",
                                       "22 Nov 2020",
                                       "22 nov 2020 17:20",
                                       "2020-11-22T17:20Zz",
                                       "31 Apr 2020 1:00",
                                       "2020-1-1",
                                       "12.5",
                                       "0000-01-01",
                                       "2020-01-01T1:00:0"};

    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        ck_assert_msg(moment(none[i]) == -1, "%s", none[i]);
}
END_TEST

/* ---- Commas ------------------------------------------------------------- */

static struct table *table_of(const char *text, int skip_bad)
{
    struct temp_file file = temp_file_of(text);
    struct table *table;

    ck_assert_int_eq(table_open(file.path, skip_bad, &table, &err), LTREC_OK);
    temp_file_remove(&file);
    return table;
}

START_TEST(fields_between_commas_may_stand_in_quotes)
{
    struct table *table = table_of("user,\"item\",count\r\n"
                                   "u,\"a, \"\"b\"\"\",1\r\n"
                                   "\"\",a\"b,\"2\"\n",
                                   0);

    ck_assert_uint_eq(table_columns(table), 3);
    ck_assert_str_eq(table_column_name(table, 1), "item");
    ck_assert_int_eq(table_next(table, &err), 1);
    ck_assert_str_eq(table_text(table, 1), "a, \"b\"");
    ck_assert_uint_eq(table_length(table, 1), 6);
    ck_assert_int_eq(table_next(table, &err), 1);
    ck_assert_str_eq(table_text(table, 0), "");
    ck_assert_str_eq(table_text(table, 1), "a\"b");
    ck_assert_str_eq(table_text(table, 2), "2");
    ck_assert_int_eq(table_next(table, &err), 0);
    table_close(table);
}
END_TEST

START_TEST(a_quote_that_does_not_end_is_named_with_its_column)
{
    static const char *const broken[] = {"u,\"a,1\n", "u,\"a\"b,1\n",
                                         "u,\"a\"\",1\n", "u,\"a\tb\",1\n",
                                         "u,a\tb,1\n"};
    struct table *table;

    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        char text[64];

        snprintf(text, sizeof text, "user,item,count\n%sv,b,2\n", broken[i]);
        table = table_of(text, 0);
        ck_assert_int_eq(table_next(table, &err), LTREC_ERR_FORMAT);
        ck_assert_msg(
            strstr(err.message, "line 2, column 2: holds a tab, or") != NULL,
            "%s", err.message);
        table_close(table);
        table = table_of(text, 1);
        ck_assert_int_eq(table_next(table, &err), 1);
        ck_assert_str_eq(table_text(table, 0), "v");
        ck_assert_uint_eq(table_skipped(table), 1);
        table_close(table);
    }
}
END_TEST

START_TEST(with_a_tab_in_the_header_commas_and_quotes_are_letters)
{
    struct table *table = table_of("user\titem,x\nu\t\"a,b\"\n", 0);

    ck_assert_int_eq(table_next(table, &err), 1);
    ck_assert_str_eq(table_text(table, 1), "\"a,b\"");
    table_close(table);
}
END_TEST

/* ---- Logs --------------------------------------------------------------- */

static struct play rows[8];

/* Rows read, or a negative status. */
static int read_all(const char *text, int skip_bad)
{
    const struct plays_options options = {skip_bad, 1};
    struct temp_file file = temp_file_of(text);
    int status = plays_open(file.path, &options, &plays, &err), n = 0;

    temp_file_remove(&file);
    if (status != LTREC_OK)
        return status;
    while ((status = plays_next(plays, &rows[n], &err)) == 1)
        n++;
    return status == LTREC_OK ? n : status;
}

static void is_play(int row, const char *user, const char *item, float count,
                    int64_t timestamp)
{
    ck_assert_str_eq(names_text(plays_users(plays), rows[row].user), user);
    ck_assert_str_eq(names_text(plays_items(plays), rows[row].item), item);
    ck_assert(rows[row].count == count);
    ck_assert_int_eq(rows[row].timestamp, timestamp);
}

START_TEST(scrobbles_without_a_header_are_known_by_their_first_row)
{
    ck_assert_int_eq(
        read_all("Low,Secret Name,Starfire,22 Nov 2020 17:20\n"
                 "\"Godspeed, You\",,\"F#A#\",22 Nov 2020 17:21\n",
                 0),
        2);
    is_play(0, names_text(plays_users(plays), 0), "Low - Starfire", 1,
            1606065600);
    ck_assert_ptr_nonnull(
        strstr(names_text(plays_users(plays), 0), "ltrec-test-"));
    is_play(1, names_text(plays_users(plays), 0), "Godspeed, You - F#A#", 1,
            1606065660);
    plays_close(plays);
}
END_TEST

START_TEST(scrobbles_with_a_header_are_known_by_its_names)
{
    ck_assert_int_eq(
        read_all("uts,utc_time,artist,artist_mbid,album,album_mbid,track,"
                 "track_mbid\n"
                 "\"1606065600\",\"22 Nov 2020, 17:20\",\"Low\",\"\",\"x\","
                 "\"\",\"Starfire\",\"\"\n",
                 0),
        1);
    is_play(0, names_text(plays_users(plays), 0), "Low - Starfire", 1,
            1606065600);
    plays_close(plays);
    ck_assert_int_eq(read_all("username\ttime\tartist_name\ttrack_name\n"
                              "rob\t2020-11-22T17:20:00Z\tLow\tStarfire\n",
                              0),
                     1);
    is_play(0, "rob", "Low - Starfire", 1, 1606065600);
    plays_close(plays);
}
END_TEST

START_TEST(the_published_sets_of_lastfm_are_read_as_they_are)
{
    ck_assert_int_eq(
        read_all("user_000001\t2009-05-04T23:08:57Z\tf1b1cf71\tDeep Dish\t\t"
                 "Fuck Me Im Famous\n",
                 0),
        1);
    is_play(0, "user_000001", "Deep Dish - Fuck Me Im Famous", 1, 1241478537);
    plays_close(plays);
    /* Says how often, not when. */
    ck_assert_int_eq(
        read_all("00000c289a1829a808ac09c00daf10bc3c4e223b\t3bd73256\t"
                 "betty blowtorch\t2137\n",
                 0),
        LTREC_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "does not say when"));
}
END_TEST

START_TEST(counts_of_a_published_set_are_counts)
{
    struct temp_file file =
        temp_file_of("00000c289a1829a808ac09c00daf10bc3c4e223b\t3bd73256\t"
                     "betty blowtorch\t2137\n");

    ck_assert_int_eq(plays_open(file.path, NULL, &plays, &err), LTREC_OK);
    temp_file_remove(&file);
    ck_assert_int_eq(plays_next(plays, &rows[0], &err), 1);
    is_play(0, "00000c289a1829a808ac09c00daf10bc3c4e223b", "betty blowtorch",
            2137, 0);
    plays_close(plays);
}
END_TEST

START_TEST(a_broken_scrobble_is_named_or_skipped)
{
    static const char text[] = "artist,track,date\nLow,Starfire,soon\n"
                               ",Starfire,1\nLow,Starfire,1\n";

    ck_assert_int_eq(read_all(text, 0), LTREC_ERR_FORMAT);
    ck_assert_ptr_nonnull(
        strstr(err.message, "line 2, column 3 (date): 'soon' is no moment"));
    plays_close(plays);
    ck_assert_int_eq(read_all(text, 1), 1);
    ck_assert_uint_eq(plays_skipped(plays), 2);
    plays_close(plays);
}
END_TEST

#define LISTEN(user, when, artist, title) \
    "{\"user_name\":" user ",\"listened_at\":" when \
    ",\"track_metadata\":{\"artist_name\":" artist ",\"track_name\":" title \
    ",\"additional_info\":{}}}\n"

START_TEST(listens_are_read_from_lines_of_json)
{
    ck_assert_int_eq(
        read_all(
            LISTEN(
                "\"rob\"", "1606065600", "\"Low\"",
                "\"Starfire\"") "\n{\"timestamp\":7,\"track_metadata\":{"
                                "\"artist_name\":"
                                "\"Sigur "
                                "R\\u00f3s\",\"track_name\":\"\\\"4\\\"\"}}",
            0),
        2);
    is_play(0, "rob", "Low - Starfire", 1, 1606065600);
    is_play(1, names_text(plays_users(plays), 1), "Sigur R\xc3\xb3s - \"4\"",
            1, 7);
    plays_close(plays);
}
END_TEST

START_TEST(a_broken_listen_is_named_or_skipped)
{
    static const char *const broken[] = {
        LISTEN("7", "1", "\"a\"", "\"b\""),
        LISTEN("\"u\"", "\"1\"", "\"a\"", "\"b\""),
        LISTEN("\"u\"", "1", "null", "\"b\""),
        LISTEN("\"u\"", "1", "\"a\"", "\"\""),
        LISTEN("\"u\"", "1", "\"a\\tb\"", "\"c\""),
        "{\"listened_at\":1}\n",
        "{}\n",
        "[1]\n",
        "{\"a\":\n",
        "{\"user_name\":\"\xff\"}\n"};
    static const char fine[] = LISTEN("\"u\"", "1", "\"a\"", "\"b\"");

    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        char text[600];

        snprintf(text, sizeof text, "%s%s%s", fine, broken[i], fine);
        ck_assert_int_eq(read_all(text, 0), LTREC_ERR_FORMAT);
        ck_assert_msg(strstr(err.message, "line 2, column ") != NULL, "%s",
                      err.message);
        plays_close(plays);
        ck_assert_int_eq(read_all(text, 1), 2);
        ck_assert_uint_eq(plays_skipped(plays), 1);
        plays_close(plays);
    }
}
END_TEST

START_TEST(an_id_of_a_megabyte_is_an_id)
{
    size_t n = (size_t)1 << 20;
    char *text = malloc(n + 64);
    int at = sprintf(text, "user\titem\tcount\ttimestamp\nu\t");

    memset(text + at, 'x', n);
    strcpy(text + at + n, "\t2\t1\n");
    ck_assert_int_eq(read_all(text, 0), 1);
    ck_assert_uint_eq(strlen(names_text(plays_items(plays), 0)), n);
    plays_close(plays);
    free(text);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, moments_are_read_in_each_way_they_are_written);
    tcase_add_test(tests, what_is_no_moment_is_refused);
    tcase_add_test(tests, fields_between_commas_may_stand_in_quotes);
    tcase_add_test(tests, a_quote_that_does_not_end_is_named_with_its_column);
    tcase_add_test(tests,
                   with_a_tab_in_the_header_commas_and_quotes_are_letters);
    tcase_add_test(tests,
                   scrobbles_without_a_header_are_known_by_their_first_row);
    tcase_add_test(tests, scrobbles_with_a_header_are_known_by_its_names);
    tcase_add_test(tests, the_published_sets_of_lastfm_are_read_as_they_are);
    tcase_add_test(tests, counts_of_a_published_set_are_counts);
    tcase_add_test(tests, a_broken_scrobble_is_named_or_skipped);
    tcase_add_test(tests, listens_are_read_from_lines_of_json);
    tcase_add_test(tests, a_broken_listen_is_named_or_skipped);
    tcase_add_test(tests, an_id_of_a_megabyte_is_an_id);
}

int main(void)
{
    return check_run("logs", add_tests);
}
