/*
 * decoder.c - sound files of any kind: libsndfile, or else ffmpeg
 */
#include "decoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audiofile.h"
#include "audiopipe.h"

/* One of the two. */
struct decoder {
    struct audiofile *file;
    struct audiopipe *pipe;
};

static void add(ltrec_error *err, const char *more)
{
    size_t n = strlen(err->message);

    snprintf(err->message + n, sizeof err->message - n, "; %s", more);
}

int decoder_open(const char *path, int or_ffmpeg, struct decoder **out,
                 ltrec_error *err)
{
    struct decoder *decoder = tool_alloc(1, sizeof *decoder);
    int status = audiofile_open(path, &decoder->file, err);

    *out = NULL;
    /* A file that cannot be read stays unreadable. */
    if (or_ffmpeg &&
        (status == LTREC_ERR_FORMAT || status == LTREC_ERR_UNSUPPORTED)) {
        ltrec_error second;

        if (audiopipe_open(path, &decoder->pipe, &second) == LTREC_OK)
            status = LTREC_OK;
        else if (err)
            add(err, second.message);
    }
    if (status != LTREC_OK) {
        decoder_close(decoder);
        return status;
    }
    *out = decoder;
    return LTREC_OK;
}

void decoder_close(struct decoder *decoder)
{
    if (!decoder)
        return;
    audiofile_close(decoder->file);
    audiopipe_close(decoder->pipe);
    free(decoder);
}

const char *decoder_name(const struct decoder *decoder)
{
    return decoder->file ? "libsndfile" : "ffmpeg";
}

uint32_t decoder_rate_hz(const struct decoder *decoder)
{
    return decoder->file ? audiofile_rate_hz(decoder->file)
                         : audiopipe_rate_hz(decoder->pipe);
}

uint32_t decoder_channels(const struct decoder *decoder)
{
    return decoder->file ? audiofile_channels(decoder->file)
                         : audiopipe_channels(decoder->pipe);
}

uint64_t decoder_stated_frames(const struct decoder *decoder)
{
    return decoder->file ? audiofile_stated_frames(decoder->file) : 0;
}

int decoder_read(struct decoder *decoder, const float **pcm, size_t *n_frames,
                 ltrec_error *err)
{
    return decoder->file ? audiofile_read(decoder->file, pcm, n_frames, err)
                         : audiopipe_read(decoder->pipe, pcm, n_frames, err);
}
