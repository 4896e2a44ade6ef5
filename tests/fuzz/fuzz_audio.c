/*
 * fuzz_audio.c - any bytes as a sound file
 *
 * What is accepted gives finite samples, in blocks of the stated size.
 */
#include <math.h>

#include "../../tools/audiofile.h"
#include "fuzz_file.h"

/* A few bytes of a good codec may be hours of silence. */
#define BLOCKS 200

/* libsndfile loses a few kilobytes over some broken Ogg files. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libvorbis\nleak:libsndfile\nleak:libmpg123\nleak:libFLAC\n";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct audiofile *file;
    ltrec_error err;
    const float *pcm;
    size_t n;

    if (audiofile_open_fd(fuzz_file(data, size), "fuzz", &file, &err) !=
        LTREC_OK)
        return 0;
    for (int i = 0; i < BLOCKS && audiofile_read(file, &pcm, &n, &err) == 1;
         i++) {
        fuzz_must(n > 0 && n <= AUDIOFILE_BLOCK);
        for (size_t j = 0; j < n * audiofile_channels(file); j++)
            fuzz_must(isfinite(pcm[j]));
    }
    audiofile_close(file);
    return 0;
}
