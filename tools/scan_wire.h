/*
 * scan_wire.h - what a scan and its workers say to each other
 *
 * Both are the same program, one forked from the other, so messages are
 * structures as they stand.  They go through a socket, a head and then so
 * many bytes.
 *
 *     scan                      worker
 *     LISTEN path        ->
 *                        <-     CONTENTS size, time, hash
 *     GO, or LEAVE it    ->
 *                        <-     ALIVE, now and then
 *                        <-     RESULT, factor, rows
 *     PREDICT from rows  ->
 *                        <-     RESULT, factor
 */
#ifndef SCAN_WIRE_H
#define SCAN_WIRE_H

#include <ltrec/describe.h>

#include "catalog.h"
#include "contents.h"

enum wire_kind {
    WIRE_LISTEN, /* the path */
    WIRE_GO,
    WIRE_LEAVE,
    WIRE_PREDICT,  /* a struct catalog_mel, its numbers, the genre tag */
    WIRE_CONTENTS, /* a struct contents */
    WIRE_ALIVE,
    WIRE_PREDICTING, /* what follows says nothing for a while */
    WIRE_RESULT      /* a struct scan_result, factor[rank], mel.numbers */
};

struct wire_head {
    uint32_t kind;
    uint32_t zero;
    uint64_t n_bytes;
};

/* No message is longer: the rows of a day of sound. */
#define WIRE_MOST_BYTES (UINT64_C(1) << 31)

#define SCAN_TEXT 1004

/* Notes that mean that there is nothing to predict from. */
#define SCAN_SILENT "silent"
#define SCAN_CONSTANT "a constant, not a sound"

struct scan_result {
    int32_t status; /* enum catalog_status */
    char error[252], note[160], decoder[32];
    char artist[SCAN_TEXT], title[SCAN_TEXT], album[SCAN_TEXT],
        genre[SCAN_TEXT];
    uint32_t year, number;
    double seconds;
    uint32_t rate_hz, channels;
    uint64_t rows;
    uint32_t described; /* ltrec_describe_version(), or 0 */
    float descriptors[LTREC_DESCRIPTORS];
    double confidence;
    uint32_t rank;          /* of the factor; 0 for none */
    struct catalog_mel mel; /* bits 0 for none; `numbers` follow */
    double decode_seconds, listen_seconds, predict_seconds, read_seconds;
};

/* Send all of it, waiting for room; 0 when nobody listens any more. */
int wire_send(int socket, enum wire_kind kind, const void *bytes, size_t n);

/* The same in up to three parts that follow each other. */
struct wire_part {
    const void *bytes;
    size_t n;
};
int wire_send_parts(int socket, enum wire_kind kind,
                    const struct wire_part *parts, size_t n_parts);

/* ---- Receiving ---------------------------------------------------------- */

/* Bytes that have come and are not yet used. */
struct wire_inbox {
    unsigned char *bytes;
    size_t n, capacity;
};

/*
 * Take what has come, without waiting or, if `wait`, until something does.
 * 1, or 0 when the other end is gone, or talks nonsense: no message has more
 * than WIRE_MOST_BYTES.
 */
int wire_fill(int socket, struct wire_inbox *inbox, int wait);

/* The next whole message, or NULL; it stays until wire_next() takes it off. */
const struct wire_head *wire_message(const struct wire_inbox *inbox,
                                     const unsigned char **bytes);
void wire_next(struct wire_inbox *inbox);

/*
 * Whether what a worker says is as long as it claims to be.  One whose memory
 * a broken file has spoilt may say anything before it crashes.
 */
int wire_is_sound(const struct wire_head *head, const unsigned char *bytes);

#endif /* SCAN_WIRE_H */
