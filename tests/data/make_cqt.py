#!/usr/bin/env python3
"""
make_cqt.py - what the preset `cqt` should hear, computed without libltrec

Usage: make_cqt.py FOLDER

Writes FOLDER/cqt_cqt.f32: the power of two signals one after the other, as
little-endian floats [signal][row][band].  Everything is computed in double
precision with numpy, from the definitions in docs/frontend.md: of every frame
a transform, times the sparse spectra of the kernels.

With librosa installed it also writes librosa_cqt.f32, the same by librosa's
cqt() with its defaults, and says how far the two lie apart.
"""

import sys

import numpy as np

RATE, HOP, BANDS, OCTAVE, TAPS = 22050, 1024, 96, 12, 128
FMIN = float(np.float32(440 * 2 ** (-45 / 12)))  # C1, as options have it
SECONDS = 2
PAD = 1 << 15

RATIO = 2.0 ** (2 / OCTAVE)
PERIODS = (RATIO + 1) / (RATIO - 1)

# ---- Signals: the same as in tests/test_dsp_constantq.c ----------------------


def noise(n, seed):
    x, out = seed, np.empty(n)
    for i in range(n):
        x = (x * 1664525 + 1013904223) % 2**32
        out[i] = (x >> 8) / 2.0**24 - 0.5
    return out


def signals():
    """A second of sound that fades in and out, in silence."""
    t = np.arange(RATE) / RATE
    fade = np.sin(np.pi * t) ** 2
    tones = sum(0.1 * np.sin(2 * np.pi * 49 * 2.1**j * t) for j in range(8))
    for sound in (noise(RATE, 1) * fade, tones * fade):
        x = np.zeros(SECONDS * RATE)
        x[RATE // 2:RATE // 2 + RATE] = sound
        yield x.astype(np.float32)


# ---- From the definitions ----------------------------------------------------


def spectra():
    """The sparse spectra of the highest octave's kernels."""
    made = np.zeros((OCTAVE, TAPS // 2 + 1), complex)
    for b in range(OCTAVE):
        hz = FMIN * 2.0 ** ((BANDS - OCTAVE + b) / OCTAVE)
        length = PERIODS * RATE / hz
        half = int(length / 2)
        n = np.arange(-half - 1, half)
        window = 0.5 - 0.5 * np.cos(2 * np.pi * (n + half + 1) / len(n))
        turned = window / window.sum() * np.exp(2j * np.pi * hz / RATE * n)
        kernel = np.zeros(TAPS, complex)
        kernel[n] = turned * np.sqrt(length)
        spectrum = np.fft.fft(kernel)[:TAPS // 2 + 1]
        size = np.sort(np.abs(spectrum))
        least = size[np.argmax(np.cumsum(size) >= 0.01 * size.sum())]
        made[b] = np.where(np.abs(spectrum) >= least, spectrum, 0)
    return made


def half_band():
    """What halves the rate, 79 taps."""
    n = np.arange(-39, 40)
    taps = np.sinc(n / 2) / 2 * np.kaiser(81, 12.26)[1:-1]
    odd = n % 2 != 0
    taps[odd] *= 0.5 / taps[odd].sum()
    return taps * (odd | (n == 0))


def power_of(x):
    rows = 1 + len(x) // HOP
    # A multiple of every level's step before it and enough of it after.
    x = np.concatenate([np.zeros(PAD), x, np.zeros(2 * PAD - len(x) % PAD)])
    out = np.empty((rows, BANDS))
    kernels, filter_ = spectra(), half_band()
    hop, first = HOP, PAD
    for octave in range(BANDS // OCTAVE):
        at = first + hop * np.arange(rows)[:, None] + np.arange(TAPS) - TAPS // 2
        bins = np.fft.fft(np.roll(x[at], -TAPS // 2, axis=1), axis=1)
        response = bins[:, :TAPS // 2 + 1] @ kernels.T / TAPS
        high = BANDS - OCTAVE * octave
        out[:, high - OCTAVE:high] = 2.0**octave * np.abs(response) ** 2
        x = np.convolve(x, filter_, "same")[::2]
        hop, first = hop // 2, first // 2
    return out


# ---- By librosa --------------------------------------------------------------


def compare(ours, theirs):
    heard = ours > 1e-8 * ours.max()
    apart = np.abs(theirs - ours)[heard] / ours[heard]
    db = 10 * np.abs(np.log10(theirs[heard] / ours[heard]))
    print(f"librosa differs by {np.median(apart):.1e} of the power in the "
          f"median, {np.quantile(db, 0.99):.4f} dB at 99 %, {db.max():.3f} dB "
          f"at most, {np.abs(theirs - ours).max() / ours.max():.1e} of the "
          "largest")


def main():
    folder = sys.argv[1]
    ours = [power_of(x.astype(float)) for x in signals()]
    np.concatenate(ours).astype("<f4").tofile(f"{folder}/cqt_cqt.f32")
    try:
        import librosa
    except ImportError:
        return
    print("librosa", librosa.__version__, "numpy", np.__version__)
    theirs = [np.abs(librosa.cqt(x, sr=RATE, hop_length=HOP,
                                 n_bins=BANDS)).T ** 2 for x in signals()]
    np.concatenate(theirs).astype("<f4").tofile(f"{folder}/librosa_cqt.f32")
    for pair in zip(ours, theirs):
        compare(*pair)


main()
