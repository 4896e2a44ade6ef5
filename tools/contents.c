/*
 * contents.c - what is in a file, in a number
 */
#include "contents.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "names.h"

#define CHUNK_BYTES 1048576
#define MOST_CHUNKS 65536 /* before their hashes are folded into one */

/* A whole chunk, or what is left of the file; -1 when it cannot be read. */
static ssize_t read_chunk(int fd, char *chunk)
{
    size_t n = 0;

    while (n < CHUNK_BYTES) {
        ssize_t got = read(fd, chunk + n, CHUNK_BYTES - n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

static int hash_file(int fd, ltrec_progress progress, void *user,
                     uint64_t *hash)
{
    uint64_t *hashes = tool_alloc(MOST_CHUNKS, sizeof *hashes);
    char *chunk = tool_alloc(CHUNK_BYTES, 1);
    size_t n_hashes = 0;
    ssize_t n;
    int reason = 0;

    while ((n = read_chunk(fd, chunk)) > 0 && reason == 0) {
        if (n_hashes == MOST_CHUNKS) {
            hashes[0] = names_id_of((char *)hashes, n_hashes * sizeof *hashes);
            n_hashes = 1;
        }
        hashes[n_hashes++] = names_id_of(chunk, (size_t)n);
        reason = progress(user, n_hashes, 0) ? ECANCELED : 0;
    }
    if (n < 0)
        reason = errno;
    *hash = names_id_of((char *)hashes, n_hashes * sizeof *hashes);
    free(hashes);
    free(chunk);
    return reason;
}

int contents_read(const char *path, ltrec_progress progress, void *user,
                  struct contents *out)
{
    struct stat info;
    int reason = 0;
    /* Without O_NONBLOCK the open of a pipe nobody writes to never returns. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return errno;
    memset(out, 0, sizeof *out);
    if (fstat(fd, &info) != 0) {
        reason = errno;
    } else if (!S_ISREG(info.st_mode)) {
        reason = EINVAL;
    } else {
        out->size = info.st_size;
        out->mtime_ns =
            (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
        reason = hash_file(fd, progress, user, &out->hash);
    }
    close(fd);
    return reason;
}
