/*
 * scan_worker.h - the process that listens to files for a scan
 *
 * Decoders and readers of tags meet whatever is on a disk, and some of it
 * makes them crash or run for ever.  So they are run in processes that hold
 * nothing: a worker opens no catalogue, and when it dies the scan notes why,
 * starts another and goes on.
 */
#ifndef SCAN_WORKER_H
#define SCAN_WORKER_H

#include "scan_wire.h"

/* What every worker is told; it does not change. */
struct scan_setup {
    const char *model; /* NULL for none */
    ltrec_frontend_options frontend;
    int32_t kernels;
    uint32_t mel_bits; /* 0 when rows are not kept */
    int describe;      /* tempo, key and the rest too */
    double max_seconds;
    int or_ffmpeg;
    int nice;
    double duty; /* the share of the time it may work */
};

/* Serve `socket` until the other end closes it. */
_Noreturn void scan_worker(int socket, const struct scan_setup *setup);

#endif /* SCAN_WORKER_H */
