/*
 * audiofile.h - sound files in and out, through libsndfile
 *
 *     audiofile_open("song.flac", &file, &err);
 *     while ((status = audiofile_read(file, &pcm, &n_frames, &err)) == 1)
 *         feed(pcm, n_frames, audiofile_channels(file));
 *
 * WAV, FLAC, Ogg (Vorbis and Opus), MP3 and AIFF with PCM, float or
 * logarithmic samples.  ADPCM and other old codecs are refused: their decoders
 * keep being the source of memory errors, and no music is kept in them.
 *
 * A file is decoded block by block and what its header says of its length is
 * never believed, so memory does not depend on the file.  Samples that are
 * not finite are refused with their place.
 */
#ifndef AUDIOFILE_H
#define AUDIOFILE_H

#include "tool.h"

/* What a file may say of itself. */
#define AUDIOFILE_RATE_MIN 1000
#define AUDIOFILE_RATE_MAX 768000
#define AUDIOFILE_CHANNELS_MAX 32

/* Frames in the largest block. */
#define AUDIOFILE_BLOCK 8192

struct audiofile;

int audiofile_open(const char *path, struct audiofile **out, ltrec_error *err);

/* The same of an open file descriptor, which stays the caller's. */
int audiofile_open_fd(int fd, const char *name, struct audiofile **out,
                      ltrec_error *err);

/* Accepts NULL. */
void audiofile_close(struct audiofile *file);

uint32_t audiofile_rate_hz(const struct audiofile *file);
uint32_t audiofile_channels(const struct audiofile *file);

/* What the header says; an estimate for progress, and 0 when unknown. */
uint64_t audiofile_stated_frames(const struct audiofile *file);

/*
 * The next block: 1 with `*pcm`, frames of interleaved channels, valid until
 * the next call; 0 at the end; or a negative status.
 */
int audiofile_read(struct audiofile *file, const float **pcm, size_t *n_frames,
                   ltrec_error *err);

/*
 * Decode a whole file of at most `max_seconds`; a longer one is an error.
 * `*pcm` is the caller's to free().
 */
int audiofile_load(const char *path, double max_seconds, float **pcm,
                   size_t *n_frames, uint32_t *channels, uint32_t *rate_hz,
                   ltrec_error *err);

/* What a file is to say of itself; NULL for nothing. */
struct audiofile_texts {
    const char *artist, *title, *album, *genre;
};

/*
 * Write pcm[n_frames][channels] in 16 bits, rounded to nearest and clipped to
 * -1 .. 1: as FLAC where `path` ends so, otherwise as WAV.  `texts` may be
 * NULL.  The file appears whole or not at all.
 */
int audiofile_write(const char *path, const float *pcm, size_t n_frames,
                    uint32_t channels, uint32_t rate_hz,
                    const struct audiofile_texts *texts, ltrec_error *err);

#endif /* AUDIOFILE_H */
