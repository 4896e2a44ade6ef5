/*
 * small_world.h - a generated world small enough to be made in every test
 */
#ifndef SMALL_WORLD_H
#define SMALL_WORLD_H

#include "check_run.h"

#include "../tools/world.h"

static inline struct world *make_world(uint64_t seed)
{
    struct world_options options;
    struct world *world;

    world_options_init(&options);
    options.seed = seed;
    options.n_tracks = 300;
    options.n_artists = 40;
    options.n_listeners = 200;
    options.plays_per_listener = 40;
    options.track_seconds = 8;
    world = world_create(&options);
    ck_assert_ptr_nonnull(world);
    return world;
}

static inline float *render(const struct world *world, size_t track)
{
    size_t n = world_track_samples(world);
    float *pcm = malloc(n * sizeof *pcm);

    ck_assert_ptr_nonnull(pcm);
    ck_assert_int_eq(world_render(world, track, pcm, n), 0);
    return pcm;
}

#endif /* SMALL_WORLD_H */
