/*
 * scan_crew.h - the workers of a scan, from its side
 */
#ifndef SCAN_CREW_H
#define SCAN_CREW_H

#include <sys/types.h>

#include "scan_worker.h"

#define CREW_MOST 64

/* A track that something is to be done about. */
struct scan_job {
    int64_t id;
    char *path;
    int64_t size, mtime_ns; /* when it was last listened to */
    int has_hash;
    uint64_t hash;
    int is_current;   /* of that there is all that is wanted */
    int has_rows;     /* there are at least its rows of mel */
    int is_soundless; /* and no factor is wanted */
    int is_from_rows; /* they are what it is predicted from */
    enum catalog_status status;
    struct contents found; /* once the worker has looked */
    int tries;             /* workers it has cost */
    char genre[SCAN_TEXT]; /* as its tag had it then */
};

enum crew_state {
    CREW_IDLE,
    CREW_LOOKING,
    CREW_LISTENING,
    CREW_PREDICTING
};

struct crew_member {
    pid_t pid; /* 0 for none */
    int socket;
    enum crew_state state;
    struct scan_job job;
    struct wire_inbox inbox;
    double heard; /* when it last said something */
};

struct crew {
    const struct scan_setup *setup;
    size_t n;
    struct crew_member members[CREW_MOST];
};

/* Start `n` workers, or as many as there can be; a failure when none. */
int crew_start(struct crew *crew, size_t n, const struct scan_setup *setup,
               ltrec_error *err);

/* End them, whatever they are doing. */
void crew_stop(struct crew *crew);

/*
 * End one that does not answer, or has died, and start another in its place.
 * In words why it died, in `text`.
 */
int crew_replace(struct crew *crew, struct crew_member *member, char *text,
                 size_t bytes, ltrec_error *err);

/* Give work to an idle member; 0 when it has died. */
int crew_listen(struct crew_member *member);
int crew_predict(struct crew_member *member, const struct catalog_mel *mel);

/* Wait up to `ms` for any of them to say something, and take it in.  Members
 * that have died are marked by a closed socket: -1. */
void crew_wait(struct crew *crew, int ms);

/* Listen no more to one who talks nonsense: it counts as having died. */
void crew_hang_up(struct crew_member *member);

/* Whether it has said nothing for longer than it may. */
int crew_hangs(const struct crew_member *member);

#endif /* SCAN_CREW_H */
