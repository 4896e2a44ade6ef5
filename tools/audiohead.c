/*
 * audiohead.c - what a sound file says it is, before a decoder believes it
 */
#include "audiohead.h"

#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Chunks of a WAV file that are looked through for its format. */
#define CHUNKS 100

static uint32_t little_endian(const unsigned char *bytes, int n)
{
    uint32_t value = 0;

    for (int i = 0; i < n; i++)
        value |= (uint32_t)bytes[i] << (8 * i);
    return value;
}

/* PCM, float, the two logarithms, or whatever the extension says of these. */
static int coding_is_read(uint32_t tag)
{
    return tag == 1 || tag == 3 || tag == 6 || tag == 7 || tag == 0xfffe;
}

/* Every format chunk of a RIFF file must name a coding that is read. */
static const char *riff_fault(int fd)
{
    unsigned char chunk[10];
    off_t at = 12;

    for (int i = 0; i < CHUNKS; i++) {
        ssize_t n = pread(fd, chunk, sizeof chunk, at);

        if (n < 8)
            return NULL;
        if (memcmp(chunk, "fmt ", 4) == 0 && n == sizeof chunk &&
            !coding_is_read(little_endian(chunk + 8, 2)))
            return "a coding that is not read";
        /* Chunks begin at even places. */
        at += 8 + (off_t)little_endian(chunk + 4, 4);
        at += at & 1;
    }
    return NULL;
}

const char *audiohead_fault(int fd)
{
    static const char *const magics[] = {"RIFF", "RF64", "riff",
                                         "FORM", "fLaC", "OggS"};
    unsigned char head[12] = {0};

    if (pread(fd, head, sizeof head, 0) < 4)
        return "too short";
    if (memcmp(head, "RIFF", 4) == 0 || memcmp(head, "RF64", 4) == 0)
        return memcmp(head + 8, "WAVE", 4) == 0 ? riff_fault(fd)
                                                : "a RIFF file without sound";
    if (memcmp(head, "FORM", 4) == 0 && memcmp(head + 8, "AIF", 3) != 0)
        return "an IFF file without sound";
    for (unsigned i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (memcmp(head, magics[i], 4) == 0)
            return NULL;
    if (memcmp(head, "ID3", 3) == 0 ||
        (head[0] == 0xff && (head[1] & 0xe0) == 0xe0))
        return NULL; /* MP3 */
    return "neither WAV, FLAC, Ogg, MP3 nor AIFF";
}

double audiohead_share(int fd)
{
    unsigned char head[8];
    struct stat info;
    double stated;

    if (pread(fd, head, sizeof head, 0) != (ssize_t)sizeof head ||
        memcmp(head, "RIFF", 4) != 0 || fstat(fd, &info) != 0)
        return 1;
    stated = 8 + (double)little_endian(head + 4, 4);
    /* Who writes to a pipe does not know, and says the most there is. */
    if (stated <= (double)info.st_size || stated > 0x7fffff00)
        return 1;
    return (double)info.st_size / stated;
}
