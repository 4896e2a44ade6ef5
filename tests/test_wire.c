/*
 * test_wire.c - what a scan and its workers say to each other
 */
#include "check_run.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../tools/scan_wire.h"

static int ends[2];
static struct wire_inbox inbox;

static void setup(void)
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    memset(&inbox, 0, sizeof inbox);
}

static void teardown(void)
{
    close(ends[0]);
    close(ends[1]);
    free(inbox.bytes);
}

/* A result of a factor of two floats and five bytes of rows. */
static struct scan_result result_of(size_t *n_rest)
{
    struct scan_result r;

    memset(&r, 0, sizeof r);
    r.status = CATALOG_OK;
    r.rank = 2;
    r.mel.bits = 8;
    r.mel.n_bytes = 5;
    *n_rest = 2 * sizeof(float) + 5;
    return r;
}

/* What the other end makes of a message of these parts; -1: hangs up. */
static int arrives(enum wire_kind kind, const void *start, size_t n_start,
                   size_t n_rest)
{
    static const char rest[64];
    struct wire_part parts[] = {{start, n_start}, {rest, n_rest}};
    const unsigned char *bytes;
    const struct wire_head *head;
    int sound;

    ck_assert_int_eq(wire_send_parts(ends[0], kind, parts, 2), 1);
    do {
        if (!wire_fill(ends[1], &inbox, 1))
            return -1;
        head = wire_message(&inbox, &bytes);
    } while (!head);
    ck_assert_uint_eq(head->kind, kind);
    ck_assert_uint_eq(head->n_bytes, n_start + n_rest);
    sound = wire_is_sound(head, bytes);
    wire_next(&inbox);
    return sound;
}

START_TEST(messages_arrive_one_after_the_other)
{
    struct contents contents = {0};
    size_t n_rest;
    struct scan_result r = result_of(&n_rest);

    ck_assert_int_eq(arrives(WIRE_LISTEN, "a path", 7, 0), 1);
    ck_assert_int_eq(arrives(WIRE_CONTENTS, &contents, sizeof contents, 0), 1);
    ck_assert_int_eq(arrives(WIRE_ALIVE, NULL, 0, 0), 1);
    ck_assert_int_eq(arrives(WIRE_RESULT, &r, sizeof r, n_rest), 1);
    ck_assert_uint_eq(inbox.n, 0);
    close(ends[0]);
    ck_assert_int_eq(wire_fill(ends[1], &inbox, 1), 0);
}
END_TEST

START_TEST(a_result_that_is_not_as_long_as_it_says_is_not_sound)
{
    struct contents contents = {0};
    size_t n_rest;
    struct scan_result r = result_of(&n_rest);

    ck_assert_int_eq(arrives(WIRE_CONTENTS, &contents, 3, 0), 0);
    ck_assert_int_eq(arrives(WIRE_RESULT, &r, 20, 0), 0);
    ck_assert_int_eq(arrives(WIRE_RESULT, &r, sizeof r, n_rest - 1), 0);
    ck_assert_int_eq(arrives(WIRE_RESULT, &r, sizeof r, n_rest + 1), 0);
    r.rank = UINT32_MAX;
    ck_assert_int_eq(arrives(WIRE_RESULT, &r, sizeof r, n_rest), 0);
    r = result_of(&n_rest);
    r.mel.n_bytes = SIZE_MAX;
    ck_assert_int_eq(arrives(WIRE_RESULT, &r, sizeof r, n_rest), 0);
    r = result_of(&n_rest);
    r.status = 4;
    ck_assert_int_eq(arrives(WIRE_RESULT, &r, sizeof r, n_rest), 0);
    r = result_of(&n_rest);
    memset(r.title, 'x', sizeof r.title);
    ck_assert_int_eq(arrives(WIRE_RESULT, &r, sizeof r, n_rest), 0);
}
END_TEST

START_TEST(who_begins_with_nonsense_is_not_waited_for)
{
    struct wire_head endless = {WIRE_RESULT, 0, UINT64_MAX};
    struct wire_head unknown = {77, 0, 0};

    ck_assert_int_eq(send(ends[0], &endless, sizeof endless, 0),
                     sizeof endless);
    ck_assert_int_eq(wire_fill(ends[1], &inbox, 1), 0);
    inbox.n = 0;
    ck_assert_int_eq(send(ends[0], &unknown, sizeof unknown, 0),
                     sizeof unknown);
    ck_assert_int_eq(wire_fill(ends[1], &inbox, 1), 0);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, messages_arrive_one_after_the_other);
    tcase_add_test(tests,
                   a_result_that_is_not_as_long_as_it_says_is_not_sound);
    tcase_add_test(tests, who_begins_with_nonsense_is_not_waited_for);
}

int main(void)
{
    return check_run("wire", add_tests);
}
