/*
 * audiopipe.h - sound from an `ffmpeg` of the system, run as a child
 *
 * For what libsndfile does not read: M4A, AAC, ALAC, WMA, Monkey's Audio,
 * WavPack, Musepack and the like.  Nothing is linked: the program is found in
 * the PATH, is given the file as an argument and no shell, and answers
 * through a pipe.  It may open that file and nothing else - no playlists, no
 * network - and is ended when it says nothing for half a minute.
 *
 * Used as audiofile.h is.
 */
#ifndef AUDIOPIPE_H
#define AUDIOPIPE_H

#include "tool.h"

struct audiopipe;

/*
 * The version of the ffmpeg there is, such as "ffmpeg 5.1.9", to text[bytes];
 * 0 when there is none.
 */
int audiopipe_version(char *text, size_t bytes);

/* Messages do not name the file. */
int audiopipe_open(const char *path, struct audiopipe **out, ltrec_error *err);

/* Ends the child, whatever it is doing.  Accepts NULL. */
void audiopipe_close(struct audiopipe *pipe);

uint32_t audiopipe_rate_hz(const struct audiopipe *pipe);
uint32_t audiopipe_channels(const struct audiopipe *pipe);

/*
 * The next block: 1 with `*pcm`, frames of interleaved channels, valid until
 * the next call; 0 at the end; or a negative status.
 */
int audiopipe_read(struct audiopipe *pipe, const float **pcm, size_t *n_frames,
                   ltrec_error *err);

#endif /* AUDIOPIPE_H */
