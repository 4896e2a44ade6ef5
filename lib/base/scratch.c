/*
 * scratch.c - memory that lies in a file: for what is larger than memory
 *
 * Blocks of addresses are mapped as they are needed, and never moved, since
 * pointers into them are out.  Their part of the file is filled in steps that
 * are small beside what a caller takes.
 */
#define _POSIX_C_SOURCE 200809L

#include "base/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/context.h"
#include "base/error.h"
#include "base/file.h"

#define BLOCK ((size_t)64 << 20) /* a multiple of any page */
#define STEP ((size_t)1 << 20)
#define ALIGNMENT 64
#define MOST ((size_t)1 << 46)

struct block {
    struct block *before;
    unsigned char *bytes; /* [size], mapped */
    size_t size;
    size_t begin; /* of it in the file */
};

struct ltr_scratch {
    ltrec_context *ctx;
    char *folder;
    int fd;
    struct block *last;
    size_t used;   /* of the last block */
    size_t filled; /* of the file: there is room on the disk up to here */
};

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* ---- Life cycle --------------------------------------------------------- */

/* Made with a name, since not every file system can do without. */
static int open_nameless(ltrec_context *ctx, const char *folder, int *fd)
{
    static const char name[] = "/ltrec-scratch-XXXXXX";
    size_t length = strlen(folder);
    char *path = ltr_alloc(ctx, length + sizeof name, 1);

    if (!path)
        return ENOMEM;
    memcpy(path, folder, length);
    memcpy(path + length, name, sizeof name);
    *fd = mkstemp(path);
    if (*fd < 0) {
        int error = errno;

        ltr_free(ctx, path);
        return error;
    }
    unlink(path);
    fcntl(*fd, F_SETFD, FD_CLOEXEC);
    ltr_free(ctx, path);
    return 0;
}

int ltr_scratch_create(ltrec_context *ctx, const char *folder,
                       struct ltr_scratch **out, ltrec_error *err)
{
    struct ltr_scratch *s = ltr_alloc(ctx, 1, sizeof *s);
    int error;

    *out = NULL;
    if (!s)
        return ltr_fail(err, LTREC_ERR_MEMORY, "scratch: no memory");
    s->folder = ltr_alloc(ctx, strlen(folder) + 1, 1);
    error = s->folder ? open_nameless(ctx, folder, &s->fd) : ENOMEM;
    if (error) {
        ltr_free(ctx, s->folder);
        ltr_free(ctx, s);
        if (error == ENOMEM)
            return ltr_fail(err, LTREC_ERR_MEMORY, "scratch: no memory");
        return ltr_file_error(err, folder, "cannot create a file in it",
                              error);
    }
    s->ctx = ltr_context_ref(ctx);
    strcpy(s->folder, folder);
    *out = s;
    return LTREC_OK;
}

void ltr_scratch_free(struct ltr_scratch *scratch)
{
    ltrec_context *ctx;

    if (!scratch)
        return;
    ctx = scratch->ctx;
    while (scratch->last) {
        struct block *block = scratch->last;

        scratch->last = block->before;
        munmap(block->bytes, block->size);
        ltr_free(ctx, block);
    }
    close(scratch->fd);
    ltr_free(ctx, scratch->folder);
    ltr_free(ctx, scratch);
    ltr_context_unref(ctx);
}

/* ---- Taking ------------------------------------------------------------- */

static int add_block(struct ltr_scratch *s, size_t bytes, ltrec_error *err)
{
    size_t begin = s->last ? s->last->begin + s->last->size : 0;
    struct block *block = ltr_alloc(s->ctx, 1, sizeof *block);

    if (!block)
        return ltr_fail(err, LTREC_ERR_MEMORY, "scratch: no memory");
    block->before = s->last;
    block->begin = begin;
    block->size = round_up(bytes, BLOCK);
    block->bytes = mmap(NULL, block->size, PROT_READ | PROT_WRITE, MAP_SHARED,
                        s->fd, (off_t)begin);
    if (block->bytes == MAP_FAILED) {
        int error = errno;

        ltr_free(s->ctx, block);
        if (error == ENOMEM) /* or addresses have run out */
            return ltr_fail(err, LTREC_ERR_MEMORY, "scratch: no memory");
        return ltr_file_error(err, s->folder, "cannot map a file in it",
                              error);
    }
    s->last = block;
    s->used = 0;
    return LTREC_OK;
}

/* In steps, each of which is done before a host's next signal. */
static int fill(struct ltr_scratch *s, size_t end, ltrec_error *err)
{
    while (s->filled < end) {
        int error = posix_fallocate(s->fd, (off_t)s->filled, (off_t)STEP);

        if (error == 0)
            s->filled += STEP;
        else if (error != EINTR)
            return ltr_file_error(err, s->folder,
                                  "cannot make a file in it grow", error);
    }
    return LTREC_OK;
}

int ltr_scratch_take(struct ltr_scratch *scratch, size_t bytes, void **out,
                     ltrec_error *err)
{
    struct ltr_scratch *s = scratch;
    size_t n = round_up(bytes, ALIGNMENT);
    int status = LTREC_OK;

    *out = NULL;
    if (bytes > MOST)
        return ltr_fail(err, LTREC_ERR_IO, "%.150s: no room for %zu bytes",
                        s->folder, bytes);
    if (!s->last || n > s->last->size - s->used)
        status = add_block(s, n, err);
    if (status == LTREC_OK)
        status = fill(s, s->last->begin + s->used + n, err);
    if (status != LTREC_OK)
        return status;
    *out = memset(s->last->bytes + s->used, 0, bytes);
    s->used += n;
    return LTREC_OK;
}
