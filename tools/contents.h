/*
 * contents.h - what is in a file, in a number
 */
#ifndef CONTENTS_H
#define CONTENTS_H

#include "tool.h"

/* A file as it was when it was opened. */
struct contents {
    int64_t size, mtime_ns;
    uint64_t hash; /* the id of the ids of each 2^20 bytes; see names.h */
};

/*
 * Read a plain file to its end: 0, or the `errno` of what failed, and
 * ECANCELED when `progress`, which is called every 2^20 bytes, said so.
 */
int contents_read(const char *path, ltrec_progress progress, void *user,
                  struct contents *out);

#endif /* CONTENTS_H */
