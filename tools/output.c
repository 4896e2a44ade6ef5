/*
 * output.c - files that appear whole or not at all
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct output {
    FILE *stream;
    char *path;      /* where it belongs, links resolved */
    char *temporary; /* where it is being written, or NULL: directly */
};

static void free_output(struct output *output)
{
    free(output->path);
    free(output->temporary);
    free(output);
}

/* A link keeps being one: it is what it points to that is replaced. */
static char *resolve(const char *path)
{
    char *real = realpath(path, NULL);

    return real ? real : tool_copy_text(path);
}

/* Open a file of that name and a random ending, with the usual rights. */
static FILE *open_beside(const char *path, char **temporary)
{
    static const char ending[] = ".tmp-XXXXXX";
    size_t bytes = strlen(path) + sizeof ending;
    mode_t mask = umask(0);
    FILE *stream = NULL;
    int fd;

    umask(mask);
    *temporary = tool_alloc(bytes, 1);
    snprintf(*temporary, bytes, "%s%s", path, ending);
    fd = mkstemp(*temporary);
    if (fd >= 0) {
        fchmod(fd, 0666 & ~mask);
        stream = fdopen(fd, "w+b");
    }
    if (!stream) {
        if (fd >= 0) {
            close(fd);
            unlink(*temporary);
        }
        free(*temporary);
        *temporary = NULL;
    }
    return stream;
}

int output_open(const char *path, struct output **out, ltrec_error *err)
{
    struct output *output = tool_alloc(1, sizeof *output);
    struct stat info;

    *out = NULL;
    errno = 0;
    output->path = resolve(path);
    if (strcmp(path, "-") == 0)
        output->stream = stdout;
    else if (stat(output->path, &info) == 0 && !S_ISREG(info.st_mode))
        output->stream = fopen(output->path, "wb");
    else
        output->stream = open_beside(output->path, &output->temporary);
    if (!output->stream) {
        int status = tool_fail_io(err, "cannot write", path);

        free_output(output);
        return status;
    }
    *out = output;
    return LTREC_OK;
}

/* What the system would say of writing a file of that name; 0: nothing. */
static int reason_against(const char *real)
{
    struct stat info;
    int there = stat(real, &info) == 0;
    char *copy;
    int bad;

    if (there && S_ISDIR(info.st_mode))
        return EISDIR;
    if (there && !S_ISREG(info.st_mode))
        return access(real, W_OK) == 0 ? 0 : errno;
    copy = tool_copy_text(real);
    bad = access(dirname(copy), W_OK | X_OK) == 0 ? 0 : errno;
    free(copy);
    return bad;
}

int output_check(const char *path, int plain, ltrec_error *err)
{
    int is_stream = strcmp(path, "-") == 0;
    char *real;
    int reason;
    struct stat info;

    if (is_stream && plain)
        return tool_fail(err, LTREC_ERR_IO,
                         "-: only a file can be written here; ./- is one");
    if (is_stream)
        return LTREC_OK;
    real = resolve(path);
    reason = reason_against(real);
    if (plain && reason == 0 && stat(real, &info) == 0 &&
        !S_ISREG(info.st_mode)) {
        free(real);
        return tool_fail(err, LTREC_ERR_IO, "%.100s: not a plain file", path);
    }
    free(real);
    errno = reason;
    return reason ? tool_fail_io(err, "cannot write", path) : LTREC_OK;
}

/* The folder that a file is in, and what it is called there. */
static int look_beside(const char *path, struct stat *folder, char **name)
{
    char *copy = tool_copy_text(path);
    int there = stat(dirname(copy), folder) == 0;

    free(copy);
    copy = tool_copy_text(path);
    *name = tool_copy_text(basename(copy));
    free(copy);
    return there;
}

/* Of files that are not there: whether they would be one. */
static int will_be_same(const char *one, const char *two)
{
    struct stat a, b;
    char *name, *other;
    int there = look_beside(one, &a, &name);
    int same;

    there = look_beside(two, &b, &other) && there;
    same = there && a.st_dev == b.st_dev && a.st_ino == b.st_ino &&
           strcmp(name, other) == 0;
    free(name);
    free(other);
    return same || strcmp(one, two) == 0;
}

int output_is_same(const char *one, const char *two)
{
    struct stat a, b;
    int there = stat(one, &a) == 0;

    if (strcmp(one, "-") == 0 || strcmp(two, "-") == 0 ||
        there != (stat(two, &b) == 0))
        return 0;
    if (!there)
        return will_be_same(one, two);
    return S_ISREG(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

FILE *output_stream(struct output *output)
{
    return output->stream;
}

/* Without this the new name may outlive a power cut that the data did not. */
static void sync_folder(const char *path)
{
    char *copy = tool_copy_text(path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY);

    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(copy);
}

/* A write failed, maybe long ago: it is asked again, for the reason. */
static void ask_why(const struct output *output)
{
    static const char nothing[4096];
    int fd = fileno(output->stream);

    /* The first may still fit in part. */
    for (int i = 0; i < 2 && errno == 0 && output->temporary; i++)
        if (write(fd, nothing, sizeof nothing) == (ssize_t)sizeof nothing)
            return;
}

int output_commit(struct output *output, ltrec_error *err)
{
    int status = LTREC_OK;
    int bad;

    errno = 0;
    bad = fflush(output->stream) != 0 || ferror(output->stream);
    if (bad)
        ask_why(output);
    if (!bad && output->temporary)
        bad = fsync(fileno(output->stream)) != 0;
    if (bad)
        status = tool_fail_io(err, "cannot write", output->path);
    if (output->stream != stdout && fclose(output->stream) != 0 && !bad)
        status = tool_fail_io(err, "cannot write", output->path);
    if (output->temporary) {
        if (status == LTREC_OK && rename(output->temporary, output->path) != 0)
            status = tool_fail_io(err, "cannot write", output->path);
        if (status == LTREC_OK)
            sync_folder(output->path);
        else
            unlink(output->temporary);
    }
    free_output(output);
    return status;
}

void output_abandon(struct output *output)
{
    if (!output)
        return;
    if (output->stream != stdout)
        fclose(output->stream);
    if (output->temporary)
        unlink(output->temporary);
    free_output(output);
}
