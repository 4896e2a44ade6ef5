/*
 * scan_crew.c - the workers of a scan, from its side
 */
#include "scan_crew.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Work says so twice a second; a network over three hours of sound cannot. */
#define QUIET_SECONDS 60
#define QUIET_PREDICTING 900

/* ---- Processes ---------------------------------------------------------- */

/* In the child: a group of its own, so that Ctrl-C is the scan's to decide
 * and ffmpeg ends with its worker; no socket but its own, or a sibling that
 * is gone would seem to be there. */
_Noreturn static void become_worker(struct crew *crew, int socket)
{
    setpgid(0, 0);
    for (size_t i = 0; i < crew->n; i++)
        if (crew->members[i].socket >= 0)
            close(crew->members[i].socket);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    scan_worker(socket, crew->setup);
}

static int start(struct crew *crew, struct crew_member *member,
                 ltrec_error *err)
{
    int ends[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return tool_fail(err, LTREC_ERR_IO, "cannot start a worker: %s",
                         strerror(errno));
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        become_worker(crew, ends[1]);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return tool_fail(err, LTREC_ERR_IO, "cannot start a worker: %s",
                         strerror(errno));
    }
    setpgid(pid, pid);
    member->pid = pid;
    member->socket = ends[0];
    member->state = CREW_IDLE;
    member->inbox.n = 0;
    return LTREC_OK;
}

/* Kill a member's group and wait for it; what it died of.  One that was dying
 * already, as a closed socket says, dies of what it was dying of. */
static int bury(struct crew_member *member)
{
    int how = 0;

    if (member->pid <= 0)
        return 0;
    kill(member->pid, SIGKILL);
    kill(-member->pid, SIGKILL); /* and what it started */
    while (waitpid(member->pid, &how, 0) < 0 && errno == EINTR)
        ;
    member->pid = 0;
    if (member->socket >= 0)
        close(member->socket);
    member->socket = -1;
    return how;
}

int crew_start(struct crew *crew, size_t n, const struct scan_setup *setup,
               ltrec_error *err)
{
    int status = LTREC_OK;

    memset(crew, 0, sizeof *crew);
    crew->setup = setup;
    for (size_t i = 0; i < n && i < CREW_MOST && status == LTREC_OK; i++) {
        crew->members[i].socket = -1;
        status = start(crew, &crew->members[i], err);
        crew->n += status == LTREC_OK;
    }
    return crew->n > 0 ? LTREC_OK : status;
}

void crew_stop(struct crew *crew)
{
    /* All at once, and then one after the other. */
    for (size_t i = 0; i < crew->n; i++)
        if (crew->members[i].pid > 0)
            kill(-crew->members[i].pid, SIGKILL);
    for (size_t i = 0; i < crew->n; i++) {
        bury(&crew->members[i]);
        free(crew->members[i].inbox.bytes);
        free(crew->members[i].job.path);
    }
    crew->n = 0;
}

int crew_replace(struct crew *crew, struct crew_member *member, char *text,
                 size_t bytes, ltrec_error *err)
{
    int hangs = crew_hangs(member) && member->socket >= 0;
    int how = bury(member);

    if (hangs)
        snprintf(text, bytes, "the decoder hung and was ended");
    else if (WIFSIGNALED(how))
        snprintf(text, bytes, "the decoder crashed: %s",
                 strsignal(WTERMSIG(how)));
    else
        snprintf(text, bytes, "the decoder ended with status %d",
                 WEXITSTATUS(how));
    return start(crew, member, err);
}

/* ---- Work --------------------------------------------------------------- */

int crew_listen(struct crew_member *member)
{
    member->job.is_from_rows = 0;
    member->state = CREW_LOOKING;
    member->heard = tool_now();
    return wire_send(member->socket, WIRE_LISTEN, member->job.path,
                     strlen(member->job.path) + 1);
}

int crew_predict(struct crew_member *member, const struct catalog_mel *mel)
{
    const char *genre = member->job.genre;
    struct wire_part parts[] = {{mel, sizeof *mel},
                                {mel->numbers, mel->n_bytes},
                                {genre, strlen(genre) + 1}};

    member->job.is_from_rows = 1;
    member->state = CREW_PREDICTING;
    member->heard = tool_now();
    return wire_send_parts(member->socket, WIRE_PREDICT, parts, 3);
}

int crew_hangs(const struct crew_member *member)
{
    double most =
        member->state == CREW_PREDICTING ? QUIET_PREDICTING : QUIET_SECONDS;

    return member->state != CREW_IDLE && tool_now() - member->heard > most;
}

void crew_hang_up(struct crew_member *member)
{
    close(member->socket);
    member->socket = -1;
}

void crew_wait(struct crew *crew, int ms)
{
    struct pollfd fds[CREW_MOST];

    for (size_t i = 0; i < crew->n; i++)
        fds[i] = (struct pollfd){crew->members[i].socket, POLLIN, 0};
    if (poll(fds, (nfds_t)crew->n, ms) <= 0)
        return;
    for (size_t i = 0; i < crew->n; i++) {
        struct crew_member *m = &crew->members[i];

        if (!fds[i].revents)
            continue;
        m->heard = tool_now();
        if (!wire_fill(m->socket, &m->inbox, 0))
            crew_hang_up(m);
    }
}
