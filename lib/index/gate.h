/*
 * gate.h - readers of an index, and the tracks that are current
 *
 * Readers and the writer never wait for each other:
 *
 *     tracks = ltr_gate_enter(gate, &place);
 *     ...
 *     ltr_gate_leave(ctx, gate, place);
 *
 * The word that says where the current tracks are also counts who entered, so
 * one atomic addition does both.  When the writer puts other tracks there it
 * learns how many entered in all, and the place is left to those who have not
 * gone yet; the last one out frees the tracks.
 */
#ifndef LTR_INDEX_GATE_H
#define LTR_INDEX_GATE_H

#include <stdatomic.h>

#include "index/tracks.h"

/* Tracks that are current, or no longer but still read. */
#define LTR_GATE_PLACES 64

struct ltr_place {
    _Atomic(struct ltr_tracks *) tracks; /* NULL: free */
    _Atomic int64_t inside;              /* less those who left; see gate.c */
};

struct ltr_gate {
    _Atomic uint64_t word; /* the place << 56 | how many entered it */
    struct ltr_place places[LTR_GATE_PLACES];
    struct ltr_tracks *current; /* the writer's */
    atomic_flag writing;
};

/* The first tracks. */
void ltr_gate_open(struct ltr_gate *gate, struct ltr_tracks *tracks);

/* Nobody is inside any more; frees all. */
void ltr_gate_close(ltrec_context *ctx, struct ltr_gate *gate);

const struct ltr_tracks *ltr_gate_enter(struct ltr_gate *gate, size_t *place);
void ltr_gate_leave(ltrec_context *ctx, struct ltr_gate *gate, size_t place);

/* ---- The writer --------------------------------------------------------- */

/* 0 when another thread is the writer. */
int ltr_gate_begin(struct ltr_gate *gate);
void ltr_gate_end(struct ltr_gate *gate);

/*
 * Others become current; LTREC_ERR_STATE, with `tracks` still the caller's,
 * when every place is taken by tracks that are still read.
 */
int ltr_gate_replace(ltrec_context *ctx, struct ltr_gate *gate,
                     struct ltr_tracks *tracks);

#endif /* LTR_INDEX_GATE_H */
