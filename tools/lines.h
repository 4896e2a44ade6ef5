/*
 * lines.h - the lines of a text file, one at a time and strictly
 *
 * Lines end in LF or CRLF; the last may end with the file.  A byte order mark
 * before the first is passed over.  A line that is longer than 4 MB, holds a
 * NUL or a stray carriage return, or is not UTF-8 is refused with its number,
 * and reading may go on after it.  Memory is constant in the file's length.
 */
#ifndef LINES_H
#define LINES_H

#include <stdio.h>

#include "tool.h"

/* The longest line taken, without its end: room for an id of 1 MB. */
#define LINES_LENGTH ((size_t)1 << 22)

struct lines;

/* Open a file; "-" is the standard input. */
int lines_open(const char *path, struct lines **out, ltrec_error *err);

/* Read an open stream, which stays the caller's.  `name` is for messages. */
struct lines *lines_open_stream(FILE *stream, const char *name);

/* Accepts NULL. */
void lines_close(struct lines *lines);

/*
 * The next line: 1 with `*text`, terminated and without its end, valid until
 * the next call; 0 at the end; or a negative status.  LTREC_ERR_FORMAT means
 * that this one line was refused: the next call reads the one after it.
 * The text may be written to.
 */
int lines_next(struct lines *lines, char **text, size_t *length,
               ltrec_error *err);

/* The number of the line last read, from 1, and the file's name. */
uint64_t lines_number(const struct lines *lines);
const char *lines_name(const struct lines *lines);

/* Bytes of the UTF-8 character at s[n], n above 0, or 0 when it is none. */
size_t lines_character(const unsigned char *s, size_t n);

/* `text` in UTF-8 to be free()d: a byte that is none becomes "\xE9". */
char *lines_shown(const char *text);

#endif /* LINES_H */
