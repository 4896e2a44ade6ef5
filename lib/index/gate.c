/*
 * gate.c - readers of an index, and the tracks that are current
 *
 * A place starts with OPEN, far above any number of readers, and each who
 * leaves takes one away.  Closing it takes OPEN away and adds all who entered:
 * what is left are those inside, and whoever brings it to zero frees.
 */
#include "index/gate.h"

#define PLACE_SHIFT 56
#define ENTERED (((uint64_t)1 << PLACE_SHIFT) - 1)
#define OPEN ((int64_t)1 << 60)

static void use_place(struct ltr_gate *gate, size_t place,
                      struct ltr_tracks *tracks)
{
    atomic_store_explicit(&gate->places[place].inside, OPEN,
                          memory_order_relaxed);
    atomic_store_explicit(&gate->places[place].tracks, tracks,
                          memory_order_relaxed);
    gate->current = tracks;
}

void ltr_gate_open(struct ltr_gate *gate, struct ltr_tracks *tracks)
{
    use_place(gate, 0, tracks);
    atomic_flag_clear(&gate->writing);
    atomic_store_explicit(&gate->word, 0, memory_order_release);
}

void ltr_gate_close(ltrec_context *ctx, struct ltr_gate *gate)
{
    for (size_t i = 0; i < LTR_GATE_PLACES; i++)
        ltr_tracks_free(ctx, atomic_load(&gate->places[i].tracks));
}

const struct ltr_tracks *ltr_gate_enter(struct ltr_gate *gate, size_t *place)
{
    uint64_t word =
        atomic_fetch_add_explicit(&gate->word, 1, memory_order_acquire);

    *place = (size_t)(word >> PLACE_SHIFT);
    return atomic_load_explicit(&gate->places[*place].tracks,
                                memory_order_relaxed);
}

static void settle(ltrec_context *ctx, struct ltr_place *place, int64_t change)
{
    int64_t before = atomic_fetch_add_explicit(&place->inside, change,
                                               memory_order_acq_rel);

    if (before + change == 0) {
        ltr_tracks_free(
            ctx, atomic_load_explicit(&place->tracks, memory_order_relaxed));
        atomic_store_explicit(&place->tracks, NULL, memory_order_release);
    }
}

void ltr_gate_leave(ltrec_context *ctx, struct ltr_gate *gate, size_t place)
{
    settle(ctx, &gate->places[place], -1);
}

/* ---- The writer --------------------------------------------------------- */

int ltr_gate_begin(struct ltr_gate *gate)
{
    return !atomic_flag_test_and_set_explicit(&gate->writing,
                                              memory_order_acquire);
}

void ltr_gate_end(struct ltr_gate *gate)
{
    atomic_flag_clear_explicit(&gate->writing, memory_order_release);
}

int ltr_gate_replace(ltrec_context *ctx, struct ltr_gate *gate,
                     struct ltr_tracks *tracks)
{
    size_t place = 0;
    uint64_t word;

    while (place < LTR_GATE_PLACES &&
           atomic_load_explicit(&gate->places[place].tracks,
                                memory_order_acquire))
        place++;
    if (place == LTR_GATE_PLACES)
        return LTREC_ERR_STATE;
    use_place(gate, place, tracks);
    word = atomic_exchange_explicit(
        &gate->word, (uint64_t)place << PLACE_SHIFT, memory_order_acq_rel);
    settle(ctx, &gate->places[word >> PLACE_SHIFT],
           (int64_t)(word & ENTERED) - OPEN);
    return LTREC_OK;
}
