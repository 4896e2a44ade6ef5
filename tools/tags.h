/*
 * tags.h - what a sound file says of itself
 */
#ifndef TAGS_H
#define TAGS_H

#include "tool.h"

struct tags {
    char *artist, *title, *album, *genre; /* UTF-8, or NULL */
    uint32_t year, number;                /* 0 where it does not say */
    double seconds;                       /* the same */
};

/* All empty when the file has none, or is of a kind that nobody here knows. */
void tags_read(const char *path, struct tags *tags);

void tags_free(struct tags *tags);

#endif /* TAGS_H */
