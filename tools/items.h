/*
 * items.h - what is known of the tracks by name
 *
 * The table has the columns `item`, `artist` and `title`, and may have
 * `album`, `genre`, `seconds`, `path` and `released`.  An item comes once.
 */
#ifndef ITEMS_H
#define ITEMS_H

#include "names.h"
#include "tool.h"

enum items_text {
    ITEMS_ARTIST,
    ITEMS_TITLE,
    ITEMS_ALBUM,
    ITEMS_GENRE,
    ITEMS_PATH,
    ITEMS_RELEASED, /* 1997, or 1997-05-21 */
    ITEMS_TEXTS
};

struct items;

int items_read(const char *path, int skip_bad, struct items **out,
               ltrec_error *err);

/* None yet, and one more: texts[ITEMS_TEXTS], "" for what is not known. */
struct items *items_create(void);
int items_add(struct items *items, const char *id,
              const char *const texts[ITEMS_TEXTS], double seconds,
              ltrec_error *err);

/* Accepts NULL. */
void items_free(struct items *items);

/* The items' own names, numbered in the order of the table. */
const struct names *items_names(const struct items *items);

/* A text of item `number`; "" where the table says nothing.  Never NULL. */
const char *items_text(const struct items *items, uint32_t number,
                       enum items_text which);

/*
 * The file of item `number`, found beside `table` when its path is relative;
 * NULL where the table names none.  The caller's to free().
 */
char *items_file(const struct items *items, uint32_t number,
                 const char *table);

/* Its length in seconds, or 0 where the table says nothing. */
double items_seconds(const struct items *items, uint32_t number);

/*
 * The recording that a track of this name is a copy of: equal for the same
 * artist and title, however they are spaced or cased; 0 where either is
 * unknown.
 */
uint64_t items_recording(const char *artist, const char *title);

/* Rows that were skipped as bad. */
uint64_t items_skipped(const struct items *items);

#endif /* ITEMS_H */
