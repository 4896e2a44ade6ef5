/*
 * demo_sound.c - the generated tracks are played and listened to
 *
 * Tracks are dealt out to threads of the program's own: playing them is not
 * the library's work, and a front end serves one thread at a time.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audiofile.h"
#include "demo.h"
#include "png.h"
#include "term.h"

#define MOST_THREADS 64

struct listening {
    struct demo *demo;
    ltrec_frontend_options options;
    atomic_size_t next, done;
    atomic_int failed;
    ltrec_error reason; /* of the first that failed */
};

/* ---- Music to be scanned ------------------------------------------------ */

char *demo_music_path(const struct demo *demo, size_t track)
{
    const struct world_track *t = world_track(demo->world, track);
    const char *artist = world_artist(demo->world, t->artist)->name;
    size_t bytes = strlen(artist) + strlen(t->title) + strlen(t->id) + 32;
    char *path = tool_alloc(bytes, 1);

    snprintf(path, bytes, "music/%s/%s %s.flac", artist, t->id, t->title);
    return path;
}

/* Folders that are there already are no failure: the file's is found out. */
static int write_music(const struct demo *d, uint32_t track, const float *pcm,
                       ltrec_error *err)
{
    const struct world_track *t = world_track(d->world, track);
    struct audiofile_texts texts = {world_artist(d->world, t->artist)->name,
                                    t->title, t->album,
                                    world_tag_name(t->tags[0])};
    char *name = demo_music_path(d, track);
    char *path = demo_path(d, name), *slash = strrchr(path, '/');
    char *folder = demo_path(d, "music");
    int status;

    mkdir(folder, 0777);
    *slash = '\0';
    mkdir(path, 0777);
    *slash = '/';
    status = audiofile_write(path, pcm, world_track_samples(d->world), 1,
                             (uint32_t)world_rate_hz(d->world), &texts, err);
    free(name);
    free(path);
    free(folder);
    return status;
}

/* One track into fresh rows; the frontend and the samples are this thread's.
 */
static int listen_to(struct demo *d, ltrec_frontend *frontend, float *pcm,
                     uint32_t track, ltrec_error *err)
{
    size_t n = world_track_samples(d->world), rows;
    uint32_t rate = (uint32_t)world_rate_hz(d->world);
    size_t room = ltrec_frontend_rows(frontend, rate, n);
    float *mel =
        tool_alloc(room, ltrec_frontend_bands(frontend) * sizeof *mel);
    int status;

    if (world_render(d->world, track, pcm, n) != 0)
        tool_no_memory();
    status =
        ltrec_frontend_mel(frontend, rate, 1, pcm, n, mel, room, &rows, err);
    if (status != LTREC_OK) {
        free(mel);
        return status;
    }
    music_set_mel(d->music, track, mel, rows);
    return d->with_music ? write_music(d, track, pcm, err) : LTREC_OK;
}

static void *listen_on(void *arg)
{
    struct listening *l = arg;
    size_t n = world_n_tracks(l->demo->world);
    float *pcm = tool_alloc(world_track_samples(l->demo->world), sizeof *pcm);
    ltrec_frontend *frontend = NULL;
    ltrec_error err = {0};
    int status =
        ltrec_frontend_create(l->demo->ctx, &l->options, &frontend, &err);

    while (status == LTREC_OK && !term_interrupted()) {
        size_t track = atomic_fetch_add(&l->next, 1);

        if (track >= n)
            break;
        status = listen_to(l->demo, frontend, pcm, (uint32_t)track, &err);
        atomic_fetch_add(&l->done, 1);
        term_progress(NULL, atomic_load(&l->done), n);
    }
    if (status != LTREC_OK && atomic_exchange(&l->failed, 1) == 0)
        l->reason = err;
    ltrec_frontend_free(frontend);
    free(pcm);
    return NULL;
}

int demo_listen(struct demo *demo, ltrec_error *err)
{
    size_t n_threads = ltrec_context_threads(demo->ctx), started = 0;
    struct listening l = {.demo = demo};
    pthread_t threads[MOST_THREADS];
    ltrec_frontend *frontend;
    int status;

    status = ltrec_frontend_create(demo->ctx, NULL, &frontend, err);
    if (status != LTREC_OK)
        return status;
    ltrec_frontend_options_get(frontend, &l.options, sizeof l.options);
    ltrec_frontend_free(frontend);
    demo->music->frontend = l.options;
    demo->music->has_sound = 1;
    term_doing("listening");
    while (started + 1 < n_threads && started < MOST_THREADS &&
           pthread_create(&threads[started], NULL, listen_on, &l) == 0)
        started++;
    listen_on(&l);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    term_done();
    if (term_interrupted())
        return tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
    if (atomic_load(&l.failed))
        return tool_fail(err, l.reason.code, "%s", l.reason.message);
    return LTREC_OK;
}

/* ---- What is kept ------------------------------------------------------- */

void demo_choose_kept(const struct demo *demo, uint32_t kept[DEMO_KEPT])
{
    size_t n = world_n_tracks(demo->world), found[2] = {0};
    size_t n_kept = 0;

    /* Half of them played, half of them not. */
    for (uint32_t i = 0; i < n && n_kept < DEMO_KEPT; i++) {
        int cold = demo->cold[i] != 0;

        if (found[cold] < DEMO_KEPT / 2) {
            found[cold]++;
            kept[n_kept++] = i;
        }
    }
    for (; n_kept < DEMO_KEPT; n_kept++)
        kept[n_kept] = 0;
}

static int write_wav(const struct demo *d, uint32_t track, ltrec_error *err)
{
    size_t n = world_track_samples(d->world);
    float *pcm = tool_alloc(n, sizeof *pcm);
    char name[40], *path;
    int status;

    snprintf(name, sizeof name, "%s.wav", world_track(d->world, track)->id);
    path = demo_path(d, name);
    if (world_render(d->world, track, pcm, n) != 0)
        tool_no_memory();
    status = audiofile_write(path, pcm, n, 1,
                             (uint32_t)world_rate_hz(d->world), NULL, err);
    free(path);
    free(pcm);
    return status;
}

int demo_write_sound(const struct demo *demo, ltrec_error *err)
{
    uint32_t kept[DEMO_KEPT];
    char title[160], *path = demo_path(demo, "spectrogram.png");
    struct spectrogram picture = {.options = &demo->music->frontend,
                                  .title = title};
    int status = LTREC_OK;

    demo_choose_kept(demo, kept);
    for (size_t i = 0; i < DEMO_KEPT && status == LTREC_OK; i++)
        status = write_wav(demo, kept[i], err);
    music_label(demo->music, kept[0], title, sizeof title);
    picture.mel = demo->music->mel[kept[0]];
    picture.rows = demo->music->mel_rows[kept[0]];
    picture.bands = demo->music->frontend.bands;
    if (status == LTREC_OK)
        status = png_write_spectrogram(path, &picture, err);
    free(path);
    return status;
}
