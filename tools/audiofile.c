/*
 * audiofile.c - sound files in and out, through libsndfile
 */
#include "audiofile.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sndfile.h>

#include "audiohead.h"
#include "output.h"

struct audiofile {
    SNDFILE *sound;
    SF_INFO info;
    int fd; /* open here, or -1 */
    char name[TOOL_SHORT_NAME];
    double share;    /* of the file that is there */
    uint64_t n_read; /* frames */
    float *block;    /* [AUDIOFILE_BLOCK][channels] */
};

/* ---- Opening ------------------------------------------------------------ */

static int container_is_read(int format)
{
    switch (format & SF_FORMAT_TYPEMASK) {
    case SF_FORMAT_WAV:
    case SF_FORMAT_WAVEX:
    case SF_FORMAT_W64:
    case SF_FORMAT_RF64:
    case SF_FORMAT_FLAC:
    case SF_FORMAT_OGG:
    case SF_FORMAT_MPEG:
    case SF_FORMAT_AIFF:
        return 1;
    }
    return 0;
}

static int coding_is_read(int format)
{
    switch (format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
    case SF_FORMAT_PCM_16:
    case SF_FORMAT_PCM_24:
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_FLOAT:
    case SF_FORMAT_DOUBLE:
    case SF_FORMAT_ULAW:
    case SF_FORMAT_ALAW:
    case SF_FORMAT_VORBIS:
    case SF_FORMAT_OPUS:
    case SF_FORMAT_MPEG_LAYER_I:
    case SF_FORMAT_MPEG_LAYER_II:
    case SF_FORMAT_MPEG_LAYER_III:
        return 1;
    }
    return 0;
}

/* What libsndfile accepted, held against what we do. */
static int check_info(const struct audiofile *file, ltrec_error *err)
{
    const SF_INFO *info = &file->info;

    if (!container_is_read(info->format) || !coding_is_read(info->format))
        return tool_fail(err, LTREC_ERR_UNSUPPORTED,
                         "%s: a sound format that is not read (type 0x%06x)",
                         file->name, (unsigned)info->format);
    if (info->samplerate < AUDIOFILE_RATE_MIN ||
        info->samplerate > AUDIOFILE_RATE_MAX)
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%s: %d samples a second, wanted %d to %d",
                         file->name, info->samplerate, AUDIOFILE_RATE_MIN,
                         AUDIOFILE_RATE_MAX);
    if (info->channels < 1 || info->channels > AUDIOFILE_CHANNELS_MAX)
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%s: %d channels, wanted 1 to %d", file->name,
                         info->channels, AUDIOFILE_CHANNELS_MAX);
    return LTREC_OK;
}

/* libsndfile closes what it is given, so it is given a copy. */
static int open_sound(struct audiofile *file, int fd, ltrec_error *err)
{
    const char *fault = audiohead_fault(fd);
    int copy;

    if (fault)
        return tool_fail(err, LTREC_ERR_FORMAT, "%s: not a sound file: %s",
                         file->name, fault);
    file->share = audiohead_share(fd);
    copy = dup(fd);
    if (copy < 0)
        return tool_fail_io(err, "cannot open", file->name);
    file->sound = sf_open_fd(copy, SFM_READ, &file->info, SF_TRUE);
    if (!file->sound)
        return tool_fail(err, LTREC_ERR_FORMAT, "%s: not a sound file: %.100s",
                         file->name, sf_strerror(NULL));
    return check_info(file, err);
}

int audiofile_open_fd(int fd, const char *name, struct audiofile **out,
                      ltrec_error *err)
{
    struct audiofile *file = tool_alloc(1, sizeof *file);
    struct stat info;
    int status;

    *out = NULL;
    errno = 0;
    file->fd = -1;
    tool_short_name(file->name, name);
    if (fstat(fd, &info) != 0)
        status = tool_fail_io(err, "cannot open", name);
    else if (!S_ISREG(info.st_mode))
        status =
            tool_fail(err, LTREC_ERR_IO, "%s: not a plain file", file->name);
    else
        status = open_sound(file, fd, err);
    if (status != LTREC_OK) {
        audiofile_close(file);
        return status;
    }
    file->block =
        tool_alloc((size_t)AUDIOFILE_BLOCK * (size_t)file->info.channels,
                   sizeof *file->block);
    *out = file;
    return LTREC_OK;
}

int audiofile_open(const char *path, struct audiofile **out, ltrec_error *err)
{
    int fd, status;

    *out = NULL;
    errno = 0;
    /* Without O_NONBLOCK the open of a pipe nobody writes to never returns. */
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return tool_fail_io(err, "cannot open", path);
    status = audiofile_open_fd(fd, path, out, err);
    if (status == LTREC_OK)
        (*out)->fd = fd;
    else
        close(fd);
    return status;
}

void audiofile_close(struct audiofile *file)
{
    if (!file)
        return;
    if (file->sound)
        sf_close(file->sound);
    if (file->fd >= 0)
        close(file->fd);
    free(file->block);
    free(file);
}

/* ---- Reading ------------------------------------------------------------ */

uint32_t audiofile_rate_hz(const struct audiofile *file)
{
    return (uint32_t)file->info.samplerate;
}

uint32_t audiofile_channels(const struct audiofile *file)
{
    return (uint32_t)file->info.channels;
}

uint64_t audiofile_stated_frames(const struct audiofile *file)
{
    sf_count_t frames = file->info.frames;

    if (frames <= 0 || frames == SF_COUNT_MAX)
        return 0;
    return (uint64_t)((double)frames / file->share);
}

/* Whether any of pcm[n] is NaN or infinite: the largest of their bits less
 * the sign, which compilers make vectors of. */
static int has_bad(const float *pcm, size_t n)
{
    uint32_t most = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t bits;

        memcpy(&bits, &pcm[i], sizeof bits);
        bits &= 0x7fffffff;
        most = bits > most ? bits : most;
    }
    return most >= 0x7f800000;
}

static int check_samples(const struct audiofile *file, size_t n_frames,
                         ltrec_error *err)
{
    size_t channels = (size_t)file->info.channels;

    if (!has_bad(file->block, n_frames * channels))
        return LTREC_OK;
    for (size_t i = 0; i < n_frames * channels; i++) {
        uint64_t frame = file->n_read + i / channels;

        if (isfinite(file->block[i]))
            continue;
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%s: the sample at %.3f s (frame %llu, channel %zu) "
                         "is not finite",
                         file->name, (double)frame / file->info.samplerate,
                         (unsigned long long)frame, i % channels + 1);
    }
    return LTREC_OK;
}

int audiofile_read(struct audiofile *file, const float **pcm, size_t *n_frames,
                   ltrec_error *err)
{
    sf_count_t n = sf_readf_float(file->sound, file->block, AUDIOFILE_BLOCK);
    int status;

    *pcm = file->block;
    *n_frames = n > 0 ? (size_t)n : 0;
    if (*n_frames == 0)
        return 0;
    status = check_samples(file, *n_frames, err);
    file->n_read += *n_frames;
    return status == LTREC_OK ? 1 : status;
}

int audiofile_load(const char *path, double max_seconds, float **pcm,
                   size_t *n_frames, uint32_t *channels, uint32_t *rate_hz,
                   ltrec_error *err)
{
    struct audiofile *file;
    size_t capacity = 0, n;
    const float *block;
    int status;

    *pcm = NULL;
    *n_frames = 0;
    status = audiofile_open(path, &file, err);
    if (status != LTREC_OK)
        return status;
    *channels = audiofile_channels(file);
    *rate_hz = audiofile_rate_hz(file);
    while ((status = audiofile_read(file, &block, &n, err)) == 1) {
        if ((double)(*n_frames + n) > max_seconds * *rate_hz) {
            status = tool_fail(err, LTREC_ERR_CAPACITY,
                               "%s: longer than %g seconds", file->name,
                               max_seconds);
            break;
        }
        *pcm = tool_grow(*pcm, &capacity, (*n_frames + n) * *channels,
                         sizeof **pcm);
        memcpy(*pcm + *n_frames * *channels, block,
               n * *channels * sizeof *block);
        *n_frames += n;
    }
    audiofile_close(file);
    if (status != LTREC_OK) {
        free(*pcm);
        *pcm = NULL;
        *n_frames = 0;
    }
    return status;
}

/* ---- Writing ------------------------------------------------------------ */

/* Rounding and clipping are done here: libsndfile truncates and wraps. */
static int16_t to_16_bits(float x)
{
    float scaled = x * 32767.0f;

    if (!(scaled > -32768.0f)) /* NaN included */
        return scaled <= -32768.0f ? -32768 : 0;
    return scaled >= 32767.0f ? 32767 : (int16_t)lrintf(scaled);
}

static int write_samples(SNDFILE *sound, const float *pcm, size_t n)
{
    int16_t block[1024];

    while (n > 0) {
        size_t now = n < 1024 ? n : 1024;

        for (size_t i = 0; i < now; i++)
            block[i] = to_16_bits(pcm[i]);
        if (sf_write_short(sound, block, (sf_count_t)now) != (sf_count_t)now)
            return 0;
        pcm += now;
        n -= now;
    }
    return 1;
}

static int is_flac(const char *path)
{
    size_t n = strlen(path);

    return n > 5 && strcmp(path + n - 5, ".flac") == 0;
}

static void write_texts(SNDFILE *sound, const struct audiofile_texts *texts)
{
    if (texts->artist)
        sf_set_string(sound, SF_STR_ARTIST, texts->artist);
    if (texts->title)
        sf_set_string(sound, SF_STR_TITLE, texts->title);
    if (texts->album)
        sf_set_string(sound, SF_STR_ALBUM, texts->album);
    if (texts->genre)
        sf_set_string(sound, SF_STR_GENRE, texts->genre);
}

int audiofile_write(const char *path, const float *pcm, size_t n_frames,
                    uint32_t channels, uint32_t rate_hz,
                    const struct audiofile_texts *texts, ltrec_error *err)
{
    SF_INFO info = {0};
    struct output *output;
    SNDFILE *sound;
    int written, status = output_open(path, &output, err);

    if (status != LTREC_OK)
        return status;
    info.samplerate = (int)rate_hz;
    info.channels = (int)channels;
    info.format =
        (is_flac(path) ? SF_FORMAT_FLAC : SF_FORMAT_WAV) | SF_FORMAT_PCM_16;
    errno = 0;
    sound = sf_open_fd(dup(fileno(output_stream(output))), SFM_WRITE, &info,
                       SF_TRUE);
    if (sound && texts)
        write_texts(sound, texts);
    written = sound && write_samples(sound, pcm, n_frames * channels);
    if (sound && sf_close(sound) != 0)
        written = 0;
    if (!written) {
        status = tool_fail_io(err, "cannot write sound", path);
        output_abandon(output);
        return status;
    }
    return output_commit(output, err);
}
