/*
 * music_sound.c - the files of an items table, heard by all threads
 *
 * Decoding, resampling and the transform are the program's own threads' work,
 * a file at a time: a front end serves one thread.  What went wrong is kept
 * and told in the order of the table, whichever thread met it.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "melfile.h"
#include "music.h"
#include "term.h"

#define MOST_THREADS 64

struct listening {
    struct music *music;
    ltrec_context *ctx;
    const char *table;
    size_t n; /* rows of it */
    struct outcome {
        int status;
        char *message; /* NULL unless it failed */
    } * outcomes;      /* [n] */
    atomic_size_t next, done;
    atomic_int status; /* that ends it all */
};

int music_has_files(const struct music *music)
{
    size_t n = music->texts ? names_count(items_names(music->texts)) : 0;

    for (uint32_t row = 0; row < n; row++)
        if (items_text(music->texts, row, ITEMS_PATH)[0] != '\0')
            return 1;
    return 0;
}

/* ---- One file ----------------------------------------------------------- */

void music_set_mel(struct music *music, uint32_t item, float *mel, size_t rows)
{
    free(music->mel[item]);
    music->mel[item] = mel;
    music->mel_rows[item] = rows;
}

static int read_file(struct listening *l, ltrec_frontend *frontend,
                     uint32_t row, ltrec_error *err)
{
    const struct music *m = l->music;
    const char *id = names_text(items_names(m->texts), row);
    char *path = items_file(m->texts, row, l->table);
    struct melfile_options o;
    struct melfile file;
    uint32_t item;
    int status;

    melfile_options_init(&o);
    status = melfile_read(path, frontend, &o, &file, err);
    free(path);
    if (status == LTREC_OK && names_find(m->items, id, strlen(id), &item))
        music_set_mel(l->music, item, file.mel, file.rows);
    return status;
}

static void listen_to(struct listening *l, ltrec_frontend *frontend,
                      uint32_t row)
{
    ltrec_error err = {0};
    int status = LTREC_OK;

    if (items_text(l->music->texts, row, ITEMS_PATH)[0] != '\0')
        status = read_file(l, frontend, row, &err);
    l->outcomes[row].status = status;
    if (status != LTREC_OK)
        l->outcomes[row].message = tool_copy_text(err.message);
    if (status == LTREC_ERR_CANCELLED || status == LTREC_ERR_MEMORY)
        atomic_store(&l->status, status);
}

static void *listen_on(void *arg)
{
    struct listening *l = arg;
    ltrec_frontend *frontend;
    int status =
        ltrec_frontend_create(l->ctx, &l->music->frontend, &frontend, NULL);

    if (status != LTREC_OK)
        atomic_store(&l->status, status);
    while (atomic_load(&l->status) == LTREC_OK) {
        size_t row = atomic_fetch_add(&l->next, 1);

        if (row >= l->n)
            break;
        listen_to(l, frontend, (uint32_t)row);
        if (term_progress(NULL, 1 + atomic_fetch_add(&l->done, 1), l->n) != 0)
            atomic_store(&l->status, LTREC_ERR_CANCELLED);
    }
    ltrec_frontend_free(frontend);
    return NULL;
}

/* ---- All of them -------------------------------------------------------- */

static void listen_together(struct listening *l)
{
    size_t most = ltrec_context_threads(l->ctx), started = 0;
    pthread_t threads[MOST_THREADS];

    term_doing("listening");
    while (started + 1 < most && started + 1 < l->n &&
           started < MOST_THREADS &&
           pthread_create(&threads[started], NULL, listen_on, l) == 0)
        started++;
    listen_on(l);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    term_done();
}

/* Tell what failed, in order, and count it. */
static size_t tell(struct listening *l)
{
    size_t failed = 0;

    for (size_t row = 0; row < l->n; row++) {
        if (l->outcomes[row].status != LTREC_OK && l->status == LTREC_OK) {
            term_error("%s", l->outcomes[row].message);
            failed++;
        }
        free(l->outcomes[row].message);
    }
    return failed;
}

int music_read_sound(struct music *music, ltrec_context *ctx,
                     const ltrec_frontend_options *frontend,
                     const char *items_path, size_t *failed, ltrec_error *err)
{
    struct listening l = {.music = music, .ctx = ctx, .table = items_path};
    ltrec_frontend *made;
    int status = ltrec_frontend_create(ctx, frontend, &made, err);

    *failed = 0;
    if (status != LTREC_OK)
        return status;
    ltrec_frontend_options_get(made, &music->frontend, sizeof music->frontend);
    ltrec_frontend_free(made);
    music->has_sound = 1;
    l.n = names_count(items_names(music->texts));
    l.outcomes = tool_alloc(l.n, sizeof *l.outcomes);
    listen_together(&l);
    *failed = tell(&l);
    free(l.outcomes);
    status = atomic_load(&l.status);
    return status == LTREC_OK ? LTREC_OK
                              : tool_fail(err, status, "listening: %s",
                                          ltrec_status_name(status));
}
