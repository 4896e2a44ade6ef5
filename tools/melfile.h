/*
 * melfile.h - the mel rows of sound files
 */
#ifndef MELFILE_H
#define MELFILE_H

#include <ltrec/audio.h>

#include "tool.h"

/* Longer files are refused unless asked for: a working day of sound. */
#define MELFILE_SECONDS (8 * 3600)

struct melfile_options {
    double max_seconds;
    int or_ffmpeg;           /* see decoder_open() */
    ltrec_progress progress; /* a frame count and what the header says of it;
                                NULL for none */
    void *user;
};

struct melfile {
    float *mel; /* [rows][bands] */
    size_t rows;
    double seconds;
    double stated_seconds; /* what the header says, or 0 */
    double decode_seconds; /* spent by the decoder */
    uint32_t rate_hz;      /* of the file */
    uint32_t channels;
    const char *decoder;
    float low, high;    /* the least and the largest sample */
    uint64_t n_clipped; /* samples at full scale */
};

/* The longest there may be, ffmpeg, and the bar of the terminal. */
void melfile_options_init(struct melfile_options *options);

/*
 * Decode a file into `frontend` block by block and level the rows.  Memory is
 * that of the rows.  A file without samples, or one longer than
 * `max_seconds`, is refused.  On failure `out` is all zero.
 */
int melfile_read(const char *path, ltrec_frontend *frontend,
                 const struct melfile_options *options, struct melfile *out,
                 ltrec_error *err);

void melfile_free(struct melfile *file);

#endif /* MELFILE_H */
