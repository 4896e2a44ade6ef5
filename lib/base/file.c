/*
 * file.c - files that are replaced whole or not at all, and files mapped
 */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE /* flock() */

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/context.h"
#include "base/error.h"

#define BUFFER_BYTES ((size_t)1 << 16)
#define SUFFIX ".ltrec-tmp"
#define SUFFIX_BYTES (sizeof SUFFIX + 10)
#define ATTEMPTS 100

struct ltr_file {
    ltrec_context *ctx;
    char *path;
    char *temporary;
    unsigned char *buffer; /* [BUFFER_BYTES] */
    size_t used;
    int fd;
    int error; /* the errno of the first write that failed, or 0 */
};

/*
 * The words of an errno.  strerror() is not safe on threads and strerror_r()
 * has two incompatible forms, so the ones a file can meet are named here.
 */
static const char *reason(int error)
{
    switch (error) {
    case ENOENT:
        return "no such file or folder";
    case EACCES:
    case EPERM:
        return "permission denied";
    case ENOSPC:
    case EDQUOT:
        return "no space left";
    case EROFS:
        return "read-only file system";
    case EISDIR:
        return "is a folder";
    case ENOTDIR:
        return "not a folder";
    case EMFILE:
    case ENFILE:
        return "too many open files";
    case EFBIG:
        return "file too large";
    case EIO:
        return "device error";
    case ENAMETOOLONG:
        return "name too long";
    case ENOMEM:
        return "no memory";
    }
    return "refused by the system";
}

int ltr_file_error(ltrec_error *err, const char *path, const char *doing,
                   int error)
{
    return ltr_fail(err, LTREC_ERR_IO, "%.150s: %s: %s (errno %d)", path,
                    doing, reason(error), error);
}

/* ---- Writing ------------------------------------------------------------ */

static char *copy_text(ltrec_context *ctx, const char *text, size_t extra)
{
    size_t length = strlen(text);
    char *copy = ltr_alloc(ctx, length + extra + 1, 1);

    return copy ? memcpy(copy, text, length) : NULL;
}

static void free_file(struct ltr_file *file)
{
    ltrec_context *ctx = file->ctx;

    ltr_free(ctx, file->path);
    ltr_free(ctx, file->temporary);
    ltr_free(ctx, file->buffer);
    ltr_free(ctx, file);
    ltr_context_unref(ctx);
}

/*
 * A saver holds a lock on its temporary file until that is renamed or
 * removed.  One that can be locked is therefore what a killed saver left
 * behind, and goes.  Only those who hold its lock touch a temporary file.
 */
static void remove_dead(const char *temporary)
{
    int fd = open(temporary, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat ours, there;

    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &ours) == 0 &&
        lstat(temporary, &there) == 0 && S_ISREG(there.st_mode) &&
        ours.st_dev == there.st_dev && ours.st_ino == there.st_ino)
        unlink(temporary);
    close(fd);
}

/* Create and lock; -1 and errno EEXIST when the name is somebody's. */
static int create_locked(const char *temporary)
{
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    struct stat ours;

    if (fd < 0)
        return -1;
    /* Somebody may have taken it for dead before the lock was on it.  Where
       files can't be locked, nobody will. */
    if ((flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) ||
        (fstat(fd, &ours) == 0 && ours.st_nlink == 0)) {
        close(fd);
        errno = EEXIST;
        return -1;
    }
    return fd;
}

/*
 * The first free name of PATH.ltrec-tmp, PATH.ltrec-tmp1, ...: two savers of
 * one file must not write into each other's.
 */
static int open_temporary(struct ltr_file *file)
{
    size_t length = strlen(file->path);

    for (unsigned i = 0; i < ATTEMPTS; i++) {
        if (i == 0)
            memcpy(file->temporary + length, SUFFIX, sizeof SUFFIX);
        else
            snprintf(file->temporary + length, SUFFIX_BYTES, "%s%u", SUFFIX,
                     i);
        remove_dead(file->temporary);
        file->fd = create_locked(file->temporary);
        if (file->fd >= 0 || errno != EEXIST)
            break;
    }
    return file->fd >= 0 ? 0 : errno;
}

int ltr_file_begin(ltrec_context *ctx, const char *path, struct ltr_file **out,
                   ltrec_error *err)
{
    struct ltr_file *file;
    struct stat there;
    int error;

    *out = NULL;
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
        return ltr_fail(err, LTREC_ERR_IO,
                        "%.150s: not a regular file, so not replaced", path);
    file = ltr_alloc(ctx, 1, sizeof *file);
    if (!file)
        return ltr_fail(err, LTREC_ERR_MEMORY, "file: no memory");
    file->ctx = ltr_context_ref(ctx);
    file->fd = -1;
    file->path = copy_text(ctx, path, 0);
    file->temporary = copy_text(ctx, path, SUFFIX_BYTES);
    file->buffer = ltr_alloc(ctx, BUFFER_BYTES, 1);
    if (!file->path || !file->temporary || !file->buffer) {
        free_file(file);
        return ltr_fail(err, LTREC_ERR_MEMORY, "file: no memory");
    }
    error = open_temporary(file);
    if (error) {
        free_file(file);
        return ltr_file_error(err, path, "cannot create a file beside it",
                              error);
    }
    *out = file;
    return LTREC_OK;
}

static void write_out(struct ltr_file *file, const unsigned char *bytes,
                      size_t n)
{
    while (n > 0 && !file->error) {
        ssize_t written = write(file->fd, bytes, n);

        if (written > 0) {
            bytes += written;
            n -= (size_t)written;
        } else if (written == 0 || errno != EINTR) {
            file->error = written == 0 ? EIO : errno;
        }
    }
}

void ltr_file_write(struct ltr_file *file, const void *bytes, size_t n)
{
    if (n > BUFFER_BYTES - file->used) {
        write_out(file, file->buffer, file->used);
        file->used = 0;
    }
    if (n > BUFFER_BYTES) {
        write_out(file, bytes, n);
        return;
    }
    if (n > 0)
        memcpy(file->buffer + file->used, bytes, n);
    file->used += n;
}

/* A rename is only safe on disk once the folder is. */
static int sync_folder(struct ltr_file *file)
{
    char *slash = strrchr(file->path, '/');
    int fd, error = 0;

    if (slash)
        slash[slash == file->path] = '\0';
    fd = open(slash ? file->path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    /* Some network file systems cannot sync a folder, and say EINVAL. */
    if (fsync(fd) != 0 && errno != EINVAL)
        error = errno;
    close(fd);
    return error;
}

int ltr_file_commit(struct ltr_file *file, ltrec_error *err)
{
    const char *doing = "cannot write";
    int status = LTREC_OK;

    write_out(file, file->buffer, file->used);
    if (!file->error && fsync(file->fd) != 0)
        file->error = errno;
    if (!file->error && rename(file->temporary, file->path) != 0) {
        file->error = errno;
        doing = "cannot replace";
    }
    if (file->error)
        unlink(file->temporary);
    close(file->fd); /* and unlocked; its data are on disk, so it can't fail */
    if (file->error) {
        status = ltr_file_error(err, file->path, doing, file->error);
    } else {
        int error = sync_folder(file);

        if (error)
            status = ltr_file_error(err, file->path, "cannot sync its folder",
                                    error);
    }
    free_file(file);
    return status;
}

int ltr_file_is_missing(const char *path)
{
    struct stat there;

    return stat(path, &there) != 0 && errno == ENOENT;
}

/* ---- Reading ------------------------------------------------------------ */

static int read_all(int fd, unsigned char *data, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = read(fd, data + done, size - done);

        if (n > 0)
            done += (size_t)n;
        else if (n == 0)
            return EIO; /* it shrank while being read */
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

static int load(ltrec_context *ctx, int fd, const char *path, int map,
                struct ltr_bytes *out, ltrec_error *err)
{
    unsigned char *data;
    int error;

    if (map) {
        void *view = mmap(NULL, out->size, PROT_READ, MAP_PRIVATE, fd, 0);

        if (view == MAP_FAILED)
            return ltr_file_error(err, path, "cannot map", errno);
        out->data = view;
        out->mapped = 1;
        return LTREC_OK;
    }
    data = ltr_alloc(ctx, out->size, 1);
    if (!data)
        return ltr_fail(err, LTREC_ERR_MEMORY,
                        "%.150s: no memory for its %zu bytes", path,
                        out->size);
    error = read_all(fd, data, out->size);
    if (error) {
        ltr_free(ctx, data);
        return ltr_file_error(err, path, "cannot read", error);
    }
    out->data = data;
    return LTREC_OK;
}

int ltr_file_read(ltrec_context *ctx, const char *path, int map,
                  struct ltr_bytes *out, ltrec_error *err)
{
    struct stat there;
    int fd, status = LTREC_OK;

    *out = (struct ltr_bytes){0};
    /* Without O_NONBLOCK a FIFO would hold us until somebody writes. */
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return ltr_file_error(err, path, "cannot open", errno);
    if (fstat(fd, &there) != 0)
        status = ltr_file_error(err, path, "cannot open", errno);
    else if (!S_ISREG(there.st_mode))
        status = ltr_fail(err, LTREC_ERR_FORMAT, "%.150s: not a regular file",
                          path);
    else if ((uintmax_t)there.st_size > SIZE_MAX / 2)
        status = ltr_fail(err, LTREC_ERR_MEMORY, "%.150s: too large", path);
    if (status == LTREC_OK && there.st_size > 0) {
        out->size = (size_t)there.st_size;
        status = load(ctx, fd, path, map, out, err);
    }
    if (status != LTREC_OK)
        *out = (struct ltr_bytes){0};
    close(fd);
    return status;
}

void ltr_file_release(ltrec_context *ctx, struct ltr_bytes *bytes)
{
    if (bytes->mapped)
        munmap((void *)(uintptr_t)bytes->data, bytes->size);
    else
        ltr_free(ctx, (void *)(uintptr_t)bytes->data);
    *bytes = (struct ltr_bytes){0};
}
