/*
 * scan_worker.c - the process that listens to files for a scan
 */
#include "scan_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <ltrec/model.h>

#include "contents.h"
#include "genres.h"
#include "melfile.h"
#include "scan_notes.h"
#include "tags.h"
#include "term.h"

#define ALIVE_SECONDS 0.5
#define REST_SECONDS 0.02 /* a debt of rest that is worth paying */
#define NAP_SECONDS 0.2

struct worker {
    int socket;
    const struct scan_setup *setup;
    struct wire_inbox inbox;
    ltrec_context *ctx;
    ltrec_frontend *frontend;
    ltrec_model *model;
    ltrec_predictor *predictor;
    double said;   /* when it was last said that work goes on */
    double rested; /* when the work began that no rest has paid for */
};

/* ---- Staying in touch --------------------------------------------------- */

/* Whether the scan has gone. */
static int is_left(const struct worker *w)
{
    struct pollfd fd = {w->socket, 0, 0};

    return poll(&fd, 1, 0) != 0;
}

static void say_alive(struct worker *w)
{
    double t = tool_now();

    if (t - w->said < ALIVE_SECONDS)
        return;
    w->said = t;
    if (!wire_send(w->socket, WIRE_ALIVE, NULL, 0))
        _exit(0);
}

/* Sleep off the share of the time that is not to be worked. */
static void rest(struct worker *w)
{
    double debt = (tool_now() - w->rested) * (1 / w->setup->duty - 1);

    if (w->setup->duty >= 1 || debt < REST_SECONDS)
        return;
    while (debt > 0) {
        double nap = debt < NAP_SECONDS ? debt : NAP_SECONDS;
        struct timespec t = {0, (long)(nap * 1e9)};

        nanosleep(&t, NULL);
        debt -= nap;
        say_alive(w);
        if (is_left(w))
            break;
    }
    w->rested = tool_now();
}

/* For melfile_read(), every few milliseconds. */
static int go_on(void *user, uint64_t done, uint64_t total)
{
    struct worker *w = user;

    (void)done;
    (void)total;
    say_alive(w);
    rest(w);
    return is_left(w);
}

/* ---- Predicting --------------------------------------------------------- */

/* The factor of mel[rows] and what the tag says of genres, as long as a played
 * track's; NULL without. */
static float *predict(struct worker *w, const float *mel, size_t rows,
                      const char *genre, struct scan_result *r)
{
    float *genres = genres_of_tag(w->model, genre);
    size_t rank = ltrec_model_rank(w->model);
    float *factor = tool_alloc(rank, sizeof *factor), confidence = 0;
    double start = tool_now();
    float length;
    ltrec_track track;
    ltrec_error err;
    int status;

    wire_send(w->socket, WIRE_PREDICTING, NULL, 0);
    ltrec_track_init(&track, sizeof track);
    track.mel = mel;
    track.n_frames = rows;
    track.genres = genres;
    status =
        ltrec_predictor_run(w->predictor, &track, factor, &confidence, &err);
    r->predict_seconds = tool_now() - start;
    free(genres);
    if (status != LTREC_OK) {
        r->status = CATALOG_FAILED;
        snprintf(r->error, sizeof r->error, "%s", err.message);
        free(factor);
        return NULL;
    }
    length = ltrec_model_length(w->model, &track);
    for (size_t i = 0; i < rank; i++)
        factor[i] *= length;
    r->rank = (uint32_t)rank;
    r->confidence = (double)confidence;
    return factor;
}

static void send_result(struct worker *w, const struct scan_result *r,
                        const float *factor)
{
    struct wire_part parts[] = {
        {r, sizeof *r},
        {factor, r->rank * sizeof *factor},
        {r->mel.numbers, r->mel.bits ? r->mel.n_bytes : 0}};

    if (!wire_send_parts(w->socket, WIRE_RESULT, parts, 3))
        _exit(0);
}

/* Rows that were kept come back, for a model that is new. */
static void predict_again(struct worker *w, const unsigned char *bytes)
{
    struct scan_result result;
    struct catalog_mel mel;
    float *rows, *factor;

    memset(&result, 0, sizeof result);
    memcpy(&mel, bytes, sizeof mel);
    mel.numbers = tool_alloc(mel.n_bytes, 1);
    memcpy(mel.numbers, bytes + sizeof mel, mel.n_bytes);
    rows = catalog_mel_unpack(&mel);
    free(mel.numbers);
    result.status = CATALOG_OK;
    factor = predict(w, rows, mel.rows,
                     (const char *)bytes + sizeof mel + mel.n_bytes, &result);
    free(rows);
    send_result(w, &result, factor);
    free(factor);
    rest(w);
}

/* ---- Listening ---------------------------------------------------------- */

static void copy_text(char to[SCAN_TEXT], const char *from)
{
    snprintf(to, SCAN_TEXT, "%s", from ? from : "");
}

static double read_tags(const char *path, struct scan_result *r)
{
    struct tags tags;
    double seconds;

    tags_read(path, &tags);
    copy_text(r->artist, tags.artist);
    copy_text(r->title, tags.title);
    copy_text(r->album, tags.album);
    copy_text(r->genre, tags.genre);
    r->year = tags.year;
    r->number = tags.number;
    seconds = tags.seconds;
    tags_free(&tags);
    return seconds;
}

/* The reason without the file's name, which the catalogue has. */
static void take_error(struct scan_result *r, int status, const char *path,
                       const ltrec_error *err)
{
    char name[TOOL_SHORT_NAME];
    const char *said = err->message;
    size_t length;

    tool_short_name(name, path);
    length = strlen(name);
    if (strncmp(said, name, length) == 0 &&
        strncmp(said + length, ": ", 2) == 0)
        said += length + 2;
    r->status = status == LTREC_ERR_IO ? CATALOG_UNREADABLE : CATALOG_FAILED;
    snprintf(r->error, sizeof r->error, "%s", said);
}

/* Keep rows as they are to be kept, and predict from what is kept, so that
 * another scan that starts from there comes to the same factor. */
static float *use_rows(struct worker *w, struct melfile *file,
                       struct scan_result *r)
{
    uint32_t bands = ltrec_frontend_bands(w->frontend);
    float *factor = NULL;

    r->rows = file->rows;
    if (w->setup->mel_bits) {
        catalog_mel_pack(file->mel, file->rows, bands, w->setup->mel_bits,
                         &r->mel);
        free(file->mel);
        file->mel = NULL;
        if (w->predictor)
            file->mel = catalog_mel_unpack(&r->mel);
    }
    if (w->predictor && !scan_is_soundless(file))
        factor = predict(w, file->mel, file->rows, r->genre, r);
    return factor;
}

static void listen_to(struct worker *w, const char *path,
                      struct scan_result *r)
{
    struct melfile_options o;
    struct melfile file;
    double start = tool_now(), tagged;
    float *factor = NULL;
    ltrec_error err = {0};
    int status;

    tagged = read_tags(path, r);
    r->read_seconds += tool_now() - start;
    melfile_options_init(&o);
    o.max_seconds = w->setup->max_seconds;
    o.or_ffmpeg = w->setup->or_ffmpeg;
    o.progress = go_on;
    o.user = w;
    start = tool_now();
    status = melfile_read(path, w->frontend, &o, &file, &err);
    if (status == LTREC_ERR_CANCELLED)
        _exit(0);
    r->listen_seconds = tool_now() - start;
    r->decode_seconds = file.decode_seconds;
    if (status == LTREC_OK) {
        r->status = CATALOG_OK;
        r->seconds = file.seconds;
        r->rate_hz = file.rate_hz;
        r->channels = file.channels;
        snprintf(r->decoder, sizeof r->decoder, "%s", file.decoder);
        scan_note_oddities(r, &file, tagged);
        if (w->setup->describe &&
            ltrec_describe_get(w->frontend, r->descriptors, LTREC_DESCRIPTORS,
                               NULL) == LTREC_OK)
            r->described = ltrec_describe_version();
        factor = use_rows(w, &file, r);
        melfile_free(&file);
    } else {
        take_error(r, status, path, &err);
    }
    send_result(w, r, factor);
    free(factor);
    free(r->mel.numbers);
}

/* ---- Serving ------------------------------------------------------------ */

/* The next message, waited for. */
static const struct wire_head *receive(struct worker *w,
                                       const unsigned char **bytes)
{
    const struct wire_head *head;

    while ((head = wire_message(&w->inbox, bytes)) == NULL)
        if (!wire_fill(w->socket, &w->inbox, 1))
            _exit(0);
    return head;
}

static void take_file(struct worker *w, const char *path)
{
    struct contents contents;
    struct scan_result result;
    const unsigned char *bytes;
    double start = tool_now();
    int reason = contents_read(path, go_on, w, &contents), go;

    memset(&result, 0, sizeof result);
    if (reason == ECANCELED)
        _exit(0);
    if (reason != 0) {
        result.status = CATALOG_UNREADABLE;
        snprintf(result.error, sizeof result.error, "%s", strerror(reason));
        send_result(w, &result, NULL);
        return;
    }
    if (contents.size == 0) {
        result.status = CATALOG_FAILED;
        snprintf(result.error, sizeof result.error, "empty: not one byte");
    }
    result.read_seconds = tool_now() - start;
    if (!wire_send(w->socket, WIRE_CONTENTS, &contents, sizeof contents))
        _exit(0);
    go = receive(w, &bytes)->kind == WIRE_GO;
    wire_next(&w->inbox);
    if (go && contents.size > 0)
        listen_to(w, path, &result);
    else if (go)
        send_result(w, &result, NULL);
    rest(w);
}

/* The lowest place in both queues: behind the player, and everybody. */
static void step_back(void)
{
    setpriority(PRIO_PROCESS, 0, 19);
#ifdef SYS_ioprio_set
    syscall(SYS_ioprio_set, 1, 0, 3 << 13); /* this process, idle class */
#endif
}

/* What went well in the scan itself goes well here, or there is no memory. */
static int prepare(struct worker *w, ltrec_error *err)
{
    ltrec_context_options o;
    int status;

    ltrec_context_options_init(&o, sizeof o);
    o.kernels = w->setup->kernels;
    status = ltrec_context_create(&o, &w->ctx, err);
    if (status == LTREC_OK)
        status = ltrec_frontend_create(w->ctx, &w->setup->frontend,
                                       &w->frontend, err);
    if (status == LTREC_OK && w->setup->describe)
        status = ltrec_describe_enable(w->frontend, err);
    if (status == LTREC_OK && w->setup->model)
        status = ltrec_model_load(w->ctx, w->setup->model, &w->model, err);
    if (status == LTREC_OK && w->model)
        status =
            ltrec_predictor_create(w->ctx, w->model, NULL, &w->predictor, err);
    return status;
}

/* Decoders may talk, as libmpg123 does of headers that are none; what is wrong
 * with a file is told by the scan, once. */
static void mute(void)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (nowhere >= 0)
        dup2(nowhere, STDERR_FILENO);
}

void scan_worker(int socket, const struct scan_setup *setup)
{
    struct worker w = {.socket = socket, .setup = setup};
    ltrec_error err = {0};

    term_set_quiet(1);
    if (setup->nice)
        step_back();
    if (prepare(&w, &err) != LTREC_OK) {
        term_error("%s", err.message);
        _exit(EXIT_ERROR);
    }
    mute();
    for (;;) {
        const unsigned char *bytes;
        const struct wire_head *head = receive(&w, &bytes);
        size_t n = (size_t)head->n_bytes;
        unsigned char *copy = tool_alloc(n + 1, 1);
        uint32_t kind = head->kind;

        memcpy(copy, bytes, n);
        wire_next(&w.inbox);
        w.said = w.rested = tool_now();
        if (kind == WIRE_LISTEN)
            take_file(&w, (const char *)copy);
        else
            predict_again(&w, copy);
        free(copy);
    }
}
