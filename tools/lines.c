/*
 * lines.c - the lines of a text file, one at a time and strictly
 */
#include "lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A line, its CR LF, and the block that was read together with its end. */
#define BLOCK ((size_t)1 << 16)
#define BUFFER (LINES_LENGTH + 2 + BLOCK)

struct lines {
    FILE *stream;
    int owned;
    int at_end;
    char name[TOOL_SHORT_NAME];
    uint64_t number;
    size_t start; /* of what has not been handed out */
    size_t end;
    char *buffer; /* [BUFFER] and a terminator */
};

struct lines *lines_open_stream(FILE *stream, const char *name)
{
    struct lines *lines = tool_alloc(1, sizeof *lines);

    lines->stream = stream;
    lines->buffer = tool_alloc(BUFFER + 1, 1);
    tool_short_name(lines->name, name);
    return lines;
}

int lines_open(const char *path, struct lines **out, ltrec_error *err)
{
    FILE *stream = stdin;

    *out = NULL;
    errno = 0;
    if (strcmp(path, "-") != 0)
        stream = fopen(path, "rb");
    if (!stream)
        return tool_fail_io(err, "cannot open", path);
    *out = lines_open_stream(stream, path);
    (*out)->owned = stream != stdin;
    return LTREC_OK;
}

void lines_close(struct lines *lines)
{
    if (!lines)
        return;
    if (lines->owned)
        fclose(lines->stream);
    free(lines->buffer);
    free(lines);
}

uint64_t lines_number(const struct lines *lines)
{
    return lines->number;
}

const char *lines_name(const struct lines *lines)
{
    return lines->name;
}

/* ---- Filling the buffer ------------------------------------------------- */

/* Read on.  0 when nothing more came, and `at_end` or an error says why. */
static size_t fill(struct lines *lines)
{
    size_t room, n;

    if (lines->start > 0 && BUFFER - lines->end < BLOCK) {
        lines->end -= lines->start;
        memmove(lines->buffer, lines->buffer + lines->start, lines->end);
        lines->start = 0;
    }
    room = BUFFER - lines->end;
    n = fread(lines->buffer + lines->end, 1, room < BLOCK ? room : BLOCK,
              lines->stream);
    lines->end += n;
    lines->at_end = n == 0;
    return n;
}

/* Drop everything up to the end of an overlong line. */
static void pass_over_line(struct lines *lines)
{
    char *feed;

    do {
        feed = memchr(lines->buffer + lines->start, '\n',
                      lines->end - lines->start);
        if (feed) {
            lines->start = (size_t)(feed - lines->buffer) + 1;
            return;
        }
        lines->start = lines->end = 0;
    } while (fill(lines) > 0);
}

/*
 * Bring a whole line into the buffer: 1, 0 at the end of the file, or a
 * failure.  `*length` does not count the line feed.
 */
static int gather(struct lines *lines, size_t *length, ltrec_error *err)
{
    size_t seen = 0;

    for (;;) {
        char *from = lines->buffer + lines->start;
        size_t have = lines->end - lines->start;
        char *feed = memchr(from + seen, '\n', have - seen);

        *length = feed ? (size_t)(feed - from) : have;
        if (*length > LINES_LENGTH + 1) {
            pass_over_line(lines);
            return tool_fail(err, LTREC_ERR_FORMAT,
                             "%s: line %llu, column 1: longer than %zu bytes",
                             lines->name, (unsigned long long)lines->number,
                             LINES_LENGTH);
        }
        if (feed)
            return 1;
        seen = have;
        errno = 0;
        if (!lines->at_end && fill(lines) > 0)
            continue;
        if (ferror(lines->stream))
            return tool_fail_io(err, "cannot read", lines->name);
        return have > 0;
    }
}

/* ---- What a line may hold ----------------------------------------------- */

size_t lines_character(const unsigned char *s, size_t n)
{
    unsigned code = 0;
    size_t bytes;

    if (s[0] < 0x80)
        return 1;
    bytes = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || bytes > n)
        return 0;
    code = s[0] & (0x7fu >> bytes);
    for (size_t i = 1; i < bytes; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (s[i] & 0x3fu);
    }
    if (bytes == 3 && (code < 0x800 || (code >= 0xd800 && code <= 0xdfff)))
        return 0;
    if (bytes == 4 && (code < 0x10000 || code > 0x10ffff))
        return 0;
    return bytes;
}

char *lines_shown(const char *text)
{
    const unsigned char *from = (const unsigned char *)text;
    size_t left = strlen(text);
    char *shown = tool_alloc(4 * left + 1, 1), *to = shown;

    while (left > 0) {
        size_t n = lines_character(from, left);

        if (n > 0)
            memcpy(to, from, n);
        else
            snprintf(to, 5, "\\x%02X", *from);
        to += n > 0 ? n : 4;
        n = n > 0 ? n : 1;
        from += n;
        left -= n;
    }
    *to = '\0';
    return shown;
}

/* Whether some byte of `w` is 0: its borrow reaches a top bit that was 0. */
static int has_zero(uint64_t w)
{
    return ((w - 0x0101010101010101u) & ~w & 0x8080808080808080u) != 0;
}

/* Eight bytes at once, when none is NUL, a carriage return or above 127. */
static int eight_plain(const char *s)
{
    uint64_t w;

    memcpy(&w, s, sizeof w);
    return (w & 0x8080808080808080u) == 0 && !has_zero(w) &&
           !has_zero(w ^ 0x0d0d0d0d0d0d0d0du);
}

/* Why the line is refused and, in `*at`, where; NULL when it is sound. */
static const char *fault(const char *s, size_t n, size_t *at)
{
    size_t i = 0;

    while (i < n) {
        size_t bytes;

        *at = i;
        if (n - i >= 8 && eight_plain(s + i)) {
            i += 8;
            continue;
        }
        if (s[i] == '\0')
            return "holds a NUL byte";
        if (s[i] == '\r')
            return "holds a carriage return (lines end in LF or CRLF)";
        bytes = lines_character((const unsigned char *)s + i, n - i);
        if (bytes == 0)
            return "is not valid UTF-8";
        i += bytes;
    }
    return NULL;
}

static size_t column_of(const char *s, size_t at)
{
    size_t column = 1;

    for (size_t i = 0; i < at; i++)
        column += s[i] == '\t';
    return column;
}

int lines_next(struct lines *lines, char **text, size_t *length,
               ltrec_error *err)
{
    static const char mark[] = "\xef\xbb\xbf";
    const char *reason;
    size_t n, at = 0;
    int status;

    lines->number++;
    status = gather(lines, &n, err);
    if (status != 1)
        return status;
    *text = lines->buffer + lines->start;
    lines->start += n + (lines->start + n < lines->end); /* the line feed */
    if (n > 0 && (*text)[n - 1] == '\r')
        n--;
    if (lines->number == 1 && n >= 3 && memcmp(*text, mark, 3) == 0) {
        *text += 3;
        n -= 3;
    }
    (*text)[n] = '\0';
    *length = n;
    reason = n > LINES_LENGTH ? "is too long" : fault(*text, n, &at);
    if (reason)
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%s: line %llu, column %zu: byte %zu %s", lines->name,
                         (unsigned long long)lines->number,
                         column_of(*text, at), at + 1, reason);
    return 1;
}
