/*
 * sonic.h - answers to the two calls of OpenSubsonic's sonicSimilarity
 *
 * getSonicSimilarTracks and findSonicPath, version 1 of the extension: a
 * `subsonic-response` with an array `sonicMatch`, each an `entry`, a Child
 * with what the table of items knows, and a `similarity` from 0 to 1.
 */
#ifndef SONIC_H
#define SONIC_H

#include "vectors.h"

struct sonic_match {
    uint64_t id;
    double similarity;
};

/* Print the answer as one JSON document. */
void sonic_print(const struct titles *titles, size_t n,
                 const struct sonic_match *matches);

/* Print a failed answer: 70 is "not found", 0 anything else. */
void sonic_print_failure(int code, const char *message);

#endif /* SONIC_H */
