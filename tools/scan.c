/*
 * scan.c - folders of music into a catalogue
 *
 * The scan itself walks the folders, notes in the catalogue what is to be
 * done, deals it out to its workers and writes down what they find.  It is one
 * thread that never decodes, and so can stop at once.
 */
#include "scan_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scan_folders.h"
#include "term.h"

#define WAIT_MS 100

/* ---- Dealing out -------------------------------------------------------- */

/* 1 when it has them, 0 when there are none that fit. */
static int give_rows(struct scan *s, struct crew_member *m, ltrec_error *err)
{
    struct catalog_mel mel;
    int status = catalog_mel_get(s->catalog, m->job.id, &mel, err);

    if (status != 1)
        return status;
    status = mel.bands == s->want.setup.frontend.bands;
    if (status == 1)
        crew_predict(m, &mel);
    free(mel.numbers);
    return status;
}

/* The next track to `m`: 1, or 0 when there is none. */
static int deal(struct scan *s, struct crew_member *m, ltrec_error *err)
{
    int status = scan_rows_next(s->rows, &s->after, &m->job, err);

    if (status <= 0)
        return status;
    /* As it was, but for the model: what is kept of it will do. */
    if (m->job.has_rows && s->want.wanted.model && !m->job.is_soundless &&
        m->job.status == CATALOG_OK) {
        struct stat info;

        if (stat(m->job.path, &info) == 0 && info.st_size == m->job.size &&
            scan_rows_time(&info) == m->job.mtime_ns) {
            status = give_rows(s, m, err);
            if (status != 0)
                return status;
        }
    }
    crew_listen(m);
    return 1;
}

static int deal_all(struct scan *s, size_t *n_busy, ltrec_error *err)
{
    int status = 1;

    *n_busy = 0;
    for (size_t i = 0; i < s->crew.n && status >= 0; i++) {
        struct crew_member *m = &s->crew.members[i];

        if (m->state == CREW_IDLE && !s->is_empty) {
            status = deal(s, m, err);
            s->is_empty = status == 0;
        }
        *n_busy += m->state != CREW_IDLE;
    }
    return status < 0 ? status : LTREC_OK;
}

/* All that is to be done; twins that were put off come at the end. */
static int work_off(struct scan *s, ltrec_error *err)
{
    int status = LTREC_OK;

    while (status == LTREC_OK) {
        size_t n_busy;

        if (term_interrupted())
            return tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
        status = deal_all(s, &n_busy, err);
        if (status == LTREC_OK && n_busy == 0) {
            if (s->n_put_off == 0)
                break;
            s->n_put_off = 0;
            s->after = 0;
            s->is_empty = 0;
            continue;
        }
        crew_wait(&s->crew, WAIT_MS);
        if (status == LTREC_OK)
            status = scan_hear_all(s, err);
        s->counts->seconds = tool_now() - s->started;
        scan_show_progress(s->counts);
    }
    return status;
}

/* ---- The folders -------------------------------------------------------- */

/* With no more workers than there are tracks. */
static int listen_to_all(struct scan *s, ltrec_error *err)
{
    size_t jobs = s->options->jobs;
    int status = catalog_set_fact(s->catalog, "factors_stale", 1, err);

    if ((int64_t)jobs > s->counts->todo)
        jobs = (size_t)s->counts->todo;
    if (status == LTREC_OK)
        status = crew_start(&s->crew, jobs, &s->want.setup, err);
    s->started = tool_now();
    term_doing("listening");
    if (status == LTREC_OK)
        status = work_off(s, err);
    crew_stop(&s->crew);
    term_done();
    return status;
}

static int walk_and_work(struct scan *s, ltrec_error *err)
{
    size_t n_roots = s->options->n_roots;
    char **roots = tool_alloc(n_roots, sizeof *roots);
    struct scan_counts *c = s->counts;
    struct walk walk = {0};
    int status = scan_folders_walk(s->rows, s->options->roots, n_roots, &walk,
                                   roots, err);

    if (status == LTREC_OK)
        status = scan_rows_left(s->rows, &c->todo, &c->seen, err);
    if (status == LTREC_OK && c->todo > 0)
        status = listen_to_all(s, err);
    for (size_t i = 0; i < n_roots && status == LTREC_OK; i++)
        status = scan_folders_remove(s->rows, roots[i], &walk,
                                     s->options->prune, &c->removed, err);
    for (size_t i = 0; i < n_roots; i++)
        free(roots[i]);
    free(roots);
    walk_free(&walk);
    return status;
}

/* ---- All of it ---------------------------------------------------------- */

static int write_results(struct scan *s, ltrec_error *err)
{
    int status = catalog_mel_tidy(s->catalog, err);

    if (status == LTREC_OK)
        status = scan_write_factors(s->options, s->catalog, err);
    if (status == LTREC_OK)
        status = scan_rows_failed(s->rows, &s->counts->failed, err);
    if (status == LTREC_OK)
        status = catalog_count(s->catalog, "", &s->counts->tracks, err);
    return status;
}

/* One scan at a time.  A lock of this kind is not a forked worker's, and is
 * gone the moment the scan is, however it ends.  `make` is O_CREAT, or 0: then
 * *fd is -1 where no scan has ever been. */
static int lock(const char *catalog, int make, int *fd, ltrec_error *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    size_t bytes = strlen(catalog) + sizeof ".lock";
    char *path = tool_alloc(bytes, 1);
    int status = LTREC_OK;

    snprintf(path, bytes, "%s.lock", catalog);
    errno = 0;
    *fd = open(path, O_RDWR | O_CLOEXEC | make, 0666);
    if (*fd < 0 && (make || errno != ENOENT))
        status = tool_fail_io(err, "cannot open", path);
    else if (*fd >= 0 && fcntl(*fd, F_SETLK, &lock) != 0)
        status = tool_fail(err, LTREC_ERR_IO,
                           "%.100s: another scan is at work on it", catalog);
    free(path);
    return status;
}

/* A scan that is refused for what it is given leaves no catalogue where there
 * was none, and no lock beside what is none. */
static int check_options(const struct scan_options *options, ltrec_error *err)
{
    int status;

    for (size_t i = 0; i < options->n_roots; i++)
        if (access(options->roots[i], F_OK) != 0)
            return tool_fail_io(err, "cannot open", options->roots[i]);
    status = catalog_check(options->catalog, err);
    if (status == LTREC_OK)
        status = scan_want_check(options, err);
    return status == LTREC_OK ? scan_check_factors(options, NULL, err)
                              : status;
}

int scan_run(const struct scan_options *options, struct scan_counts *counts,
             ltrec_error *err)
{
    struct scan s = {.options = options, .counts = counts};
    int fd = -1;
    int status = lock(options->catalog, 0, &fd, err);

    memset(counts, 0, sizeof *counts);
    if (status == LTREC_OK)
        status = check_options(options, err);
    if (status == LTREC_OK && fd < 0)
        status = lock(options->catalog, O_CREAT, &fd, err);
    if (status == LTREC_OK)
        status = catalog_open(options->catalog, CATALOG_MAKE, &s.catalog, err);
    if (status == LTREC_OK)
        status = scan_check_factors(options, s.catalog, err);
    if (status == LTREC_OK)
        status = catalog_mel_miss(s.catalog, err);
    if (status == LTREC_OK)
        status = scan_want_find(options, s.catalog, &s.want, err);
    if (status == LTREC_OK)
        status = scan_rows_open(s.catalog, &s.want.wanted, &s.rows, err);
    if (status == LTREC_OK)
        status = walk_and_work(&s, err);
    if (status == LTREC_OK)
        status = write_results(&s, err);
    scan_rows_close(s.rows);
    scan_want_free(&s.want);
    catalog_close(s.catalog);
    if (fd >= 0)
        close(fd);
    return status;
}
