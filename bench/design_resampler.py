#!/usr/bin/env python3
"""The series of lib/dsp/polyphase.c, found by linear programming.

    bench/design_resampler.py

An impulse response sinc(2 * 0.48 d) * the sum over k of a[k] cos(pi k d / D),
where |d| < D samples of the lower rate.  Of all such a with a gain of 1 at
0 Hz the one is taken that leaves least of tones from half the rate on, and
1 dB more in the pass-band, up to 92 % of half the rate.  Away from the two
edges errors are to fall by 12 dB, so that most of the spectrum is better than
its worst places, and beyond 0.7 of the rate further, as that is where all the
images of a ratio of large numbers come from.  Needs numpy and scipy, which
`make peers` fetches.
"""
import numpy
from scipy.optimize import linprog

HALF_LENGTH = 77.5
CUTOFF = 0.48
TERMS = 16
SCALE = 1e5  # what the solver takes for zero is then small enough

x, w = numpy.polynomial.legendre.leggauss(600)
distance = (x + 1) / 2 * HALF_LENGTH
weight = w * HALF_LENGTH
terms = numpy.stack([2 * CUTOFF * numpy.sinc(2 * CUTOFF * distance) *
                     numpy.cos(numpy.pi * k * distance / HALF_LENGTH)
                     for k in range(TERMS)], 1)


def gains(hz):
    """What each term adds to the gain at parts of the lower rate."""
    turns = numpy.cos(2 * numpy.pi * numpy.outer(hz, distance))
    return turns @ (terms * weight[:, None])


def away(hz):
    """What is asked so far from an edge: 200 dB a rate less, 12 at most."""
    return 10 ** (-numpy.clip(hz * 200, 0, 12) / 20)


def main():
    low = numpy.concatenate([numpy.linspace(0, 0.4, 200),
                             numpy.linspace(0.4, 0.46, 160)])
    high = numpy.concatenate([numpy.linspace(0.5, 0.58, 240),
                              numpy.linspace(0.58, 1.2, 700),
                              numpy.linspace(1.2, 3, 400)])
    down = away(high - 0.507) * numpy.minimum(1, 0.7 / high)
    more = 10 ** (1 / 20) * away(0.453 - low)
    kept = gains(low)
    left = gains(high)
    rows = numpy.vstack([numpy.hstack([kept, -more[:, None]]),
                         numpy.hstack([-kept, -more[:, None]]),
                         numpy.hstack([left, -down[:, None]]),
                         numpy.hstack([-left, -down[:, None]])])
    most = numpy.concatenate([numpy.ones(len(low)), -numpy.ones(len(low)),
                              numpy.zeros(2 * len(high))])
    still = numpy.hstack([gains([0.0]), [[0]]])
    found = linprog([0] * TERMS + [1], A_ub=rows * SCALE, b_ub=most * SCALE,
                    A_eq=still * SCALE, b_eq=[SCALE], bounds=(None, None),
                    method="highs")
    series = found.x[:-1]

    def decibels(values):
        return 20 * numpy.log10(numpy.abs(values).max())

    print(f"# pass-band {decibels(kept @ series - 1):.1f} dB, "
          f"stop-band {decibels(left @ series):.1f} dB")
    print(",\n".join(f"{a:.9e}" for a in series / series.sum()))


if __name__ == "__main__":
    main()
