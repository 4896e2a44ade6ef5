/*
 * fuzz_file.h - an input of the fuzzer as a file, without touching a disk
 */
#ifndef FUZZ_FILE_H
#define FUZZ_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The descriptor of a file that holds data[size], until the next call. */
static inline int fuzz_file(const uint8_t *data, size_t size)
{
    static int fd = -1;

    if (fd < 0) {
        char path[] = "/dev/shm/ltrec-fuzz-XXXXXX";

        fd = mkstemp(path);
        unlink(path);
    }
    if (fd < 0 || ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0 ||
        write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
        abort();
    return fd;
}

/* The same as a path. */
static inline const char *fuzz_path(const uint8_t *data, size_t size)
{
    static char path[32];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fuzz_file(data, size));
    return path;
}

static inline void fuzz_must(int condition)
{
    if (!condition)
        abort();
}

#endif /* FUZZ_FILE_H */
