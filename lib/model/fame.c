/*
 * fame.c - how long a track's factor may be expected to be
 *
 * A factor is long when many play it, and a new track of an artist whom many
 * play will be played: what the artist's other factors let expect.
 */
#include "model/model_parts.h"

#include <float.h>
#include <math.h>

#include "base/options.h"
#include "store/store.h"

#define FAME "artist.fame"
#define USUAL "artist.usual"

float ltrec_model_length(const ltrec_model *model, const ltrec_track *given)
{
    const struct ltr_branch *artist =
        model ? model->branches[LTR_ARTIST] : NULL;
    double norm = (double)ltrec_model_norm(model), more;
    ltrec_track track;

    ltrec_track_init(&track, sizeof track);
    if (!artist || !(artist->usual > 0) || !(norm > 0) ||
        ltr_options_read(&track, sizeof track, given, "track", NULL) !=
            LTREC_OK ||
        track.artist_tracks == 0 || !(track.artist_length > 0) ||
        isinf(track.artist_length))
        return (float)norm;
    more = log(track.artist_length) - log((double)artist->usual);
    more *= (double)artist->fame * track.artist_tracks /
            (track.artist_tracks + 1.0);
    return (float)fmin(fmax(norm * exp(more), (double)FLT_MIN),
                       (double)FLT_MAX);
}

void ltr_fame_write(struct ltr_writer *writer, const struct ltr_branch *artist)
{
    if (!(artist->usual > 0))
        return;
    ltr_store_real(writer, FAME, (double)artist->fame);
    ltr_store_real(writer, USUAL, (double)artist->usual);
}

int ltr_fame_read(const struct ltr_reader *reader, struct ltr_branch *artist,
                  ltrec_error *err)
{
    double fame = 0, usual = 0;
    int status;

    if (!ltr_store_find_text(reader, USUAL))
        return LTREC_OK; /* one without the other says nothing */
    status = ltr_store_find_real(reader, FAME, 0, 1, &fame, err);
    if (status == LTREC_OK)
        status = ltr_store_find_real(reader, USUAL, 0, (double)FLT_MAX, &usual,
                                     err);
    artist->fame = (float)fame;
    artist->usual = (float)usual;
    return status;
}
