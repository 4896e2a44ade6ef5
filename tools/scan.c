/*
 * scan.c - folders of music into a catalogue
 *
 * The scan itself walks the folders, notes in the catalogue what is to be
 * done, deals it out to its workers and writes down what they find.  It is one
 * thread that never decodes, and so can stop at once.
 */
#include "scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scan_folders.h"
#include "scan_rows.h"
#include "scan_want.h"
#include "term.h"

#define WAIT_MS 100
#define MOST_TRIES 2 /* workers that one file may cost */

struct scan {
    const struct scan_options *options;
    struct catalog *catalog;
    struct scan_want want;
    struct scan_rows *rows;
    struct crew crew;
    struct scan_counts *counts;
    double started;
    int64_t after;    /* the last track that was dealt out */
    int is_empty;     /* there was none after it */
    size_t n_put_off; /* since the walk through the list began */
};

/* ---- The end of a track ------------------------------------------------- */

/* Tell of a track, and free its worker. */
static void finish(struct scan *s, struct crew_member *m, const char *what,
                   const char *error, const char *note)
{
    s->counts->done++;
    if (s->options->json)
        scan_print_track(s->counts, m->job.path, m->job.id, what, error, note);
    else if (*error)
        term_warn("%s: %s", m->job.path, error);
    free(m->job.path);
    memset(&m->job, 0, sizeof m->job);
    m->state = CREW_IDLE;
}

/* What was expensive happens once: another worker has these contents now. */
static int is_being_heard(const struct scan *s, const struct crew_member *m)
{
    for (size_t i = 0; i < s->crew.n; i++) {
        const struct crew_member *other = &s->crew.members[i];

        if (other != m && other->state > CREW_LOOKING &&
            other->job.found.hash == m->job.found.hash &&
            other->job.found.size == m->job.found.size)
            return 1;
    }
    return 0;
}

static void listen(struct crew_member *m)
{
    m->job.is_from_rows = 0;
    crew_listen(m);
}

/* 1 when it has them, 0 when there are none that fit. */
static int give_rows(struct scan *s, struct crew_member *m, ltrec_error *err)
{
    struct catalog_mel mel;
    int status = catalog_mel_get(s->catalog, m->job.id, &mel, err);

    if (status != 1)
        return status;
    status = mel.bands == s->want.setup.frontend.bands;
    m->job.is_from_rows = status;
    if (status == 1)
        crew_predict(m, &mel);
    free(mel.numbers);
    return status;
}

/* ---- What a worker says ------------------------------------------------- */

/* It has looked at the file: does it have to listen? */
static int on_contents(struct scan *s, struct crew_member *m, ltrec_error *err)
{
    struct scan_job *job = &m->job;
    const char *what = NULL;
    int status = LTREC_OK;

    if (scan_rows_is_same(job) && job->is_current) {
        s->counts->unchanged++;
        what = "unchanged";
        status = scan_rows_unchanged(s->rows, job, err);
    } else if (is_being_heard(s, m)) {
        s->n_put_off++;
        wire_send(m->socket, WIRE_LEAVE, NULL, 0);
        free(job->path);
        memset(job, 0, sizeof *job);
        m->state = CREW_IDLE;
        return LTREC_OK;
    } else {
        status = scan_rows_reuse(s->rows, job, err);
        s->counts->moved += status == 1;
        s->counts->copied += status == 2;
        what = status == 1 ? "moved" : status == 2 ? "copied" : NULL;
    }
    if (status < 0)
        return status;
    wire_send(m->socket, what ? WIRE_LEAVE : WIRE_GO, NULL, 0);
    if (what)
        finish(s, m, what, "", "");
    else
        m->state = CREW_LISTENING;
    return LTREC_OK;
}

static void count_result(struct scan *s, const struct scan_result *r)
{
    struct scan_counts *c = s->counts;

    c->sound_seconds += r->seconds;
    c->decode_seconds += r->decode_seconds;
    c->listen_seconds += r->listen_seconds;
    c->predict_seconds += r->predict_seconds;
    c->read_seconds += r->read_seconds;
}

static int on_result(struct scan *s, struct crew_member *m,
                     const unsigned char *bytes, ltrec_error *err)
{
    struct scan_result r;
    float *factor = NULL;
    size_t n_factor;
    int status;

    memcpy(&r, bytes, sizeof r);
    if (m->job.is_from_rows && r.status != CATALOG_OK) {
        listen(m); /* the rows will not do, the file may */
        return LTREC_OK;
    }
    n_factor = r.rank * sizeof *factor;
    if (r.rank) {
        factor = tool_alloc(r.rank, sizeof *factor);
        memcpy(factor, bytes + sizeof r, n_factor);
    }
    if (r.mel.bits) {
        r.mel.numbers = tool_alloc(r.mel.n_bytes, 1);
        memcpy(r.mel.numbers, bytes + sizeof r + n_factor, r.mel.n_bytes);
    }
    if (m->job.is_from_rows) {
        s->counts->predicted++;
        status = scan_rows_save_factor(s->rows, &m->job, &r, factor, err);
    } else {
        s->counts->listened += r.status == CATALOG_OK;
        status = scan_rows_save(s->rows, &m->job, &r, factor, err);
    }
    count_result(s, &r);
    finish(s, m, catalog_status_names[r.status], r.error, r.note);
    free(factor);
    if (r.mel.bits)
        free(r.mel.numbers);
    return status;
}

static int on_message(struct scan *s, struct crew_member *m,
                      const struct wire_head *head, const unsigned char *bytes,
                      ltrec_error *err)
{
    switch (head->kind) {
    case WIRE_CONTENTS:
        memcpy(&m->job.found, bytes, sizeof m->job.found);
        return on_contents(s, m, err);
    case WIRE_PREDICTING:
        m->state = CREW_PREDICTING;
        break;
    case WIRE_RESULT:
        return on_result(s, m, bytes, err);
    }
    return LTREC_OK;
}

/* A worker that died or hangs: the file may have a second one. */
static int on_death(struct scan *s, struct crew_member *m, ltrec_error *err)
{
    struct scan_result r;
    int had_job = m->state != CREW_IDLE, status;

    memset(&r, 0, sizeof r);
    r.status = CATALOG_FAILED;
    status = crew_replace(&s->crew, m, r.error, sizeof r.error, err);
    if (status != LTREC_OK)
        return status;
    if (!had_job)
        return tool_fail(err, LTREC_ERR_STATE, "a worker would not work: %s",
                         r.error);
    if (++m->job.tries < MOST_TRIES) {
        listen(m);
        return LTREC_OK;
    }
    status = scan_rows_save(s->rows, &m->job, &r, NULL, err);
    finish(s, m, "failed", r.error, "");
    return status;
}

static int hear_all(struct scan *s, ltrec_error *err)
{
    int status = LTREC_OK;

    for (size_t i = 0; i < s->crew.n && status == LTREC_OK; i++) {
        struct crew_member *m = &s->crew.members[i];
        const struct wire_head *head;
        const unsigned char *bytes;

        while (status == LTREC_OK &&
               (head = wire_message(&m->inbox, &bytes)) != NULL) {
            status = on_message(s, m, head, bytes, err);
            wire_next(&m->inbox);
        }
        if (status == LTREC_OK && (m->socket < 0 || crew_hangs(m)))
            status = on_death(s, m, err);
    }
    return status;
}

/* ---- Dealing out -------------------------------------------------------- */

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
    listen(m);
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
            status = hear_all(s, err);
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
 * gone the moment the scan is, however it ends. */
static int lock(const char *catalog, int *fd, ltrec_error *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    size_t bytes = strlen(catalog) + sizeof ".lock";
    char *path = tool_alloc(bytes, 1);
    int status = LTREC_OK;

    snprintf(path, bytes, "%s.lock", catalog);
    errno = 0;
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*fd < 0)
        status = tool_fail_io(err, "cannot open", path);
    else if (fcntl(*fd, F_SETLK, &lock) != 0)
        status = tool_fail(err, LTREC_ERR_IO,
                           "%.100s: another scan is at work on it", catalog);
    free(path);
    return status;
}

int scan_run(const struct scan_options *options, struct scan_counts *counts,
             ltrec_error *err)
{
    struct scan s = {.options = options, .counts = counts};
    int fd = -1;
    int status = lock(options->catalog, &fd, err);

    memset(counts, 0, sizeof *counts);
    if (status == LTREC_OK)
        status = catalog_open(options->catalog, CATALOG_MAKE, &s.catalog, err);
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
