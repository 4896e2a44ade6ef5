"""torch_models.py - libltrec's networks in PyTorch, there and back

A model file is a safetensors file whose tensors are named as PyTorch names
them, so a network may be trained on either side and used on the other:

    networks = torch_models.read("tiny.model")      # an nn.Module
    factor = networks(attributes=values)            # what a predictor says
    ...                                             # any training loop
    torch_models.write(networks, "tuned.model")     # ltrec_model_load() it

Needs torch and safetensors.  From a shell, with ltrec.py beside it:

    python3 torch_models.py check tiny.model   # both libraries side by side
    python3 torch_models.py copy tiny.model copy.model

docs/format.md names the tensors, docs/networks.md has the equations.
"""
import math
import sys

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

# The bits of `ltrec.branches`; the first five may be fused, in this order.
BRANCHES = ("audio", "mgp", "mlg", "genre", "artist", "fusion", "head")
FUSABLE = BRANCHES[:5]


class GlobalPool(nn.Module):
    """[batch][channels][frames] to mean, maximum and L2 over the frames."""

    def forward(self, x):
        squares = x.square().mean(2)
        return torch.cat([x.mean(2), x.amax(2), (squares + 1e-12).sqrt()], 1)


class Flatten(nn.Module):
    """[batch][channels][frames] to the first `frames`, one after another."""

    def __init__(self, frames):
        super().__init__()
        self.frames = frames

    def forward(self, x):
        return x[:, :, :self.frames].transpose(1, 2).flatten(1)


def layers(words, n_in):
    """The layers of docs/format.md, `conv 64 4, relu, ...`, for `n_in`."""
    made = []
    for word, *numbers in (layer.split() for layer in words.split(", ")):
        a, b = (*map(int, numbers), 0, 0)[:2]
        if word == "conv":
            made.append(nn.Conv1d(n_in, a, b))
        elif word == "dense":
            made.append(nn.Linear(n_in, a))
        elif word == "pool":
            made.append(nn.MaxPool1d(a))
        elif word == "flatten":
            made.append(Flatten(a))
        else:
            made.append({"relu": nn.ReLU, "global": GlobalPool,
                         "dropout": lambda: nn.Dropout(a / 65536)}[word]())
        n_in = {"conv": a, "dense": a, "global": 3 * n_in,
                "flatten": a * n_in}.get(word, n_in)
    return nn.Sequential(*made)


def least_frames(made):
    """How many the trunk needs to leave some for its last layer."""
    frames = 1
    for layer in reversed(made):
        if isinstance(layer, Flatten):
            frames = layer.frames
        elif isinstance(layer, nn.Conv1d):
            frames += layer.kernel_size[0] - 1
        elif isinstance(layer, nn.MaxPool1d):
            frames *= layer.kernel_size
    return frames


class Branch(nn.Module):
    """One network.  `mean` and `scale` are there for audio and MLG."""

    def __init__(self, words, n_in, mean=None, scale=None, linear=None,
                 statistics=2):
        super().__init__()
        self.statistics = statistics  # of each band of sound
        self.words, self.n_in = words, n_in
        self.layers = layers(words, n_in)
        self.register_buffer("linear", linear)
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)

    def describe(self, x):
        """What the linear path goes by, if it is not told."""
        if x.dim() != 3:
            return x
        moves = [(x[:, 2 ** i:] - x[:, :-2 ** i]).abs().mean(1)
                 if x.shape[1] > 2 ** i else torch.zeros_like(x[:, 0])
                 for i in range(self.statistics - 2)]
        return torch.cat([x.mean(1), x.std(1, correction=0), *moves], -1)

    def forward(self, x, features=None, which=...):
        """(outputs, inputs of the last layer, what was pooled or None)."""
        pooled = None
        beside = 0
        if self.linear is not None:
            features = self.describe(x) if features is None else features
            linear = self.linear[which]
            beside = features @ linear[:-1] + linear[-1]
        if x.dim() == 3:  # [batch][frames][bands]
            x = x.transpose(1, 2)
        for layer in self.layers[:-1]:
            x = layer(x)
            if isinstance(layer, (GlobalPool, Flatten)):
                pooled = x
        return self.layers[-1](x) + beside, x, pooled


def unit(x):
    return x / x.norm(dim=-1, keepdim=True).clamp_min(1e-30)


def known(values):
    """Values where there are some, and a bit where there are none."""
    return torch.cat([values.nan_to_num(0), values.isnan().float()], -1)


class Networks(nn.Module):
    """All branches of a model file, and what else was in it."""

    def __init__(self, branches, metadata, extras):
        super().__init__()
        for name, branch in branches.items():
            self.add_module(name, branch)
        self.metadata, self.extras = dict(metadata), dict(extras)

    def has(self, name):
        return name in self._modules

    def number(self, key):
        return int(self.metadata.get(key, 0))

    def hear(self, mel):
        """Half-overlapping patches, at the pace of the pools: their unit
        predictions, hidden units, features and pools, each averaged.  What is
        too short for one is filled up with its lowest level."""
        a, patch = self.audio, self.number("audio.patch_frames")
        floor = float(self.metadata.get("audio.soft_floor", 0))
        if floor > 0:
            above = mel + floor
            mel = (above + (above * above + 100).sqrt()) / 2 - floor
        lack = max(least_frames(a.layers) - len(mel), 0)
        mel = torch.cat([mel, mel.min().expand(lack, mel.shape[1])])
        pace = math.prod(layer.kernel_size for layer in a.layers
                         if isinstance(layer, nn.MaxPool1d))
        last = max(len(mel) - patch, 0) // pace * pace
        step = max(patch // 2 // pace, 1) * pace
        starts = [*range(0, last, step), last]
        x = torch.stack([mel[s:s + patch] for s in starts])
        x = (x - a.mean) * a.scale
        out, hidden, pooled = a(x)
        return (unit(out).mean(0), hidden.mean(0), a.describe(x).mean(0),
                pooled.mean(0))

    def run_branches(self, mel, attributes, machine, genres, artist,
                     artist_tracks):
        """{branch: (prediction, hidden units, features)} of what is known."""
        inputs, heard = {}, {}
        if mel is not None and self.has("audio"):
            out, hidden, features, pooled = self.hear(mel)
            heard["audio"] = out, hidden, features
            if machine is None and self.number("mlg.from_head"):
                if self.audio.statistics > 2:
                    pooled = torch.cat([pooled, features])
                machine = self.head(pooled)[0].sigmoid()
        if attributes is not None and self.has("mgp"):
            inputs["mgp"] = known(attributes)
        if machine is not None and self.has("mlg"):
            scaled = (machine - self.mlg.mean) * self.mlg.scale
            inputs["mlg"] = known(scaled)
        if genres is not None and self.has("genre"):
            inputs["genre"] = genres
        if artist is not None and self.has("artist"):
            tail = torch.tensor([artist_tracks + 1.0, 1.0])
            tail[0].log_()
            inputs["artist"] = torch.cat([artist, tail])
        for name, x in inputs.items():
            branch = getattr(self, name)
            heard[name] = *branch(x)[:2], branch.describe(x)
        return heard

    def forward(self, mel=None, attributes=None, machine=None, genres=None,
                artist=None, artist_tracks=1):
        """What ltrec_predictor_run() says of one track: [rank]."""
        heard = self.run_branches(mel, attributes, machine, genres, artist,
                                  artist_tracks)
        fused = self.number("fusion.branches")
        names = [n for i, n in enumerate(FUSABLE) if fused >> i & 1]
        if not any(name in heard for name in names):
            return unit(sum(self.weight(name) * unit(out)
                            for name, (out, *_) in heard.items()))
        hidden = [unit(heard[name][1]) if name in heard
                  else torch.zeros(getattr(self, name).layers[-1].in_features)
                  for name in names]
        present = torch.tensor([float(name in heard) for name in names])
        fused = unit(self.fusion(torch.cat([*hidden, present]),
                                 *self.fused_features(names, heard))[0])
        return unit(fused + self.stacked(names, heard))

    def stacked(self, names, heard):
        """What the branches say themselves, as much of it as is wanted."""
        stack = self.extras.get("fusion.stack", torch.zeros(len(FUSABLE)))
        if "artist" in names and "artist" not in heard:
            stack = self.extras.get("fusion.stack_alone", stack)
        return sum(stack[FUSABLE.index(name)] * unit(heard[name][0])
                   for name in names if name in heard)

    def fused_features(self, names, heard):
        """Those of all branches less their mean, zeros where there is none;
        and which of the linear paths, one for each set of inputs, is meant."""
        if self.fusion.linear is None:
            return None, None
        which = sum(1 << i for i, name in enumerate(names) if name in heard)
        parts, at = [], 0
        for name in names:
            branch = getattr(self, name)
            n = branch.n_in * (branch.statistics if name == "audio" else 1)
            mean = self.fusion.mean[at:at + n]
            parts.append(heard[name][2] - mean if name in heard
                         else torch.zeros(n))
            at += n
        return torch.cat(parts), which - 1

    def weight(self, name):
        return max(float(self.metadata[name + ".validation"]), 0.01)


# ---- Files ----------------------------------------------------------------


def swap(name, tensor):
    """Filters are [out][taps][in] in files, [out][in][taps] in PyTorch."""
    is_filter = name.endswith(".weight") and tensor.dim() == 3
    return tensor.transpose(1, 2).contiguous() if is_filter else tensor


def read(path):
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    branches = {}
    for name in BRANCHES:
        if name + ".layers" in metadata:
            branches[name] = Branch(
                metadata[name + ".layers"], int(metadata[name + ".inputs"]),
                tensors.pop(name + ".mean", None),
                tensors.pop(name + ".scale", None),
                tensors.pop(name + ".linear", None),
                int(metadata.get(name + ".statistics", 2)))
    state = {name: swap(name, tensors.pop(name)) for name in list(tensors)
             if ".layers." in name}
    networks = Networks(branches, metadata, tensors)
    networks.load_state_dict(state, strict=False)
    return networks.eval()


def write(networks, path):
    """A file without a checksum, which libltrec takes as it is."""
    tensors = {name: swap(name, tensor.detach()).contiguous()
               for name, tensor in networks.state_dict().items()}
    metadata = {**networks.metadata, "ltrec.checksum": "none"}
    save_file({**tensors, **networks.extras}, path, metadata)


def create(branches, rank, factors_id=0, **metadata):
    """Networks to be trained here: {name: (words, n_in, names)}, where
    `names` is what the inputs are called, or None."""
    made, extras, bits = {}, {}, 0
    for name, (words, n_in, names) in branches.items():
        standardised = {"audio": n_in, "mlg": n_in // 2}.get(name)
        scales = () if standardised is None else (
            torch.zeros(standardised), torch.ones(standardised))
        made[name] = Branch(words, n_in, *scales)
        bits |= 1 << BRANCHES.index(name)
        metadata.update({name + ".layers": words, name + ".inputs": str(n_in)})
        metadata.setdefault(name + ".validation", "0.5")
        if names:
            texts = [text.encode() + b"\0" for text in names]
            ends = [sum(map(len, texts[:i])) for i in range(len(texts) + 1)]
            extras[name + ".names"] = torch.tensor([*b"".join(texts)],
                                                   dtype=torch.uint8)
            extras[name + ".name_offsets"] = torch.tensor(ends).to(torch.uint64)
    flattens = any("flatten" in words for words, *_ in branches.values())
    metadata = {"ltrec.kind": "model", "ltrec.format": "3" if flattens else "1",
                "ltrec.version": "0.1.0", "ltrec.rank": str(rank),
                "ltrec.factors_id": str(factors_id), "ltrec.norm": "1.0",
                "ltrec.branches": str(bits), **metadata}
    return Networks(made, metadata, extras).eval()


# ---- Side by side -----------------------------------------------------------


def inputs_for(networks):
    """Made-up inputs, one of a kind that each branch there takes."""
    torch.manual_seed(1)
    made = {}
    if networks.has("audio"):
        frames = 3 * networks.number("audio.patch_frames")
        made["mel"] = torch.randn(frames, networks.audio.n_in)
    if networks.has("mgp"):
        made["attributes"] = torch.rand(networks.mgp.n_in // 2)
        made["attributes"][0] = float("nan")
    if networks.has("mlg"):
        made["machine"] = torch.randn(networks.mlg.n_in // 2)
    if networks.has("genre"):
        made["genres"] = torch.rand(networks.genre.n_in)
    if networks.has("artist"):
        made["artist"] = torch.randn(networks.artist.n_in - 2) / 4
    return made


def check(path):
    """The largest difference between the two, over each input and all."""
    import ltrec

    ctx = ltrec.Context()
    predictor = ltrec.Predictor(ctx, ltrec.Model(ctx, path))
    networks = read(path)
    made = inputs_for(networks)
    worst = 0
    for names in [*([name] for name in made), [*made]]:
        chosen = {name: made[name] for name in names}
        with torch.no_grad():
            here = networks(**chosen)
        there, _ = predictor.predict(
            **{name: value.flatten().numpy() for name, value in chosen.items()})
        difference = (here - torch.tensor(there)).abs().max().item()
        print("%-40s %.1e" % (" and ".join(names), difference))
        worst = max(worst, difference)
    return worst


def main():
    command, path, *rest = sys.argv[1:] + ["", ""]
    if (command, len(sys.argv)) not in (("check", 3), ("copy", 4)):
        sys.exit(__doc__)
    if command == "check" and check(path) > 1e-5:
        sys.exit("torch_models: the two disagree by more than 1e-5")
    if command == "copy":
        write(read(path), rest[0])


if __name__ == "__main__":
    main()
