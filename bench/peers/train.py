#!/usr/bin/env python3
"""Networks of ours beside PyTorch's and ONNX Runtime's, in one run.

    bench/peers/train.py [--threads N] [--rounds N] [--rows N] [--patches N]
                         [--minutes N] [--kernels portable|avx2|avx512] [--cpu]
                         [--precision float32|bf16]
                         [mgp] [audio] [small] [flatten]
                         [track] [small-track] [flatten-track]

mgp    an epoch of ROWS tracks of 400 attributes (800 inputs), hidden 2048,
       rank 200, batch 256, Adam, dropout one half: ours and PyTorch's
audio  PATCHES patches of 35 s through the reference network, batch 64; small,
       flatten: through these
track  a track of MINUTES from log-mel to factors, in half-overlapping patches;
       ours, and ONNX Runtime with the same weights; the others likewise

Same network, optimiser, threads and batch.  Each round times each side once,
so that all see the same machine; lines have the median of the rounds and the
median of their ratios.  Ours is timed through the public functions, crops and
batches included; PyTorch gets its inputs ready made, its fused Adam, denormals
flushed, and oneDNN.  Only ours has a choice of precision.  On a machine that
others use, --threads 1 --cpu counts the processor's time.
"""
import argparse
import ctypes
import pathlib
import statistics
import sys
import tempfile
import time

import numpy
import torch
from torch import nn

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "examples" / "python"))

import torch_models  # noqa: E402

ATTRIBUTES, RANK, BANDS, PATCH = 400, 200, 128, 754
AUDIO, MGP = 1, 2
PRECISIONS = {"float32": 0, "bf16": 1}
NETWORKS = {"": 1, "small": 2, "flatten": 3}
PACES = {1: 16, 2: 16, 3: 64}  # frames between the starts of patches, at least
KERNELS = {"auto": 0, "portable": 1, "avx2": 2, "avx512": 3}
SETTINGS = {}


def clock():
    """Of the wall, or with --cpu of the processor: one thread's own time."""
    return time.process_time() if SETTINGS["cpu"] else time.perf_counter()


def fields(name, **types):
    return type(name, (ctypes.Structure,), {"_fields_": [
        ("size", ctypes.c_size_t), *types.items()]})


ContextOptions = fields(
    "ContextOptions", allocate=ctypes.c_void_p, release=ctypes.c_void_p,
    user=ctypes.c_void_p, threads=ctypes.c_uint32, kernels=ctypes.c_int32)
FrontendOptions = fields("FrontendOptions", rest=ctypes.c_char * 248)
DatasetOptions = fields(
    "DatasetOptions", frontend=ctypes.c_void_p,
    n_attributes=ctypes.c_size_t, n_machine=ctypes.c_size_t,
    n_genres=ctypes.c_size_t,
    attribute_names=ctypes.POINTER(ctypes.c_char_p),
    machine_names=ctypes.c_void_p, genre_names=ctypes.c_void_p)
Track = fields(
    "Track", mel=ctypes.c_void_p, n_frames=ctypes.c_size_t,
    attributes=ctypes.c_void_p, machine=ctypes.c_void_p,
    genres=ctypes.c_void_p, artist=ctypes.c_void_p,
    artist_tracks=ctypes.c_uint32)
EPOCH = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32,
                         ctypes.c_double, ctypes.c_double)
PROGRESS = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint64,
                            ctypes.c_uint64)
TrainOptions = fields(
    "TrainOptions", audio=ctypes.c_int32, patch_seconds=ctypes.c_float,
    patches=ctypes.c_uint32, hidden=ctypes.c_uint32, dropout=ctypes.c_float,
    input_dropout=ctypes.c_float, fuse_dropout=ctypes.c_float,
    branch_dropout=ctypes.c_float, fuse=ctypes.c_uint32,
    head_folds=ctypes.c_uint32, epochs=ctypes.c_uint32,
    patience=ctypes.c_uint32, batch=ctypes.c_uint32, rate=ctypes.c_float,
    validation=ctypes.c_float, split=ctypes.c_int32,
    min_plays=ctypes.c_uint32, kappa=ctypes.c_float, seed=ctypes.c_uint64,
    provenance=ctypes.c_char_p, epoch=EPOCH, progress=PROGRESS,
    user=ctypes.c_void_p, schedule=ctypes.c_int32, warmup=ctypes.c_float,
    decay=ctypes.c_float, average=ctypes.c_float, linear=ctypes.c_int32,
    contrast=ctypes.c_float, temperature=ctypes.c_float,
    mask=ctypes.c_float, mixup=ctypes.c_float, stripes=ctypes.c_uint32,
    auxiliary=ctypes.c_float, distil=ctypes.c_float,
    record=ctypes.c_void_p, checkpoint=ctypes.c_char_p,
    checkpoint_epochs=ctypes.c_uint32, precision=ctypes.c_int32)
PredictorOptions = fields(
    "PredictorOptions", branches=ctypes.c_uint32, full_track=ctypes.c_int32,
    precision=ctypes.c_int32)


class Ours:
    """A dataset of tracks with random targets, and what is done with it."""

    def __init__(self):
        self.lib = ctypes.CDLL(str(ROOT / "build" / "libltrec.so"))
        self.ctx = ctypes.c_void_p()
        options = self.options("context", ContextOptions)
        options.threads = SETTINGS["threads"]
        options.kernels = KERNELS[SETTINGS["kernels"]]
        self.call("context_create", ctypes.byref(options),
                  ctypes.byref(self.ctx), None)

    def options(self, name, kind):
        made = kind()
        getattr(self.lib, f"ltrec_{name}_options_init")(
            ctypes.byref(made), ctypes.c_size_t(ctypes.sizeof(made)))
        return made

    def call(self, name, *arguments):
        status = getattr(self.lib, f"ltrec_{name}")(*arguments)
        if status != 0:
            sys.exit(f"ltrec_{name}: status {status}")

    def teach(self, targets, attributes=None, mels=None):
        self.dataset, self.factors = ctypes.c_void_p(), ctypes.c_void_p()
        options = self.options("dataset", DatasetOptions)
        if attributes is not None:
            names = [b"attribute %d" % i for i in range(ATTRIBUTES)]
            options.n_attributes = ATTRIBUTES
            options.attribute_names = (ctypes.c_char_p * ATTRIBUTES)(*names)
        else:
            frontend = self.options("frontend", FrontendOptions)
            options.frontend = ctypes.addressof(frontend)
        self.call("dataset_create", self.ctx, ctypes.byref(options),
                  ctypes.byref(self.dataset), None)
        for i in range(len(targets)):
            self.call("dataset_add", self.dataset, ctypes.c_uint64(i + 1),
                      ctypes.c_uint64(0), ctypes.byref(self.track(
                          attributes=None if attributes is None
                          else attributes[i],
                          mel=None if mels is None else mels[i % len(mels)])),
                      None)
        ids = numpy.arange(1, len(targets) + 1, dtype=numpy.uint64)
        self.call("factors_create", self.ctx, ctypes.c_size_t(len(targets)),
                  ctypes.c_size_t(RANK), ctypes.c_void_p(ids.ctypes.data),
                  ctypes.c_void_p(targets.ctypes.data), None,
                  ctypes.byref(self.factors), None)

    def track(self, attributes=None, mel=None):
        track = Track()
        self.lib.ltrec_track_init(ctypes.byref(track), ctypes.c_size_t(
            ctypes.sizeof(track)))
        if attributes is not None:
            track.attributes = attributes.ctypes.data
        if mel is not None:
            track.mel, track.n_frames = mel.ctypes.data, len(mel)
        return track

    def epoch(self, branch, audio=1):
        """Train for an epoch; its seconds, and the model."""
        options = self.options("train", TrainOptions)
        seen = {}

        def progress(_, done, total):
            if done >= 1:
                seen.setdefault("first", clock())
            seen["total"] = total
            return 0

        def epoch(*_):
            seen["last"] = clock()
            return 0

        options.audio, options.epochs, options.validation = audio, 1, 0
        options.precision = PRECISIONS[SETTINGS["precision"]]
        options.progress, options.epoch = PROGRESS(progress), EPOCH(epoch)
        model = ctypes.c_void_p()
        self.call("train", self.ctx, self.dataset, self.factors,
                  ctypes.c_uint32(branch), None, ctypes.byref(options),
                  ctypes.byref(model), None, None)
        batches = seen["total"]
        # From the end of the first batch: what comes before is not the epoch.
        return ((seen["last"] - seen["first"]) * batches / (batches - 1),
                model)

    def save(self, model):
        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder) / "a.model")
            self.call("model_save", model, path.encode(), None)
            return torch_models.read(path)

    def predictor(self, model):
        made = ctypes.c_void_p()
        options = self.options("predictor", PredictorOptions)
        options.precision = PRECISIONS[SETTINGS["precision"]]
        self.call("predictor_create", self.ctx, model, ctypes.byref(options),
                  ctypes.byref(made), None)
        return made

    def predict(self, predictor, track):
        factor = numpy.empty(RANK, dtype=numpy.float32)
        self.call("predictor_run", predictor, ctypes.byref(track),
                  ctypes.c_void_p(factor.ctypes.data), None, None)
        return factor


class Theirs:
    """The same network, trained by PyTorch."""

    def __init__(self, network, batch):
        torch.set_num_threads(SETTINGS["threads"])
        torch.set_flush_denormal(True)
        self.network, self.batch = network.train(), batch
        self.adam = torch.optim.Adam(network.parameters(), lr=1e-3,
                                     fused=True)

    def epoch(self, inputs, targets):
        start = clock()
        for rows in torch.randperm(len(targets)).split(self.batch):
            out = self.network(inputs[rows])
            loss = 1 - nn.functional.cosine_similarity(out, targets[rows])
            self.adam.zero_grad(set_to_none=True)
            loss.mean().backward()
            self.adam.step()
        return clock() - start


def draw(*shape):
    return numpy.random.default_rng(1).standard_normal(
        shape, dtype=numpy.float32)


def beside(name, amount, ours, theirs, peer):
    """Time the two in turn; `amount` of what is done a second."""
    ours(), theirs()
    times = []
    for i in range(SETTINGS["rounds"]):
        # Who is first alternates, lest one of them always comes second.
        for side in ((ours, theirs) if i % 2 else (theirs, ours)):
            times.append((side is theirs, side()))
    mine = [t for other, t in times if not other]
    other = [t for other, t in times if other]
    ratio = statistics.median(b / a for a, b in zip(mine, other))
    print(f"{name},{SETTINGS['threads']},{statistics.median(mine):.4f},"
          f"{peer},{statistics.median(other):.4f},{ratio:.2f},"
          f"{amount / statistics.median(mine):.1f}", flush=True)


def mgp():
    rows = SETTINGS["rows"]
    values = (draw(rows, ATTRIBUTES) > 1).astype(numpy.float32)
    targets = draw(rows, RANK)
    ours = Ours()
    ours.teach(targets, attributes=values)
    network = nn.Sequential(
        nn.Dropout(0.5), nn.Linear(2 * ATTRIBUTES, 2048), nn.ReLU(),
        nn.Dropout(0.5), nn.Linear(2048, 2048), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(2048, RANK))
    theirs = Theirs(network, 256)
    inputs = torch.from_numpy(numpy.concatenate([values, 0 * values], 1))
    wanted = torch.from_numpy(targets)
    beside(f"mgp {rows} rows", rows, lambda: ours.epoch(MGP)[0],
           lambda: theirs.epoch(inputs, wanted), "PyTorch")


def audio(name=""):
    kind = NETWORKS[name]
    patches = SETTINGS["patches"]
    mels = draw(64, PATCH, BANDS)
    targets = draw(patches, RANK)
    ours = Ours()
    ours.teach(targets, mels=mels)
    network = ours.save(ours.epoch(AUDIO, kind)[1]).audio.layers
    theirs = Theirs(network, 64)
    inputs = torch.from_numpy(mels).transpose(1, 2).contiguous()
    inputs = inputs[torch.arange(patches) % len(mels)]
    wanted = torch.from_numpy(targets)
    beside(f"{name or 'audio'} {patches} patches", patches,
           lambda: ours.epoch(AUDIO, kind)[0],
           lambda: theirs.epoch(inputs, wanted), "PyTorch")


def onnx_session(branch):
    """The branch's network as an ONNX graph: [n][bands][frames] to [n][k]."""
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    nodes, constants = [], []
    at = "x"

    def add(kind, inputs, **attributes):
        out = f"v{len(nodes)}"
        nodes.append(helper.make_node(kind, inputs, [out], **attributes))
        return out

    def constant(value):
        name = f"c{len(constants)}"
        constants.append(numpy_helper.from_array(
            numpy.ascontiguousarray(value), name))
        return name

    for layer in branch.layers.eval():
        if isinstance(layer, (nn.Conv1d, nn.Linear)):
            inputs = [at, *(constant(p.detach().numpy())
                            for p in (layer.weight, layer.bias))]
            at = (add("Conv", inputs) if isinstance(layer, nn.Conv1d)
                  else add("Gemm", inputs, transB=1))
        elif isinstance(layer, nn.ReLU):
            at = add("Relu", [at])
        elif isinstance(layer, nn.MaxPool1d):
            at = add("MaxPool", [at], kernel_shape=[layer.kernel_size],
                     strides=[layer.kernel_size])
        elif isinstance(layer, torch_models.GlobalPool):
            axes = constant(numpy.array([2]))
            mean = add("ReduceMean", [at, axes], keepdims=0)
            most = add("ReduceMax", [at, axes], keepdims=0)
            square = add("ReduceMean", [add("Mul", [at, at]), axes],
                         keepdims=0)
            root = add("Sqrt", [add("Add", [square, constant(
                numpy.float32(1e-12))])])
            at = add("Concat", [mean, most, root], axis=1)
        elif isinstance(layer, torch_models.Flatten):  # of all frames
            at = add("Flatten", [add("Transpose", [at], perm=[0, 2, 1])],
                     axis=1)
    graph = helper.make_graph(
        nodes, "audio",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT,
                                       ["n", BANDS, "frames"])],
        [helper.make_tensor_value_info(at, TensorProto.FLOAT, ["n", RANK])],
        constants)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = SETTINGS["threads"]
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    return onnxruntime.InferenceSession(
        onnx.ModelProto.SerializeToString(model), options,
        providers=["CPUExecutionProvider"])


def track(name=""):
    kind, pace = NETWORKS[name], PACES[NETWORKS[name]]
    try:
        import onnxruntime  # noqa: F401
    except ImportError:
        print("track: skipped, no onnxruntime")
        return
    mel = draw(int(SETTINGS["minutes"] * 60 * 22050 / 1024), BANDS)
    ours = Ours()
    ours.teach(draw(128, RANK), mels=mel[None, :PATCH])
    model = ours.epoch(AUDIO, kind)[1]
    networks = ours.save(model)
    predictor, known = ours.predictor(model), ours.track(mel=mel)
    session = onnx_session(networks.audio)
    patch = networks.number("audio.patch_frames")
    last = (len(mel) - patch) // pace * pace
    step = patch // 2 // pace * pace
    starts = [*range(0, last, step), last]
    mean = networks.audio.mean.numpy()
    scale = networks.audio.scale.numpy()

    def theirs():
        scaled = (mel - mean) * scale
        x = numpy.stack([scaled[s:s + patch].T for s in starts])
        out, = session.run(None, {"x": x})
        out /= numpy.linalg.norm(out, axis=1, keepdims=True)
        sum_ = out.sum(0)
        return sum_ / numpy.linalg.norm(sum_)

    def timed(act):
        def run():
            start = clock()
            act()
            return clock() - start
        return run

    apart = 1 - float(ours.predict(predictor, known) @ theirs())
    print(f"# cosine distance of the two answers: {apart:.1e}")
    beside(f"{name or 'reference'} {SETTINGS['minutes']:g} min",
           SETTINGS["minutes"] * 60,
           timed(lambda: ours.predict(predictor, known)), timed(theirs),
           "ONNX Runtime")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", nargs="*",
                        default=["mgp", "audio", "small", "flatten", "track",
                                 "small-track", "flatten-track"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=66933)
    parser.add_argument("--patches", type=int, default=512)
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--precision", choices=PRECISIONS, default="float32")
    parser.add_argument("--kernels", choices=KERNELS, default="auto")
    SETTINGS.update(vars(parser.parse_args()))
    print("name,threads,ltrec_s,peer,peer_s,peer/ltrec,per_second")
    for what in SETTINGS["what"]:
        if what == "mgp":
            mgp()
        elif what.endswith("track"):
            track(what[:-len("track")].rstrip("-"))
        else:
            audio("" if what == "audio" else what)


if __name__ == "__main__":
    main()
