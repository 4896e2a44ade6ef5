/*
 * audiopipe.c - sound from an `ffmpeg` of the system, run as a child
 *
 * It is asked for a Sun .au stream of 32-bit floats: a header of a few fixed
 * numbers, of which none depends on a length that a pipe cannot go back to.
 */
#define _GNU_SOURCE /* pipe2(): another thread may be starting a child too */
#include "audiopipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audiofile.h"

#define SILENCE_MS 30000 /* longer than this without a word, and it hangs */
#define HEAD_BYTES 24
#define MOST_HEAD 65536
#define BUFFER_BYTES 65536
#define WORDS_BYTES 4400 /* of what it complains about: a path, and why */

/* What it may take a file for. */
#define FORMATS \
    "mov,asf,aac,ape,wv,mpc,mpc8,tta,tak,dsf,iff,matroska,ogg,caf,amr,mp3," \
    "wav,w64,flac,aiff,ac3,eac3,dts,shn,oma,au,rm,avi,mpeg,mpegts,flv,spdif"

extern char **environ;

struct audiopipe {
    pid_t child;
    int how;          /* it ended, once child is 0 */
    int sound, words; /* its output and its complaints, or -1 */
    char complaint[WORDS_BYTES];
    size_t n_complaint;
    int in_brackets, complete;
    uint32_t rate_hz, channels;
    unsigned char bytes[BUFFER_BYTES];
    size_t n_bytes;
    float *block; /* [BUFFER_BYTES / 4] */
};

/* ---- The child ---------------------------------------------------------- */

static int set_up(posix_spawn_file_actions_t *actions, const int out[2],
                  const int words[2])
{
    return posix_spawn_file_actions_init(actions) != 0 ||
           posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null",
                                            O_RDONLY, 0) != 0 ||
           posix_spawn_file_actions_adddup2(actions, out[1], STDOUT_FILENO) !=
               0 ||
           posix_spawn_file_actions_adddup2(actions, words[1],
                                            STDERR_FILENO) != 0;
}

/* Run argv[0] of the PATH; its two outputs come back as pipes.  0 or an errno,
 * and then nothing is open. */
static int start(char *const *argv, pid_t *child, int *out, int *words)
{
    int outs[2], said[2], failed;
    posix_spawn_file_actions_t actions;

    if (pipe2(outs, O_CLOEXEC) != 0)
        return errno;
    failed = pipe2(said, O_CLOEXEC) == 0 ? 0 : errno;
    if (!failed) {
        failed =
            set_up(&actions, outs, said) != 0
                ? ENOMEM
                : posix_spawnp(child, argv[0], &actions, NULL, argv, environ);
        posix_spawn_file_actions_destroy(&actions);
        close(said[1]);
        if (failed)
            close(said[0]);
    }
    close(outs[1]);
    if (failed)
        close(outs[0]);
    *out = outs[0];
    *words = said[0];
    return failed;
}

/* Wait for it; what it died of stays in `how`. */
static void bury(struct audiopipe *pipe)
{
    if (pipe->child <= 0)
        return;
    while (waitpid(pipe->child, &pipe->how, 0) < 0 && errno == EINTR)
        ;
    pipe->child = 0;
}

static void end_child(struct audiopipe *pipe)
{
    if (pipe->child > 0)
        kill(pipe->child, SIGKILL);
    bury(pipe);
}

int audiopipe_version(char *text, size_t bytes)
{
    static char program[] = "ffmpeg", ask[] = "-version";
    static char *const argv[] = {program, ask, NULL};
    struct audiopipe pipe = {.child = 0};
    char line[160] = "", version[60];
    FILE *stream;
    int found = 0;

    if (start(argv, &pipe.child, &pipe.sound, &pipe.words) != 0)
        return 0;
    stream = fdopen(pipe.sound, "r");
    if (stream && fgets(line, sizeof line, stream) &&
        sscanf(line, "ffmpeg version %59s", version) == 1)
        found = snprintf(text, bytes, "ffmpeg %s", version) > 0;
    if (stream)
        fclose(stream);
    close(pipe.words);
    end_child(&pipe);
    return found;
}

/* ---- Its two outputs ---------------------------------------------------- */

/* Keep the first line of what it says, less the addresses in brackets that
 * are others each time. */
static void keep(struct audiopipe *pipe, char c)
{
    pipe->complete |= c == '\n' && pipe->n_complaint > 0;
    if (c == '[')
        pipe->in_brackets = 1;
    if (!pipe->in_brackets && !pipe->complete && (unsigned char)c >= 0x20 &&
        pipe->n_complaint + 1 < sizeof pipe->complaint)
        pipe->complaint[pipe->n_complaint++] = c;
    if (c == ']')
        pipe->in_brackets = 0;
}

static void hear(struct audiopipe *pipe)
{
    char said[512];
    ssize_t n = read(pipe->words, said, sizeof said);

    if (n <= 0) {
        close(pipe->words);
        pipe->words = -1;
        return;
    }
    for (ssize_t i = 0; i < n; i++)
        keep(pipe, said[i]);
}

static int hangs(struct audiopipe *pipe, ltrec_error *err)
{
    end_child(pipe);
    return tool_fail(err, LTREC_ERR_IO, "ffmpeg gave no sound for %d seconds",
                     SILENCE_MS / 1000);
}

/* There is no more sound: 0 when that was all, or the failure when something
 * has killed it.  A file that it gives up on in the middle ends there, as it
 * does for libsndfile. */
static int at_end(struct audiopipe *pipe, ltrec_error *err)
{
    while (pipe->words >= 0) {
        struct pollfd fd = {pipe->words, POLLIN, 0};
        int ready = poll(&fd, 1, SILENCE_MS);

        if (ready == 0)
            return hangs(pipe, err);
        if (ready > 0)
            hear(pipe);
    }
    bury(pipe);
    if (WIFSIGNALED(pipe->how))
        return tool_fail(err, LTREC_ERR_FORMAT, "ffmpeg crashed: %s",
                         strsignal(WTERMSIG(pipe->how)));
    return 0;
}

/* More bytes of sound behind those there are; 1, 0 at the end, or failure. */
static int fill(struct audiopipe *pipe, ltrec_error *err)
{
    for (;;) {
        struct pollfd fds[2] = {{pipe->sound, POLLIN, 0},
                                {pipe->words, POLLIN, 0}};
        int ready = poll(fds, 2, SILENCE_MS);
        ssize_t n;

        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return hangs(pipe, err);
        if (fds[1].revents)
            hear(pipe);
        if (!fds[0].revents)
            continue;
        n = read(pipe->sound, pipe->bytes + pipe->n_bytes,
                 sizeof pipe->bytes - pipe->n_bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return tool_fail(err, LTREC_ERR_IO, "cannot read from ffmpeg: %s",
                             strerror(errno));
        pipe->n_bytes += (size_t)n;
        return n > 0 ? 1 : at_end(pipe, err);
    }
}

static int fill_up_to(struct audiopipe *pipe, size_t n, ltrec_error *err)
{
    int status = 1;

    while (pipe->n_bytes < n && status == 1)
        status = fill(pipe, err);
    return status < 0 ? status : pipe->n_bytes >= n;
}

static void drop(struct audiopipe *pipe, size_t n)
{
    memmove(pipe->bytes, pipe->bytes + n, pipe->n_bytes - n);
    pipe->n_bytes -= n;
}

static uint32_t big_endian(const unsigned char *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 |
           b[3];
}

/* ---- Opening ------------------------------------------------------------ */

/* It ended before any sound; what it said may begin with the input's name. */
static int no_sound(struct audiopipe *pipe, const char *input,
                    ltrec_error *err)
{
    const char *said = pipe->complaint;
    size_t length = strlen(input);

    end_child(pipe);
    while (pipe->words >= 0)
        hear(pipe);
    said += strspn(said, " ");
    if (strncmp(said, input, length) == 0 &&
        strncmp(said + length, ": ", 2) == 0)
        said += length + 2;
    return tool_fail(err, LTREC_ERR_FORMAT, "no sound for ffmpeg%s%.100s",
                     *said ? ": " : "", said);
}

static int read_head(struct audiopipe *pipe, const char *input,
                     ltrec_error *err)
{
    const unsigned char *b = pipe->bytes;
    uint32_t offset;
    int status = fill_up_to(pipe, HEAD_BYTES, err);

    if (status < 0)
        return status;
    if (status == 0)
        return no_sound(pipe, input, err);
    offset = big_endian(b + 4);
    pipe->rate_hz = big_endian(b + 16);
    pipe->channels = big_endian(b + 20);
    if (memcmp(b, ".snd", 4) != 0 || big_endian(b + 12) != 6 ||
        offset < HEAD_BYTES || offset > MOST_HEAD)
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "ffmpeg answered in another format");
    if (pipe->rate_hz < AUDIOFILE_RATE_MIN ||
        pipe->rate_hz > AUDIOFILE_RATE_MAX || pipe->channels < 1 ||
        pipe->channels > AUDIOFILE_CHANNELS_MAX)
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%u channels at %u Hz, wanted 1 to %d at %d to %d",
                         (unsigned)pipe->channels, (unsigned)pipe->rate_hz,
                         AUDIOFILE_CHANNELS_MAX, AUDIOFILE_RATE_MIN,
                         AUDIOFILE_RATE_MAX);
    status = fill_up_to(pipe, offset, err);
    if (status == 1)
        drop(pipe, offset);
    return status < 0 ? status : LTREC_OK;
}

int audiopipe_open(const char *path, struct audiopipe **out, ltrec_error *err)
{
    size_t bytes = strlen(path) + sizeof "file:";
    struct audiopipe *pipe = tool_alloc(1, sizeof *pipe);
    char *input = tool_alloc(bytes, 1);
    /* "file:" before a name keeps a leading dash or a colon in it from
     * meaning anything. */
    const char *argv[] = {"ffmpeg",
                          "-nostdin",
                          "-v",
                          "error",
                          "-threads",
                          "1",
                          "-protocol_whitelist",
                          "file,pipe",
                          "-format_whitelist",
                          FORMATS,
                          "-i",
                          input,
                          "-map",
                          "0:a:0",
                          "-threads",
                          "1",
                          "-c:a",
                          "pcm_f32be",
                          "-map_metadata",
                          "-1",
                          "-f",
                          "au",
                          "pipe:1",
                          NULL};
    char *words[sizeof argv / sizeof argv[0]];
    int failed, status;

    *out = NULL;
    snprintf(input, bytes, "file:%s", path);
    memcpy(words, argv, sizeof words);
    failed = start(words, &pipe->child, &pipe->sound, &pipe->words);
    if (failed) {
        free(input);
        free(pipe);
        return tool_fail(err, LTREC_ERR_UNSUPPORTED, "cannot run ffmpeg: %s",
                         strerror(failed));
    }
    pipe->block = tool_alloc(BUFFER_BYTES / 4, sizeof *pipe->block);
    status = read_head(pipe, input, err);
    free(input);
    if (status != LTREC_OK) {
        audiopipe_close(pipe);
        return status;
    }
    *out = pipe;
    return LTREC_OK;
}

void audiopipe_close(struct audiopipe *pipe)
{
    if (!pipe)
        return;
    close(pipe->sound);
    if (pipe->words >= 0)
        close(pipe->words);
    end_child(pipe);
    free(pipe->block);
    free(pipe);
}

uint32_t audiopipe_rate_hz(const struct audiopipe *pipe)
{
    return pipe->rate_hz;
}

uint32_t audiopipe_channels(const struct audiopipe *pipe)
{
    return pipe->channels;
}

/* ---- Reading ------------------------------------------------------------ */

int audiopipe_read(struct audiopipe *pipe, const float **pcm, size_t *n_frames,
                   ltrec_error *err)
{
    size_t frame = pipe->channels * sizeof(float), n;
    int status = fill_up_to(pipe, frame, err);

    *pcm = pipe->block;
    *n_frames = 0;
    if (status <= 0)
        return status;
    n = pipe->n_bytes / frame;
    for (size_t i = 0; i < n * pipe->channels; i++) {
        uint32_t bits = big_endian(pipe->bytes + 4 * i);

        memcpy(&pipe->block[i], &bits, sizeof bits);
    }
    drop(pipe, n * frame);
    *n_frames = n;
    return 1;
}
