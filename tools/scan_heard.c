/*
 * scan_heard.c - what a scan's workers say, and what becomes of it
 */
#include "scan_parts.h"

#include <stdlib.h>
#include <string.h>

#include "term.h"

#define MOST_TRIES 2 /* workers that one file may cost */

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
        crew_listen(m); /* the rows will not do, the file may */
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
        crew_listen(m);
        return LTREC_OK;
    }
    status = scan_rows_save(s->rows, &m->job, &r, NULL, err);
    finish(s, m, "failed", r.error, "");
    return status;
}

int scan_hear_all(struct scan *s, ltrec_error *err)
{
    int status = LTREC_OK;

    for (size_t i = 0; i < s->crew.n && status == LTREC_OK; i++) {
        struct crew_member *m = &s->crew.members[i];
        const struct wire_head *head;
        const unsigned char *bytes;

        while (status == LTREC_OK &&
               (head = wire_message(&m->inbox, &bytes)) != NULL) {
            if (!wire_is_sound(head, bytes)) {
                crew_hang_up(m);
                break;
            }
            status = on_message(s, m, head, bytes, err);
            wire_next(&m->inbox);
        }
        if (status == LTREC_OK && (m->socket < 0 || crew_hangs(m)))
            status = on_death(s, m, err);
    }
    return status;
}
