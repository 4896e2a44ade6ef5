/*
 * fields.h - a line of a table in its fields
 *
 * Fields are cut in place, and each ends in a 0 where a tab or a comma was.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include <stddef.h>

struct field {
    char *text;
    size_t length;
};

/* Cut `text` at its tabs.  The fields found, of which `room` are written. */
size_t fields_at_tabs(char *text, size_t length, struct field *fields,
                      size_t room);

/*
 * The same at commas (RFC 4180): a field may stand in quotes, two of which are
 * one.  0 with the number of the field at fault in `*broken`, from 1: one that
 * holds a tab, or a quote that does not end before a comma or the end.
 */
size_t fields_at_commas(char *text, size_t length, struct field *fields,
                        size_t room, size_t *broken);

#endif /* FIELDS_H */
