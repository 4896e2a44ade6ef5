/*
 * melfile.h - the mel rows of sound files
 */
#ifndef MELFILE_H
#define MELFILE_H

#include <ltrec/audio.h>

#include "tool.h"

/* Longer files are refused unless asked for: a working day of sound. */
#define MELFILE_SECONDS (8 * 3600)

struct melfile {
    float *mel; /* [rows][bands] */
    size_t rows;
    double seconds;
    uint32_t rate_hz; /* of the file */
    uint32_t channels;
};

/*
 * Decode a file into `frontend` block by block and level the rows.  Memory is
 * that of the rows.  A file without samples, or one longer than
 * `max_seconds`, is refused.  On failure `out` is all zero.
 */
int melfile_read(const char *path, ltrec_frontend *frontend,
                 double max_seconds, struct melfile *out, ltrec_error *err);

void melfile_free(struct melfile *file);

#endif /* MELFILE_H */
