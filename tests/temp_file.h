/*
 * temp_file.h - small files for tests of what reads and writes files
 */
#ifndef TEMP_FILE_H
#define TEMP_FILE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct temp_file {
    char path[64];
};

/* A file with these bytes in it, until temp_file_remove(). */
static struct temp_file temp_file_with(const void *bytes, size_t n)
{
    struct temp_file file = {"/tmp/ltrec-test-XXXXXX"};
    int fd = mkstemp(file.path);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
    close(fd);
    return file;
}

static inline struct temp_file temp_file_of(const char *text)
{
    return temp_file_with(text, strlen(text));
}

static void temp_file_remove(const struct temp_file *file)
{
    unlink(file->path);
}

#endif /* TEMP_FILE_H */
