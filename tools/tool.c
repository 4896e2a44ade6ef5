/*
 * tool.c - failures, memory and time
 */
#include "tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int tool_fail(ltrec_error *err, int code, const char *format, ...)
{
    va_list args;

    if (err) {
        err->code = code;
        va_start(args, format);
        vsnprintf(err->message, sizeof err->message, format, args);
        va_end(args);
    }
    return code;
}

int tool_fail_io(ltrec_error *err, const char *what, const char *path)
{
    const char *reason = errno ? strerror(errno) : "input/output error";
    char shown[TOOL_SHORT_NAME];

    tool_short_name(shown, path);
    return tool_fail(err, LTREC_ERR_IO, "%s: %s: %s", shown, what, reason);
}

void tool_no_memory(void)
{
    fputs("ltrec: error: out of memory\n", stderr);
    exit(EXIT_ERROR);
}

static void *must_have(void *block)
{
    if (!block)
        tool_no_memory();
    return block;
}

void *tool_alloc(size_t count, size_t size)
{
    /* calloc(0) may answer NULL, which here would mean something else. */
    return must_have(calloc(count ? count : 1, size));
}

void *tool_grow(void *block, size_t *capacity, size_t wanted, size_t size)
{
    size_t larger = *capacity ? *capacity : 16;

    if (wanted <= *capacity)
        return block;
    while (larger < wanted)
        larger = larger > SIZE_MAX / 2 ? wanted : larger * 2;
    if (larger > SIZE_MAX / size)
        tool_no_memory();
    block = must_have(realloc(block, larger * size));
    *capacity = larger;
    return block;
}

char *tool_copy_text(const char *text)
{
    size_t bytes = strlen(text) + 1;

    return memcpy(tool_alloc(bytes, 1), text, bytes);
}

void tool_short_name(char shown[TOOL_SHORT_NAME], const char *path)
{
    size_t length = strlen(path);
    const char *from = path;

    if (length < TOOL_SHORT_NAME) {
        memcpy(shown, path, length + 1);
        return;
    }
    from += length - (TOOL_SHORT_NAME - 4);
    while (((unsigned char)*from & 0xc0) == 0x80) /* inside a character */
        from++;
    memcpy(shown, "...", 3);
    memcpy(shown + 3, from, strlen(from) + 1);
}

void tool_hex(char text[TOOL_HEX], uint64_t number)
{
    snprintf(text, TOOL_HEX, "%016llx", (unsigned long long)number);
}

double tool_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

size_t tool_slips(const char *a, const char *b)
{
    size_t row[33];
    size_t n = strlen(b);

    if (n > 32)
        return n;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; *a; i++, a++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = diagonal + (*a != b[j - 1]);

            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[n];
}
