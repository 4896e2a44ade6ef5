#!/usr/bin/env python3
"""
make_golden.py - what a front end should hear, computed without libltrec

Usage: make_golden.py FOLDER

Writes FOLDER/mel_<preset>.f32: the power, then the level, of four signals one
after the other, as little-endian floats [signal][row][band].  Everything is
computed in double precision with numpy's transform, from the definitions
rather than from anybody's code.

With librosa installed it also writes librosa_<preset>.f32, the same by
librosa itself, and says how far the two lie apart.
"""

import sys

import numpy as np

SECONDS = 0.3
MUSICNN_GAIN = 10000.0

PRESETS = {
    "default": dict(rate=22050, window=2048, hop=1024, bands=128, fmin=0.0,
                    fmax=11025.0, htk=False, norm=True, centred=False,
                    level="db_max"),
    "librosa": dict(rate=22050, window=2048, hop=512, bands=128, fmin=0.0,
                    fmax=11025.0, htk=False, norm=True, centred=True,
                    level="db_one"),
    "musicnn": dict(rate=16000, window=512, hop=256, bands=96, fmin=0.0,
                    fmax=8000.0, htk=False, norm=True, centred=True,
                    level="log1p"),
    "custom": dict(rate=16000, window=480, hop=160, bands=40, fmin=50.0,
                   fmax=7600.0, htk=True, norm=False, centred=False,
                   level="db_max"),
}

# ---- Signals: the same as in tests/signals.h ---------------------------------


def noise(n, seed):
    x, out = seed, np.empty(n)
    for i in range(n):
        x = (x * 1664525 + 1013904223) % 2**32
        out[i] = (x >> 8) / 2.0**24 - 0.5
    return out


def signals(rate):
    n = int(rate * SECONDS)
    t = np.arange(n) / rate
    sweep = 2 * np.pi * (50 * t + (0.45 * rate - 50) * t * t / (2 * SECONDS))
    made = [
        noise(n, 1),
        0.5 * np.sin(2 * np.pi * 997 * t),
        0.25 * np.sin(sweep),
        noise(n, 2) * np.exp(-20 * t),
    ]
    return [s.astype(np.float32).astype(np.float64) for s in made]


# ---- From the definitions ----------------------------------------------------


def hz_of(mel, htk):
    if htk:
        return 700 * (10 ** (mel / 2595) - 1)
    return np.where(mel < 15, mel * 200 / 3,
                    1000 * 6.4 ** ((np.maximum(mel, 15) - 15) / 27))


def mel_of(hz, htk):
    if htk:
        return 2595 * np.log10(1 + hz / 700)
    return hz * 3 / 200 if hz < 1000 else 15 + 27 * np.log(hz / 1000) / np.log(6.4)


def triangles(p):
    mels = np.linspace(mel_of(p["fmin"], p["htk"]), mel_of(p["fmax"], p["htk"]),
                       p["bands"] + 2)
    edges = hz_of(mels, p["htk"])
    hz = np.arange(p["window"] // 2 + 1) * p["rate"] / p["window"]
    bank = np.zeros((p["bands"], len(hz)))
    for b in range(p["bands"]):
        bank[b] = np.interp(hz, edges[b:b + 3], [0, 1, 0])
        if p["norm"]:
            bank[b] *= 2 / (edges[b + 2] - edges[b])
    return bank


def frames_of(x, p):
    window, hop = p["window"], p["hop"]
    if p["centred"]:
        count = 1 + len(x) // hop
        x = np.concatenate([np.zeros(window // 2), x])
    else:
        count = 1 + max(0, -(-(len(x) - window) // hop))
    x = np.concatenate([x, np.zeros(window + count * hop)])
    return np.stack([x[t * hop:t * hop + window] for t in range(count)])


def power_of(x, p):
    turn = np.arange(p["window"]) / p["window"]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * turn)
    spectrum = np.fft.rfft(frames_of(x, p) * hann, axis=1)
    return np.abs(spectrum) ** 2 @ triangles(p).T


def level_of(power, level):
    if level == "log1p":
        return np.log10(1 + MUSICNN_GAIN * power)
    db = 10 * np.log10(np.maximum(power, 1e-10))
    db = np.maximum(db, db.max() - 80)
    return db - db.max() if level == "db_max" else db


# ---- By librosa --------------------------------------------------------------


def by_librosa(x, p, librosa):
    power = librosa.feature.melspectrogram(
        y=x.astype(np.float32), sr=p["rate"], n_fft=p["window"],
        hop_length=p["hop"], n_mels=p["bands"]).T
    if p["level"] == "log1p":
        return power, np.log10(1 + MUSICNN_GAIN * power)
    return power, librosa.power_to_db(power)


def compare(preset, ours, theirs):
    power, level = 0.0, 0.0
    for (p, l), (q, m) in zip(ours, theirs):
        heard = p > 1e-8 * p.max()
        power = max(power, np.max(np.abs(q - p)[heard] / p[heard]))
        level = max(level, np.max(np.abs(m - l)))
    print(f"{preset}: librosa differs by {power:.2e} of the power, "
          f"{level:.2e} of the level")


def write(path, results):
    with open(path, "wb") as file:
        for power, level in results:
            file.write(power.astype("<f4").tobytes())
            file.write(level.astype("<f4").tobytes())


def main():
    folder = sys.argv[1]
    try:
        import librosa
        print("librosa", librosa.__version__, "numpy", np.__version__)
    except ImportError:
        librosa = None
    for preset, p in PRESETS.items():
        powers = [power_of(x, p) for x in signals(p["rate"])]
        ours = [(power, level_of(power, p["level"])) for power in powers]
        write(f"{folder}/mel_{preset}.f32", ours)
        if librosa and p["centred"]:
            theirs = [by_librosa(x, p, librosa) for x in signals(p["rate"])]
            write(f"{folder}/librosa_{preset}.f32", theirs)
            compare(preset, ours, theirs)


main()
