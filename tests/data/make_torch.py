#!/usr/bin/env python3
"""
make_torch.py - a model defined in PyTorch, and what PyTorch makes of a track

Usage: make_torch.py FOLDER

Writes FOLDER/torch.safetensors, with every branch and random weights, and
FOLDER/torch_factors.f32: the factor that examples/python/torch_models.py
predicts from each of the 31 sets of what may be known of a track, in the order
of their bits.  FOLDER/torch_flatten.safetensors and torch_flatten_factors.f32
are an audio network that flattens, and its factors of a whole track and of one
too short for a patch.  Needs torch and safetensors.
"""
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "examples", "python"))

import torch
import torch_models

RANK, BANDS, PATCH, FRAMES = 6, 5, 24, 70
ATTRIBUTES, GENRES = 4, 3

BRANCHES = {
    "audio": ("conv 7 4, relu, pool 2, conv 9 3, relu, pool 2, conv 6 2, "
              "relu, global, dense 8, relu, dropout 32768, dense 8, relu, "
              "dropout 32768, dense 6", BANDS, None),
    "mgp": ("dropout 32768, dense 9, relu, dropout 32768, dense 7, relu, "
            "dropout 32768, dense 6", 2 * ATTRIBUTES, "attribute"),
    "mlg": ("dropout 32768, dense 5, relu, dropout 32768, dense 6",
            2 * ATTRIBUTES, "attribute"),
    "genre": ("dense 5, relu, dropout 32768, dense 6", GENRES, "genre"),
    "artist": ("dense 5, relu, dropout 32768, dense 6", RANK + 2, None),
    "head": ("dense 8, relu, dropout 32768, dense 4", 3 * 6, "attribute"),
    "fusion": ("dropout 45875, dense 9, relu, dropout 32768, dense 6",
               8 + 7 + 5 + 5 + 5 + 5, None),
}

FLATTEN = ("conv 7 4, relu, pool 2, dropout 32768, conv 9 3, relu, pool 2, "
           "dropout 32768, conv 6 1, relu, dropout 32768, flatten 4, dense 6")
SHORT = 10

FRONTEND = dict(
    rate_hz=22050, window=2048, hop=1024, bands=BANDS, fmin_hz=0.0,
    fmax_hz=0.0, scale=1, norm=1, centred=0, level=1, reference=1,
    floor_db=80.0, amin=1e-10, resampler=1, precision=1)


def value(i, salt):
    """The same in tests/test_torch.c: exact, in [0, 1)."""
    return (i * 7919 + salt * 104729) % 1024 / 1024


def track():
    def made(n, salt, least, most):
        return torch.tensor([least + (most - least) * value(i, salt)
                             for i in range(n)])
    attributes = made(ATTRIBUTES, 2, 0, 1)
    attributes[1] = float("nan")
    return {
        "mel": made(FRAMES * BANDS, 1, -2, 2).reshape(FRAMES, BANDS),
        "attributes": attributes,
        "machine": made(ATTRIBUTES, 3, -2, 2),
        "genres": made(GENRES, 4, 0, 1),
        "artist": made(RANK, 5, -0.5, 0.5),
    }


def networks():
    counts = {"attribute": ATTRIBUTES, "genre": GENRES}
    made = with_frontend(
        {name: (words, n_in, what and ["%s %d" % (what, i)
                                       for i in range(counts[what])])
         for name, (words, n_in, what) in BRANCHES.items()},
        **{"mlg.from_head": "1", "fusion.branches": "31"})
    for branch in (made.audio, made.mlg):
        branch.mean.uniform_(-1, 1)
        branch.scale.uniform_(0.5, 1.5)
    return made


def with_frontend(branches, **metadata):
    return torch_models.create(
        branches, RANK, factors_id=17, **metadata,
        **{"audio.patch_frames": str(PATCH)},
        **{"audio.frontend." + key: str(value)
           for key, value in FRONTEND.items()})


def keep(made, name, tracks):
    folder, = sys.argv[1:]
    torch_models.write(made, os.path.join(folder, name + ".safetensors"))
    with open(os.path.join(folder, name + "_factors.f32"), "wb") as file:
        for known in tracks:
            with torch.no_grad():
                factor = made(artist_tracks=3, **known)
            file.write(struct.pack("<%df" % RANK, *factor.tolist()))


def main():
    torch.manual_seed(1)
    known = track()
    keep(networks(), "torch",
         [{name: known[name] for i, name in enumerate(known) if bits >> i & 1}
          for bits in range(1, 32)])
    keep(with_frontend({"audio": (FLATTEN, BANDS, None)}), "torch_flatten",
         [{"mel": known["mel"]}, {"mel": known["mel"][:SHORT]}])


main()
