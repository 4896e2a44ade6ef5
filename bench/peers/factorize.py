#!/usr/bin/env python3
"""Epochs of ours beside those of implicit, in one run.

    bench/peers/factorize.py [LISTENERS ITEMS PAIRS [RANKS [THREADS]]]

The default is 100000 50000 10000000 64,128,256 1,2.  Both minimise the loss
of Hu, Koren and Volinsky (2008), on the same plays, with the steps of conjugate
gradient a row that are their defaults: two preconditioned ones of ours, three
of implicit.  Plays are drawn with a long tail: an item's share
falls as (place + 20)^-0.8, listeners differ in diligence by a log-normal law.

Each round takes an epoch of either, so that both see the same machine; a line
has the median over the rounds, in seconds of the wall clock, and the loss
after as many epochs.  What surrounds the epochs - drawing the first vectors,
turning rows into columns, handing out - is in neither time. 
"""
import ctypes
import os
import pathlib
import statistics
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy

import numpy
import scipy.sparse

try:
    from implicit.cpu.als import AlternatingLeastSquares
except ImportError:
    sys.exit("skipped: implicit is not installed")

ROUNDS = 5
ALPHA = 4.0
LAMBDA = 0.01
HU, LINEAR = 2, 2
LIBRARY = pathlib.Path(__file__).parents[2] / "build" / "libltrec.so"
PROGRESS = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint64,
                            ctypes.c_uint64)


def pointer(array):
    return ctypes.c_void_p(array.ctypes.data)


class ContextOptions(ctypes.Structure):
    """ltrec_context_options."""
    _fields_ = [("size", ctypes.c_size_t), ("allocate", ctypes.c_void_p),
                ("release", ctypes.c_void_p), ("user", ctypes.c_void_p),
                ("threads", ctypes.c_uint32), ("kernels", ctypes.c_int32)]


class Error(ctypes.Structure):
    """ltrec_error."""
    _fields_ = [("code", ctypes.c_int32), ("message", ctypes.c_char * 252)]


class Options(ctypes.Structure):
    """ltrec_factorize_options, as far as it is needed here."""
    _fields_ = [("size", ctypes.c_size_t), ("rank", ctypes.c_uint32),
                ("epochs", ctypes.c_uint32), ("form", ctypes.c_int32),
                ("confidence", ctypes.c_int32), ("lambda_", ctypes.c_double),
                ("nu", ctypes.c_double), ("alpha0", ctypes.c_double),
                ("alpha", ctypes.c_double), ("epsilon", ctypes.c_double),
                ("init_scale", ctypes.c_double), ("seed", ctypes.c_uint64),
                ("solver", ctypes.c_int32), ("cg_steps", ctypes.c_uint32),
                ("item_prior", ctypes.c_void_p), ("progress", PROGRESS),
                ("user", ctypes.c_void_p), ("background", ctypes.c_int32)]


class Ours:
    def __init__(self, plays, threads):
        self.lib = ctypes.CDLL(str(LIBRARY))
        for name in ("ltrec_factors_vectors", "ltrec_interactions_user_ids"):
            getattr(self.lib, name).restype = ctypes.c_void_p
        self.shape, self.error = plays.shape, Error()
        error = ctypes.byref(self.error)
        self.ctx, self.plays = ctypes.c_void_p(), ctypes.c_void_p()
        options = ContextOptions()
        self.lib.ltrec_context_options_init(
            ctypes.byref(options), ctypes.c_size_t(ctypes.sizeof(options)))
        options.threads = threads
        self.check(self.lib.ltrec_context_create(
            ctypes.byref(options), ctypes.byref(self.ctx), error))
        self.check(self.lib.ltrec_interactions_create(
            self.ctx, None, ctypes.byref(self.plays), error))
        users, items = (side.astype(numpy.uint64)
                        for side in (plays.row, plays.col))
        self.check(self.lib.ltrec_interactions_add(
            self.plays, ctypes.c_size_t(plays.nnz), pointer(users),
            pointer(items), pointer(plays.data), error))
        self.check(self.lib.ltrec_interactions_finish(
            self.plays, None, None, error))

    def check(self, status):
        if status != 0:
            sys.exit(self.error.message.decode())

    def factorize(self, rank, epochs):
        """Seconds of each epoch, and the factors."""
        times = []

        def progress(_, done, total):
            if done * epochs >= total * len(times):
                times.append(time.perf_counter())
            return 0

        options = Options()
        self.lib.ltrec_factorize_options_init(
            ctypes.byref(options), ctypes.c_size_t(ctypes.sizeof(options)))
        options.rank, options.epochs = rank, epochs
        options.form, options.confidence = HU, LINEAR
        options.lambda_, options.nu, options.alpha0 = LAMBDA, 0, 1
        options.alpha = ALPHA
        options.progress = PROGRESS(progress)
        users, items = ctypes.c_void_p(), ctypes.c_void_p()
        self.check(self.lib.ltrec_factorize(
            self.ctx, self.plays, ctypes.byref(options), ctypes.byref(users),
            ctypes.byref(items), None, ctypes.byref(self.error)))
        factors = [self.copy(side, n, rank)
                   for side, n in zip((users, items), self.shape)]
        return [b - a for a, b in zip(times, times[1:])], factors

    def copy(self, factors, n, rank):
        at = self.lib.ltrec_factors_vectors(factors)
        floats = ctypes.cast(at, ctypes.POINTER(ctypes.c_float))
        found = numpy.ctypeslib.as_array(floats, (n, rank)).copy()
        self.lib.ltrec_factors_free(factors)
        return found


class Theirs:
    def __init__(self, plays, threads):
        self.plays, self.threads = (plays * ALPHA).tocsr(), threads
        self.plays.data += 1

    def factorize(self, rank, epochs):
        times = []
        model = AlternatingLeastSquares(
            factors=rank, regularization=LAMBDA, use_cg=True,
            iterations=epochs, num_threads=self.threads, random_state=1)
        model.fit(self.plays, show_progress=False,
                  callback=lambda i, seconds, loss: times.append(seconds))
        return times, (model.user_factors, model.item_factors)


def draw(n_users, n_items, n_pairs):
    """Counts, each listener and item at least once, in COO."""
    random = numpy.random.default_rng(1)
    shares = (numpy.arange(n_items) + 20.0) ** -0.8
    activity = numpy.exp(0.5 * random.standard_normal(n_users))
    each = numpy.arange(max(n_users, n_items), dtype=numpy.uint64)
    each = (each % n_users) * n_items + each % n_items
    keys = each
    while len(keys) < n_pairs:
        n = int((n_pairs - len(keys)) * 1.1) + 1000
        users = random.choice(n_users, n, p=activity / activity.sum())
        items = random.choice(n_items, n, p=shares / shares.sum())
        keys = numpy.unique(numpy.concatenate(
            [keys, users.astype(numpy.uint64) * n_items + items.astype(
                numpy.uint64)]))
    rest = random.permutation(numpy.setdiff1d(keys, each))
    keys = numpy.sort(numpy.concatenate([each, rest[:n_pairs - len(each)]]))
    counts = random.geometric(0.3, len(keys)).astype(numpy.float32)
    return scipy.sparse.coo_matrix(
        (counts, ((keys // n_items).astype(numpy.int32),
                  (keys % n_items).astype(numpy.int32))), (n_users, n_items))


def loss_of(plays, factors):
    x, y = factors
    gram = (x.T @ x).astype(float) * (y.T @ y).astype(float)
    loss = gram.sum() + LAMBDA * (float((x * x).sum()) + float((y * y).sum()))
    for at in range(0, plays.nnz, 1 << 18):
        part = slice(at, at + (1 << 18))
        scores = numpy.einsum("ij,ij->i", x[plays.row[part]],
                              y[plays.col[part]]).astype(float)
        weights = 1 + ALPHA * plays.data[part]
        loss += (weights * (1 - scores) ** 2 - scores ** 2).sum()
    return loss


def compare(plays, rank, threads):
    both = {"ltrec": Ours(plays, threads), "implicit": Theirs(plays, threads)}
    times = {name: [] for name in both}
    for _ in range(ROUNDS):
        for name, one in both.items():
            seconds, _ = one.factorize(rank, 1)
            times[name] += seconds
    medians = {name: statistics.median(t) for name, t in times.items()}
    for name, one in both.items():
        loss = loss_of(plays, one.factorize(rank, 3)[1])
        print(f"{name},{plays.nnz},{rank},{threads},{medians[name]:.3f},"
              f"{medians['implicit'] / medians[name]:.2f},{loss:.6g}",
              flush=True)


def numbers(text):
    return [int(part) for part in text.split(",")]


def main():
    shape = [int(a) for a in sys.argv[1:4]] or [100000, 50000, 10000000]
    ranks = numbers(sys.argv[4]) if len(sys.argv) > 4 else [64, 128, 256]
    threads = numbers(sys.argv[5]) if len(sys.argv) > 5 else [1, 2]
    plays = draw(*shape)
    print("name,pairs,rank,threads,seconds_an_epoch,times_as_fast,loss")
    for rank in ranks:
        for n in threads:
            compare(plays, rank, n)


if __name__ == "__main__":
    main()
