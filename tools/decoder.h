/*
 * decoder.h - sound files of any kind: libsndfile, or else ffmpeg
 *
 *     decoder_open("song.m4a", 1, &decoder, &err);
 *     while ((status = decoder_read(decoder, &pcm, &n_frames, &err)) == 1)
 *         feed(pcm, n_frames, decoder_channels(decoder));
 *     decoder_close(decoder);
 */
#ifndef DECODER_H
#define DECODER_H

#include "tool.h"

struct decoder;

/*
 * What libsndfile takes for no sound is given to ffmpeg, if `or_ffmpeg` and
 * there is one; when that fails too, both reasons are told.
 */
int decoder_open(const char *path, int or_ffmpeg, struct decoder **out,
                 ltrec_error *err);

/* Accepts NULL. */
void decoder_close(struct decoder *decoder);

/* "libsndfile" or "ffmpeg". */
const char *decoder_name(const struct decoder *decoder);

uint32_t decoder_rate_hz(const struct decoder *decoder);
uint32_t decoder_channels(const struct decoder *decoder);

/* What the header says, or 0; see audiofile_stated_frames(). */
uint64_t decoder_stated_frames(const struct decoder *decoder);

/* As audiofile_read(). */
int decoder_read(struct decoder *decoder, const float **pcm, size_t *n_frames,
                 ltrec_error *err);

#endif /* DECODER_H */
