/*
 * scan_wire.c - what a scan and its workers say to each other
 */
#include "scan_wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define STEP 65536

static int send_all(int socket, const void *bytes, size_t n)
{
    const char *from = bytes;

    while (n > 0) {
        ssize_t sent = send(socket, from, n, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return 0;
        from += sent;
        n -= (size_t)sent;
    }
    return 1;
}

int wire_send_parts(int socket, enum wire_kind kind,
                    const struct wire_part *parts, size_t n_parts)
{
    struct wire_head head = {.kind = kind};
    int sent;

    for (size_t i = 0; i < n_parts; i++)
        head.n_bytes += parts[i].n;
    sent = send_all(socket, &head, sizeof head);
    for (size_t i = 0; i < n_parts && sent; i++)
        sent = send_all(socket, parts[i].bytes, parts[i].n);
    return sent;
}

int wire_send(int socket, enum wire_kind kind, const void *bytes, size_t n)
{
    struct wire_part part = {bytes, n};

    return wire_send_parts(socket, kind, &part, 1);
}

static int begins_well(const struct wire_inbox *inbox)
{
    struct wire_head head;

    if (inbox->n < sizeof head)
        return 1;
    memcpy(&head, inbox->bytes, sizeof head);
    return head.kind <= WIRE_RESULT && head.n_bytes <= WIRE_MOST_BYTES;
}

int wire_fill(int socket, struct wire_inbox *inbox, int wait)
{
    for (;;) {
        ssize_t n;

        inbox->bytes =
            tool_grow(inbox->bytes, &inbox->capacity, inbox->n + STEP, 1);
        n = recv(socket, inbox->bytes + inbox->n, inbox->capacity - inbox->n,
                 wait ? 0 : MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
            return 0;
        if (n < 0 && errno == EAGAIN)
            return 1;
        if (n > 0) {
            inbox->n += (size_t)n;
            if (!begins_well(inbox))
                return 0;
            if (wait)
                return 1;
        }
    }
}

const struct wire_head *wire_message(const struct wire_inbox *inbox,
                                     const unsigned char **bytes)
{
    const void *start = inbox->bytes;
    const struct wire_head *head = start;

    if (inbox->n < sizeof *head || inbox->n - sizeof *head < head->n_bytes)
        return NULL;
    *bytes = inbox->bytes + sizeof *head;
    return head;
}

void wire_next(struct wire_inbox *inbox)
{
    struct wire_head head;
    size_t n;

    memcpy(&head, inbox->bytes, sizeof head);
    n = sizeof head + (size_t)head.n_bytes;
    memmove(inbox->bytes, inbox->bytes + n, inbox->n - n);
    inbox->n -= n;
}

static int ends(const char *text, size_t bytes)
{
    return memchr(text, '\0', bytes) != NULL;
}

static int result_is_sound(const unsigned char *bytes, uint64_t n_bytes)
{
    struct scan_result r;
    uint64_t factor, mel;

    if (n_bytes < sizeof r)
        return 0;
    memcpy(&r, bytes, sizeof r);
    factor = r.rank * (uint64_t)sizeof(float);
    mel = r.mel.bits ? r.mel.n_bytes : 0;
    return r.status >= CATALOG_NEW && r.status <= CATALOG_UNREADABLE &&
           ends(r.error, sizeof r.error) && ends(r.note, sizeof r.note) &&
           ends(r.decoder, sizeof r.decoder) &&
           ends(r.artist, sizeof r.artist) && ends(r.title, sizeof r.title) &&
           ends(r.album, sizeof r.album) && ends(r.genre, sizeof r.genre) &&
           factor <= n_bytes - sizeof r && mel == n_bytes - sizeof r - factor;
}

int wire_is_sound(const struct wire_head *head, const unsigned char *bytes)
{
    if (head->kind == WIRE_CONTENTS)
        return head->n_bytes == sizeof(struct contents);
    return head->kind != WIRE_RESULT || result_is_sound(bytes, head->n_bytes);
}
