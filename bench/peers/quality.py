#!/usr/bin/env python3
"""Factors of ours beside those of implicit and cmfrec, on the same plays.

    bench/peers/quality.py [--folds-seed N] [DATA] [RANKS]

DATA is a folder as ../shared/data/README.md describes it, RANKS such as
32,128.  Items with at least 3 listeners; each listener's pairs are dealt into
five folds, with the seed N; a model ranks all items that are not in the
listener's training row.  Each model is tuned on a grid of 96 points: on the
first fold's training pairs, a fifth of them kept back, by NDCG@100.  The best
point then factorizes every fold's training pairs; implicit's exact solver, ten
times slower, takes that of its conjugate gradient.  A line has the means over
listeners, each one's folds averaged first, with 95 % bootstrap intervals, and
the best point, whose values at an end of what was tried are marked `!`; then
come the paired differences from the best peer, by NDCG@100, of the same rank.

One thread.  A peer that is not installed is skipped, and a line says so.
"""
import argparse
import ctypes
import itertools
import pathlib
import sys
import time

import numpy
import scipy.sparse

try:
    import implicit.als
except ImportError:
    implicit = None
try:
    import cmfrec
except ImportError:
    cmfrec = None

FOLDS = 5
LEAST_LISTENERS = 3
RESAMPLES = 2000
EPOCHS = 16
LONGEST = 100
# That our lambda is given for.  Regularization goes with the pairs of a row in
# ours and not in the others': tuned on some, it is then used on more of them.
PAIRS = 40000
LIBRARY = pathlib.Path(__file__).parents[2] / "build" / "libltrec.so"

# ---- Plays ------------------------------------------------------------------


def read_plays(path):
    users, items, rows, columns, counts = {}, {}, [], [], []
    with open(path, encoding="utf-8") as table:
        header = table.readline().rstrip("\n").split("\t")
        at = [header.index(name) for name in ("user", "item", "count")]
        for line in table:
            fields = line.rstrip("\n").split("\t")
            rows.append(users.setdefault(fields[at[0]], len(users)))
            columns.append(items.setdefault(fields[at[1]], len(items)))
            counts.append(float(fields[at[2]]))
    return scipy.sparse.csr_matrix((counts, (rows, columns)),
                                   shape=(len(users), len(items)))


def heard_enough(plays):
    listeners = numpy.diff(plays.tocsc().indptr)
    plays = plays[:, listeners >= LEAST_LISTENERS].tocsr()
    return plays[numpy.diff(plays.indptr) > 0]


def deal(plays, n, seed):
    """Which of n folds each pair is in, as even as can be in a row."""
    random = numpy.random.default_rng(seed)
    folds = numpy.empty(plays.nnz, dtype=int)
    for begin, end in itertools.pairwise(plays.indptr):
        order = random.permutation(end - begin) + random.integers(n)
        folds[begin:end] = order % n
    return folds


def part(plays, chosen):
    kept = plays.copy()
    kept.data = numpy.where(chosen, plays.data, 0)
    kept.eliminate_zeros()
    return kept


def weigh(plays, by):
    """What the pairs weigh, 1 on average."""
    weights = plays.astype(numpy.float32)
    weights.data = numpy.log1p(weights.data) if by == "log" else (
        numpy.ones_like(weights.data))
    weights.data /= weights.data.mean()
    return weights


# ---- Models: users' and items' vectors of a training matrix -----------------


class FactorizeOptions(ctypes.Structure):
    """The beginning of ltrec_factorize_options."""
    _fields_ = [("size", ctypes.c_size_t), ("rank", ctypes.c_uint32),
                ("epochs", ctypes.c_uint32), ("form", ctypes.c_int32),
                ("confidence", ctypes.c_int32), ("lambda_", ctypes.c_double),
                ("nu", ctypes.c_double), ("alpha0", ctypes.c_double),
                ("alpha", ctypes.c_double), ("epsilon", ctypes.c_double),
                ("init_scale", ctypes.c_double), ("seed", ctypes.c_uint64),
                ("solver", ctypes.c_int32), ("cg_steps", ctypes.c_uint32),
                ("item_prior", ctypes.c_void_p),
                ("progress", ctypes.c_void_p), ("user", ctypes.c_void_p),
                ("background", ctypes.c_int32), ("variance", ctypes.c_int32),
                ("checkpoint", ctypes.c_char_p),
                ("checkpoint_every", ctypes.c_uint32),
                ("patience", ctypes.c_uint32),
                ("validation_share", ctypes.c_double),
                ("dislikes", ctypes.c_void_p),
                ("item_power", ctypes.c_double)]


def pointer(array):
    return ctypes.c_void_p(array.ctypes.data)


class Library:
    """As much of libltrec as is needed."""

    def __init__(self):
        self.lib = ctypes.CDLL(str(LIBRARY))
        self.lib.ltrec_factors_vectors.restype = ctypes.POINTER(
            ctypes.c_float)
        self.lib.ltrec_itemitem_count.restype = ctypes.c_size_t
        self.ctx = self.make("context_create", None)

    def make(self, name, *arguments):
        made = ctypes.c_void_p()
        self.check(getattr(self.lib, "ltrec_" + name)(
            *arguments, ctypes.byref(made), None))
        return made

    @staticmethod
    def check(status):
        if status != 0:
            sys.exit(f"libltrec: status {status}")

    def interactions(self, train):
        plays = self.make("interactions_create", self.ctx, None)
        coordinates = train.tocoo()
        users = coordinates.row.astype(numpy.uint64)
        items = coordinates.col.astype(numpy.uint64)
        counts = coordinates.data.astype(numpy.float32)
        self.check(self.lib.ltrec_interactions_add(
            plays, ctypes.c_size_t(len(counts)), pointer(users),
            pointer(items), pointer(counts), None))
        self.check(self.lib.ltrec_interactions_finish(plays, None, None, None))
        return plays

    def rows(self, factors, known, n, rank):
        """Vectors by number: zeros where nothing was played."""
        out = numpy.zeros((n, rank), dtype=numpy.float32)
        out[known] = numpy.ctypeslib.as_array(
            self.lib.ltrec_factors_vectors(factors), (len(known), rank))
        self.lib.ltrec_factors_free(factors)
        return out

    def factorize(self, train, rank, by, share, lambda_, item_power):
        plays = self.interactions(train)
        played = numpy.unique(train.nonzero()[1])
        listeners = numpy.unique(train.nonzero()[0])
        options = FactorizeOptions()
        self.lib.ltrec_factorize_options_init(
            ctypes.byref(options), ctypes.c_size_t(ctypes.sizeof(options)))
        options.rank, options.epochs = rank, EPOCHS
        options.lambda_ = lambda_ * PAIRS / train.nnz
        options.alpha0 = share * train.nnz / len(played) / len(listeners)
        options.item_power = item_power
        if by == "log":
            options.confidence = 3
            options.alpha = 1 / numpy.log1p(train.data).mean()
        users, items = ctypes.c_void_p(), ctypes.c_void_p()
        self.check(self.lib.ltrec_factorize(
            self.ctx, plays, ctypes.byref(options), ctypes.byref(users),
            ctypes.byref(items), None, None))
        self.lib.ltrec_interactions_free(plays)
        return (self.rows(users, listeners, train.shape[0], rank),
                self.rows(items, played, train.shape[1], rank))

    def itemitem(self, train):
        """The scores of all listeners, with the defaults."""
        plays = self.interactions(train)
        model = self.make("itemitem_fit", self.ctx, plays, None)
        played = numpy.unique(train.nonzero()[1])
        row = numpy.zeros(len(played), dtype=numpy.float32)
        scores = numpy.zeros(train.shape, dtype=numpy.float32)
        for user, (begin, end) in enumerate(
                itertools.pairwise(train.indptr)):
            ids = train.indices[begin:end].astype(numpy.uint64)
            counts = train.data[begin:end].astype(numpy.float32)
            self.check(self.lib.ltrec_itemitem_score(
                model, ctypes.c_size_t(end - begin), pointer(ids),
                pointer(counts), pointer(row), None, None))
            scores[user, played] = row
        self.lib.ltrec_itemitem_free(model)
        self.lib.ltrec_interactions_free(plays)
        return scores


def implicit_als(cg):
    def factorize(train, rank, by, alpha, regularization):
        model = implicit.als.AlternatingLeastSquares(
            factors=rank, alpha=alpha, regularization=regularization,
            iterations=EPOCHS, use_cg=cg, num_threads=1, random_state=1)
        model.fit(weigh(train, by), show_progress=False)
        return model.user_factors, model.item_factors
    return factorize


def cmfrec_implicit(train, rank, by, alpha, regularization):
    model = cmfrec.CMF_implicit(k=rank, alpha=alpha, lambda_=regularization,
                                niter=EPOCHS, nthreads=1, verbose=False)
    model.fit(weigh(train, by).tocoo())
    return model.A_, model.B_


# 96 points each.
WEIGHTS = ["log", "one"]
OUR_GRID = {"by": WEIGHTS, "share": [1.25, 2.5, 5, 10],
            "lambda_": [0.02, 0.03, 0.045, 0.07],
            "item_power": [0, 0.25, 0.5]}
PEER_GRID = {"by": WEIGHTS, "alpha": [5, 10, 15, 20, 30, 45, 70, 110],
             "regularization": [30, 50, 80, 120, 180, 270]}


def models(library):
    """What factorizes, with its grid, or whose best point it takes."""
    found = {"ltrec": (library.factorize, OUR_GRID)}
    if implicit:
        found["implicit CG"] = (implicit_als(True), PEER_GRID)
        found["implicit Cholesky"] = (implicit_als(False), "implicit CG")
    else:
        print("# skipped: implicit is not installed")
    if cmfrec:
        found["cmfrec"] = (cmfrec_implicit, PEER_GRID)
    else:
        print("# skipped: cmfrec is not installed")
    return found


def points(grid):
    return [dict(zip(grid, point))
            for point in itertools.product(*grid.values())]


def tell_point(point, grid):
    """Its values, those at an end of what was tried marked."""
    return " ".join(
        f"{key}={value}" + "!" * (key in grid and key != "by" and
                                  value in (grid[key][0], grid[key][-1]))
        for key, value in point.items())


# ---- Figures ----------------------------------------------------------------


def figures(scores, train, test):
    """recall@20 and NDCG@100 of each listener, NaN where nothing is tested."""
    scores = scores.copy()
    scores[train.nonzero()] = -numpy.inf
    best = numpy.argpartition(-scores, LONGEST, axis=1)[:, :LONGEST]
    order = numpy.argsort(-numpy.take_along_axis(scores, best, 1), axis=1)
    best = numpy.take_along_axis(best, order, 1)
    discounts = 1 / numpy.log2(numpy.arange(2, LONGEST + 2))
    ideals = numpy.cumsum(discounts)
    out = numpy.full((train.shape[0], 2), numpy.nan)
    for user, (begin, end) in enumerate(itertools.pairwise(test.indptr)):
        if begin == end:
            continue
        hits = numpy.isin(best[user], test.indices[begin:end])
        out[user] = (hits[:20].sum() / min(20, end - begin),
                     hits @ discounts / ideals[min(LONGEST, end - begin) - 1])
    return out


def interval(values):
    random = numpy.random.default_rng(2)
    means = [values[random.integers(len(values), size=len(values))].mean(0)
             for _ in range(RESAMPLES)]
    return numpy.percentile(means, [2.5, 97.5], axis=0)


def tune(factorize, grid, rank, train, seed):
    kept = deal(train, FOLDS, seed)
    inner, outer = part(train, kept != 0), part(train, kept == 0)
    best = (-1, None)
    for point in points(grid):
        users, items = factorize(inner, rank, **point)
        ndcg = numpy.nanmean(figures(users @ items.T, inner, outer)[:, 1])
        best = max(best, (ndcg, list(point.items())))
    return dict(best[1])


def over_folds(plays, folds, score):
    found = [figures(score(part(plays, folds != fold)),
                     part(plays, folds != fold), part(plays, folds == fold))
             for fold in range(FOLDS)]
    return numpy.nanmean(found, axis=0)


def popularity(train):
    return numpy.tile(numpy.bincount(train.indices,
                                     minlength=train.shape[1]).astype(float),
                      (train.shape[0], 1))


def tell(name, rank, values, more=""):
    (low, low_n), (high, high_n) = interval(values)
    recall, ndcg = values.mean(0)
    print(f"{name},{rank},{recall:.4f},{low:.4f},{high:.4f},{ndcg:.4f},"
          f"{low_n:.4f},{high_n:.4f},{more}", flush=True)


def compare(rank, ours, peers):
    name, theirs = max(peers.items(), key=lambda one: one[1][:, 1].mean())
    means = theirs.mean(0)
    low, high = interval(ours - theirs) / means
    gain = ours.mean(0) / means - 1
    print(f"# rank {rank}: over {name}, recall@20 {gain[0]:+.1%} "
          f"({low[0]:+.1%} to {high[0]:+.1%}), NDCG@100 {gain[1]:+.1%} "
          f"({low[1]:+.1%} to {high[1]:+.1%})", flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("data", nargs="?", default="../shared/data",
                        type=pathlib.Path)
    parser.add_argument("ranks", nargs="?", default="32,128")
    parser.add_argument("--folds-seed", type=int, default=1)
    return parser.parse_args()


def main():
    args = arguments()
    data = args.data / "lastfm-mgp" / "plays.tsv"
    if not data.exists():
        print(f"# skipped: no {data}")
        return
    library = Library()
    plays = heard_enough(read_plays(data))
    folds = deal(plays, FOLDS, args.folds_seed)
    print(f"# {plays.shape[0]} listeners, {plays.shape[1]} items, "
          f"{plays.nnz} pairs, {FOLDS} folds of seed {args.folds_seed}")
    print("name,rank,recall@20,low,high,ndcg@100,low,high,setting")
    tell("popularity", 0, over_folds(plays, folds, popularity))
    tell("ltrec itemitem", 0, over_folds(plays, folds, library.itemitem))
    for rank in map(int, args.ranks.split(",")):
        found, best = {}, {}
        for name, (factorize, grid) in models(library).items():
            start = time.process_time()
            best[name] = point = best.get(grid) if isinstance(
                grid, str) else tune(factorize, grid, rank,
                                     part(plays, folds != 0),
                                     args.folds_seed + 6)

            def score(train):
                users, items = factorize(train, rank, **point)
                return users @ items.T
            found[name] = over_folds(plays, folds, score)
            tell(name, rank, found[name], f"{tell_point(point, grid)} in "
                 f"{time.process_time() - start:.0f} s")
        ours = found.pop("ltrec")
        if found:
            compare(rank, ours, found)


if __name__ == "__main__":
    main()
