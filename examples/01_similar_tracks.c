/*
 * 01_similar_tracks.c - which tracks are like this one?
 *
 * The smallest complete use of the library.  Build it against an installed
 * copy with:
 *
 *     cc 01_similar_tracks.c $(pkg-config --cflags --libs ltrec)
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <ltrec/ltrec.h>

int main(void)
{
    /* Normally these come from ltrec_factorize() or from a model. */
    static const uint64_t ids[] = {101, 102, 103, 104};
    static const float factors[][3] = {
        {0.9f, 0.1f, 0.0f},
        {0.8f, 0.3f, 0.1f},
        {0.0f, 0.2f, 0.9f},
        {-0.5f, 0.7f, 0.2f},
    };
    ltrec_context *ctx = NULL;
    ltrec_index *index = NULL;
    ltrec_error err;
    uint64_t near[3];
    float how_near[3];
    size_t n = 0;
    int status;

    status = ltrec_context_create(NULL, &ctx, &err);
    if (status == LTREC_OK)
        status = ltrec_index_create(ctx, 3, NULL, &index, &err);
    if (status == LTREC_OK)
        status = ltrec_index_add(index, 4, ids, factors[0], &err);
    if (status != LTREC_OK) {
        fprintf(stderr, "%s\n", err.message);
        ltrec_index_free(index);
        ltrec_context_free(ctx);
        return EXIT_FAILURE;
    }

    /* Never the track itself; equal similarities are ordered by id. */
    ltrec_index_search_id(index, 101, 3, NULL, near, how_near, &n);
    printf("nearest to 101:\n");
    for (size_t i = 0; i < n; i++)
        printf("  %" PRIu64 "  %6.3f\n", near[i], (double)how_near[i]);

    /* Any vector of the same model can be asked for. */
    ltrec_index_search(index, (const float[]){0, 0.3f, 1}, 1, near, how_near,
                       &n);
    printf("nearest to (0, 0.3, 1):\n  %" PRIu64 "  %6.3f\n", near[0],
           (double)how_near[0]);

    ltrec_index_free(index);
    ltrec_context_free(ctx);
    return EXIT_SUCCESS;
}
