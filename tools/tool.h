/*
 * tool.h - what every file of the program `ltrec` builds on
 *
 * Failures travel as they do in the library: a status, and an `ltrec_error`
 * with the reason in words.  Memory is the exception.  A program that has run
 * out of it can only say so and end, so tool_alloc() does that, and no caller
 * has a path for it.  What a file claims about its own size is never passed
 * to tool_alloc() unchecked.
 */
#ifndef TOOL_H
#define TOOL_H

#include <stddef.h>
#include <stdint.h>

#include <ltrec/base.h>

/* What the program answers its caller with. */
enum {
    EXIT_DONE = 0,
    EXIT_ERROR = 1,
    EXIT_USAGE = 2,
    EXIT_SOME_FAILED = 3, /* finished, but not with every input */
    EXIT_INTERRUPTED = 130
};

/* Room for a path in a message: longer ones are shown by their end. */
#define TOOL_SHORT_NAME 96

#if defined(__GNUC__)
#define TOOL_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define TOOL_PRINTF(text, first)
#endif

/* Write `code` and the message to `err`, which may be NULL; return `code`. */
int tool_fail(ltrec_error *err, int code, const char *format, ...)
    TOOL_PRINTF(3, 4);

/* As tool_fail() with LTREC_ERR_IO, and what the system says of `errno`. */
int tool_fail_io(ltrec_error *err, const char *what, const char *path);

/* Say that there is no memory, and end the program. */
_Noreturn void tool_no_memory(void);

/* `count` zeroed elements of `size` bytes.  Ends the program without. */
void *tool_alloc(size_t count, size_t size);

/*
 * Make room in `block` for `wanted` elements of `size` bytes, at least
 * doubling `*capacity` when it must grow.  New elements are not zeroed.
 */
void *tool_grow(void *block, size_t *capacity, size_t wanted, size_t size);

char *tool_copy_text(const char *text);

/* `path` as a message shows it: whole, or its last part after "...". */
void tool_short_name(char shown[TOOL_SHORT_NAME], const char *path);

/* How many letters of two words differ, as a slip of the hand makes them:
 * left out, put in or taken for another. */
size_t tool_slips(const char *a, const char *b);

/* A model's id or a version, in hexadecimal digits. */
#define TOOL_HEX 17
void tool_hex(char text[TOOL_HEX], uint64_t number);

/* Seconds since some moment, of a clock that nobody sets. */
double tool_now(void);

#endif /* TOOL_H */
