#!/usr/bin/env python3
"""How near a track's vector is to the truth, from no plays to many.

    bench/peers/blend.py DATA [RANK]

DATA is a folder as ../shared/data/README.md describes it.  Of HetRec Last.fm,
artists with attributes or genres are held out in five folds, factorized
without (`build/ltrec factorize`) and predicted by ridge regression from those
of the other folds.  The truth of one with at least 30 listeners is the fold-in
of them all; of the first n by chance, for each n, come a fold-in, its posterior
variance and the vectors of docs/recommend.md, all in double.

A table has mean cosines with the truth, one the NDCG@100 of the listeners that
were never seen, and below are paired differences with 95 % bootstraps.
"""
import collections
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy

TOOL = pathlib.Path(__file__).parents[2] / "build" / "ltrec"
FOLDS, LEAST, PENALTY, LAMBDA, PRIOR_PLAYS = 5, 30, 30, 0.015, 5
LEVELS = [1, 2, 3, 5, 10, 20]
RESAMPLES = 1000


def table(path):
    with open(path, encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines, delimiter="\t",
                               quoting=csv.QUOTE_NONE))[1:]


def columns(data):
    """{item: its row}: shares of attributes and genres, and descriptors."""
    said, heard, names = collections.defaultdict(dict), {}, {}
    for name in ("attributes.tsv", "genres.tsv"):
        for item, value, share in table(data / name):
            column = names.setdefault((name, value), len(names))
            said[item][column] = float(share)
    for item, *values in table(data / "machine.tsv"):
        heard[item] = [float(value or "nan") for value in values]
    width = len(next(iter(heard.values())))
    items = sorted(said)
    machine = numpy.array([heard.get(i, [numpy.nan] * width) for i in items])
    machine = (machine - numpy.nanmean(machine, 0)) / numpy.nanstd(machine, 0)
    shares = numpy.zeros((len(items), len(names)))
    for row, item in enumerate(items):
        shares[row, list(said[item])] = list(said[item].values())
    return items, numpy.hstack([shares, numpy.nan_to_num(machine)])


def read_factors(path):
    """{name: row} and the vectors of a factor file."""
    content = path.read_bytes()
    begin = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:begin])

    def tensor(name, kind):
        first, last = header[name]["data_offsets"]
        return numpy.frombuffer(content[begin + first:begin + last], kind)

    ends, text = tensor("name_offsets", numpy.uint64), tensor("names", "u1")
    names = [bytes(text[a:b]).decode() for a, b in zip(ends, ends[1:])]
    vectors = tensor("factors", numpy.float32).astype(float)
    return ({name: row for row, name in enumerate(names)},
            vectors.reshape(len(names), -1))


class Trained:
    """Plays factorized without some items."""

    def __init__(self, plays, heldout, rank):
        kept = [row for row in plays if row[1] not in heldout]
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            with open(folder / "plays", "w", encoding="utf-8") as out:
                out.write("user\titem\tcount\n")
                out.writelines("\t".join(row) + "\n" for row in kept)
            subprocess.run([TOOL, "factorize", "--plays", folder / "plays",
                            "--rank", str(rank), "--out", folder / "items",
                            "--users-out", folder / "users", "--threads", "1",
                            "--quiet"], check=True, stdout=subprocess.DEVNULL)
            self.users, self.x = read_factors(folder / "users")
            self.items, self.y = read_factors(folder / "items")
        pairs = numpy.array([(self.users[u], self.items[i])
                             for u, i, _ in kept])
        size = len(self.x) * len(self.y)
        self.alpha0 = 10 * len(pairs) / size
        self.gram = self.x.T @ self.x
        scores = (self.x[pairs[:, 0]] * self.y[pairs[:, 1]]).sum(1)
        loss = ((scores - 1) ** 2).sum() + self.alpha0 * numpy.trace(
            self.gram @ (self.y.T @ self.y))
        self.noise = loss / (len(pairs) + self.alpha0 * size)
        self.typical = numpy.median(numpy.linalg.norm(self.y, axis=1))

    def fold_in(self, listeners, prior):
        """The vector, and its posterior variance."""
        known = self.x[listeners]
        rho = LAMBDA * (len(listeners) + self.alpha0 * len(self.x))
        matrix = (self.alpha0 * self.gram + known.T @ known
                  + rho * numpy.eye(len(self.gram)))
        found = prior + numpy.linalg.solve(matrix,
                                           known.T @ (1 - known @ prior))
        return found, self.noise * numpy.trace(numpy.linalg.inv(matrix))

    def predict(self, items, rows, heldout):
        """Unit vectors for all items, from those not held out."""
        learns = [n for n, item in enumerate(items)
                  if item in self.items and item not in heldout]
        target = self.y[[self.items[items[n]] for n in learns]]
        target /= numpy.linalg.norm(target, axis=1)[:, None]
        centre, mean = rows[learns].mean(0), target.mean(0)
        x = rows[learns] - centre
        weights = x.T @ numpy.linalg.solve(
            x @ x.T + PENALTY * numpy.eye(len(learns)), target - mean)
        found = (rows - centre) @ weights + mean
        return found / numpy.linalg.norm(found, axis=1)[:, None]


def unit(vector):
    return vector / numpy.linalg.norm(vector)


def ndcg(x, vector, seen, relevant):
    scores = x @ vector
    scores[seen] = -numpy.inf
    best = numpy.argsort(-scores, kind="stable")[:100]
    gains = 1 / numpy.log2(numpy.arange(2, 102))
    hits = numpy.isin(best, relevant)
    return gains[hits].sum() / gains[:min(100, len(relevant))].sum()


def vectors(trained, listeners, guess, q):
    """{name: vector} from so many listeners and a unit prediction."""
    y, variance = trained.fold_in(listeners, numpy.zeros_like(guess))
    length = trained.typical
    counted = len(listeners) / PRIOR_PLAYS

    def mean(p):
        s = p / (p + q)
        return s * y + (1 - s) * length * guess

    def mixed(p):
        return (numpy.sqrt(p * (1 + p)) * unit(y)
                + numpy.sqrt(q * (1 + q)) * guess)

    trust = y @ y / variance
    return {"plays alone": y, "content alone": guess,
            "weighted mean, by plays": mean(counted),
            "weighted mean, by variance": mean(trust),
            "by plays": mixed(counted), "by variance": mixed(trust),
            "folded in with the prior":
                trained.fold_in(listeners, length * guess)[0]}, trust


def compare(name, other, figures):
    random = numpy.random.default_rng(0)
    print(f"{name} over {other}:")
    for kind in ("cosine", "ndcg"):
        cells = []
        for n in LEVELS:
            d = (numpy.array(figures[kind, name, n])
                 - numpy.array(figures[kind, other, n]))
            means = d[random.integers(0, len(d), (RESAMPLES, len(d)))].mean(1)
            low, high = numpy.percentile(means, [2.5, 97.5])
            cells.append(f"{d.mean():+.4f} ({low:+.4f} {high:+.4f})")
        print(f"  {kind:8}", *cells)


def main():
    data = pathlib.Path(sys.argv[1]) / "lastfm-mgp"
    rank = int(sys.argv[2]) if len(sys.argv) > 2 else 64
    plays = table(data / "plays.tsv")
    by_item = collections.defaultdict(list)
    for user, item, _ in plays:
        by_item[item].append(user)
    items, rows = columns(data)
    random = numpy.random.default_rng(1)
    fold = random.permutation(len(items)) % FOLDS
    figures, tracks = collections.defaultdict(list), []
    for f in range(FOLDS):
        heldout = {items[n] for n in numpy.flatnonzero(fold == f)}
        trained = Trained(plays, heldout, rank)
        guesses = trained.predict(items, rows, heldout)
        for n in numpy.flatnonzero(fold == f):
            known = [trained.users[u] for u in by_item[items[n]]
                     if u in trained.users]
            if len(known) >= LEAST:
                known = random.permutation(known)
                truth = trained.fold_in(known, numpy.zeros(rank))[0]
                tracks.append((trained, known, guesses[n], unit(truth)))
    c = numpy.mean([guess @ truth for _, _, guess, truth in tracks])
    q = c * c / (1 - c * c)
    for trained, known, guess, truth in tracks:
        for n in LEVELS:
            found, trust = vectors(trained, known[:n], guess, q)
            figures["trust", n].append(numpy.sqrt(trust / (1 + trust)))
            for name, vector in found.items():
                figures["cosine", name, n].append(unit(vector) @ truth)
                figures["ndcg", name, n].append(ndcg(
                    trained.x, vector, known[:LEVELS[-1]],
                    known[LEVELS[-1]:]))
    print(f"rank {rank}, {len(tracks)} artists, mean cosine of predictions "
          f"{c:.3f}; after", *LEVELS, "listeners")
    for kind in ("cosine", "ndcg"):
        print(kind)
        for name in found:
            print(f"  {name:28}", *(f"{numpy.mean(figures[kind, name, n]):.4f}"
                                    for n in LEVELS))
    print("cosine of plays alone that the variance promises:",
          *(f"{numpy.mean(figures['trust', n]):.3f}" for n in LEVELS))
    for name in ("by plays", "by variance"):
        compare(name, "weighted mean, by plays", figures)
    compare("by variance", "by plays", figures)


main()
