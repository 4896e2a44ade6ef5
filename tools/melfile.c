/*
 * melfile.c - the mel rows of sound files
 */
#include "melfile.h"

#include <stdlib.h>
#include <string.h>

#include "audiofile.h"
#include "term.h"

/* Messages of the library do not know which file it was. */
static int name_file(int status, const char *path, ltrec_error *err)
{
    char shown[TOOL_SHORT_NAME];
    ltrec_error inner;

    if (!err || status == LTREC_OK)
        return status;
    tool_short_name(shown, path);
    inner = *err;
    return tool_fail(err, status, "%s: %.150s", shown, inner.message);
}

/* Make room for what `n_frames` more can give; the rows there is room for. */
static size_t make_room(struct melfile *out, ltrec_frontend *frontend,
                        size_t *capacity, uint64_t n_frames)
{
    size_t bands = ltrec_frontend_bands(frontend);
    size_t rows = out->rows + ltrec_frontend_rows_left(frontend, n_frames);

    out->mel = tool_grow(out->mel, capacity, rows * bands, sizeof *out->mel);
    return *capacity / bands - out->rows;
}

/* Feed pcm[n_frames], or end the track when that is 0. */
static int feed(struct melfile *out, ltrec_frontend *frontend,
                size_t *capacity, const float *pcm, size_t n_frames,
                ltrec_error *err)
{
    size_t room = make_room(out, frontend, capacity, n_frames);
    float *to = out->mel + out->rows * ltrec_frontend_bands(frontend);
    size_t n_rows = 0;
    int status = n_frames > 0
                     ? ltrec_frontend_feed(frontend, pcm, n_frames, to, room,
                                           &n_rows, err)
                     : ltrec_frontend_finish(frontend, to, room, &n_rows, err);

    out->rows += status == LTREC_OK ? n_rows : 0;
    return status;
}

static int read_rows(struct audiofile *file, ltrec_frontend *frontend,
                     double max_seconds, struct melfile *out, ltrec_error *err)
{
    size_t n, capacity = 0;
    uint64_t total = 0;
    const float *pcm;
    int status =
        ltrec_frontend_start(frontend, out->rate_hz, out->channels, err);

    while (status == LTREC_OK) {
        status = audiofile_read(file, &pcm, &n, err);
        if (status <= 0)
            break;
        total += n;
        if ((double)total > max_seconds * out->rate_hz)
            return tool_fail(err, LTREC_ERR_CAPACITY, "longer than %g seconds",
                             max_seconds);
        status = feed(out, frontend, &capacity, pcm, n, err);
        if (status == LTREC_OK &&
            term_progress(NULL, total, audiofile_stated_frames(file)))
            return tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
    }
    if (status == LTREC_OK && total == 0)
        return tool_fail(err, LTREC_ERR_FORMAT, "holds no samples");
    if (status == LTREC_OK)
        status = feed(out, frontend, &capacity, NULL, 0, err);
    if (status == LTREC_OK &&
        ltrec_frontend_level(frontend, out->mel, out->rows) != LTREC_OK)
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "gives power that is not finite");
    out->seconds = (double)total / out->rate_hz;
    return status;
}

int melfile_read(const char *path, ltrec_frontend *frontend,
                 double max_seconds, struct melfile *out, ltrec_error *err)
{
    struct audiofile *file;
    int status;

    memset(out, 0, sizeof *out);
    status = audiofile_open(path, &file, err);
    if (status != LTREC_OK)
        return status;
    out->rate_hz = audiofile_rate_hz(file);
    out->channels = audiofile_channels(file);
    status =
        name_file(read_rows(file, frontend, max_seconds, out, err), path, err);
    audiofile_close(file);
    if (status != LTREC_OK)
        melfile_free(out);
    return status;
}

void melfile_free(struct melfile *file)
{
    free(file->mel);
    memset(file, 0, sizeof *file);
}
