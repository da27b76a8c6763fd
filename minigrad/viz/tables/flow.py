"""gradient_flow: how strong the signal is at each layer, and which parameters learn."""
import copy
import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ...grad_mode import no_grad
from ..common.figures import show
from ..common.markup import html_table
from ..common.picture import Picture
from ..common.style import AMBER, BLUE, CYCLE, INK, PAPER, RED, SOFT, styled
from ..common.text import columns, count, plain

FADED = 1e-3             # a signal smaller than that part of the largest one is called vanishing
WILD, CALM = 0.1, 1e-5   # updates are usually about 1e-3 of the weights
ALIKE = 1e-2             # a spread smaller than that part of the size: the same for every sample
LETTERS = 11             # CSS pixels: the smallest that everybody reads
BEHIND = {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.8, "pad": 1}      # a remark on a line
HUGE = 1e3               # gradients as much larger than their weights are called exploding

WARNINGS = ("no gradient", "gradient is", "vanishing", "exploding", "dead", "the same",
            "the optimizer", "hardly",
            "jumps", "not finite", "get nothing")


@dataclass
class Layer:
    """What one call of a layer answered to the batch."""
    name: str
    shape: tuple[int, ...]
    size: float           # root of the mean square
    spread: float         # how much the answer differs from sample to sample
    zeros: float          # the part of the numbers that are 0
    remark: str = ""


@dataclass
class Weights:
    """What backward brought to one parameter."""
    name: str
    shape: tuple[int, ...]
    size: float
    gradient: float | None
    ratio: float | None
    remark: str = ""


def gradient_flow(model: Any, *inputs: Any, optimizer: Any = None) -> "Flow":
    """After backward: how strong gradients and activations are from layer to layer.

    >>> _ = mg.manual_seed(0)
    >>> model = mg.nn.Sequential(mg.nn.Linear(2, 3), mg.nn.ReLU(), mg.nn.Linear(3, 1))
    >>> x = mg.tensor([[1., 2.], [3., 4.]])
    >>> _ = model[2].bias.requires_grad_(False)
    >>> model(x).sum().backward()
    >>> gradient_flow(model)
    gradient flow through 4 parameters
    parameter  shape   size  gradient  remark
    0.weight   (3, 2)  0.38  0.46      1 of 3 units get nothing
    0.bias     (3,)    0.33  0.19
    2.weight   (1, 3)  0.15  1.3
    2.bias     (1,)    0.55  –         frozen

    inputs: a batch for the model. It computes once more, without recording, and a second table
    tells of each layer's answer: its size, its spread from sample to sample (a layer that answers
    the same to every image has none), the zeros, and dead units, which are 0 for the whole batch.
    Sizes are root mean squares.
    optimizer: adds |update| / |weight| of its next step, which is usually about 0.001, and finds
    the parameters that it does not know.
    Remarks: no gradient, all zero, NaN, Inf, vanishing (less than a thousandth of the largest),
    exploding (a thousand times the weight), hardly moves or jumps (an update below 1e-5 or above
    0.1 of the weight; not said of biases, which begin near 0).
    Raises TypeError for something that has no `named_parameters`.
    """
    if not hasattr(model, "named_parameters"):
        raise TypeError(f"gradient_flow: expected a Module, got {type(model).__name__}")
    layers = _layers(model, inputs) if inputs else []
    return Flow(layers, _weights(model, optimizer), optimizer is not None)


class Flow(Picture):
    """A plot for the eyes, `layers` and `parameters` as data, both as text; see `gradient_flow`."""

    def __init__(self, layers: list[Layer], parameters: list[Weights], ratios: bool):
        self.layers, self.parameters = layers, parameters
        self.svg, self.width = None, None
        tables = [self._layer_rows()] * bool(layers) + [self._weight_rows(ratios)]
        self._tables = [rows for rows in tables if len(rows) > 1]
        heading = f"gradient flow through {count(len(parameters), 'parameter')}"
        self.text = "\n".join([heading, *("\n".join(columns(rows)) for rows in self._tables)])
        strange = [f"{plain(x.name)}: {x.remark}" for x in [*layers, *parameters] if x.remark]
        strange = "; ".join(strange) or "Nothing strange"
        self.alt = f"{heading}, on a logarithmic scale. {strange}."

    def _layer_rows(self):
        return [["layer", "answer", "size", "spread", "zeros", "remark"],
                *([plain(x.name), str(x.shape), two(x.size), two(x.spread), f"{x.zeros:.0%}",
                   x.remark]
                  for x in self.layers)]

    def _weight_rows(self, ratios):
        head = ["parameter", "shape", "size", "gradient", *["update / weight"] * ratios, "remark"]
        return [head, *([plain(x.name), str(x.shape), two(x.size), two(x.gradient),
                         *[two(x.ratio)] * ratios, x.remark]
                        for x in self.parameters)]

    def html(self) -> str:
        """The plot, and the tables below it."""
        tables = [html_table(rows, "", set(range(2, len(rows[0]) - 1)), remarkable)
                  for rows in self._tables]
        return f"{super().html()}{'<br>'.join(tables)}"

    @cached_property
    def png(self) -> bytes:
        """The plot; each panel from the first layer at the top to the last."""
        import matplotlib.pyplot as plt
        weights = [x for x in self.parameters if len(x.shape) > 1] or self.parameters
        panels = [self._plot_layers] * bool(self.layers)
        panels.append(lambda axis: _plot_weights(axis, weights))
        tallest = max(len(self.layers), len(weights))
        with styled():
            fig, axes = plt.subplots(1, len(panels), squeeze=False,
                                     figsize=(5.2 * len(panels), 1.3 + 0.27 * tallest))
            for axis, plot in zip(axes[0], panels):
                plot(axis)
                low, high = (math.log10(x) for x in axis.get_xlim())
                axis.set_xlim(10 ** math.floor(low), 10 ** math.ceil(high))
            picture = show(self.alt, fig)
        self.width = picture.width
        return picture.png

    def _plot_layers(self, axis):
        _dots(axis, [x.name for x in self.layers], [x.size for x in self.layers], "o", BLUE, "size")
        names = [x.name for x in self.layers]
        _dots(axis, names, [x.spread for x in self.layers], "D", AMBER, "spread")
        _say(axis, self.layers, [x.size for x in self.layers])
        axis.set_title("forward: what each layer answers")
        _legend(axis)


def _plot_weights(axis, weights):
    _dots(axis, [x.name for x in weights], [x.size for x in weights], ".", SOFT, "weight")
    _dots(axis, [x.name for x in weights], [x.gradient for x in weights], "s", CYCLE[2], "gradient")
    _say(axis, weights, [x.gradient or x.size for x in weights])
    axis.set_title("backward: what reaches each weight")
    _legend(axis)


def _legend(axis):
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, 0), borderaxespad=2.4, ncols=2,
                fontsize=LETTERS)


def _dots(axis, names, sizes, marker, colour, label):
    places = [(size, y) for y, size in enumerate(sizes) if size and math.isfinite(size)]
    axis.set_xscale("log")
    axis.xaxis.set_minor_formatter("")                    # only 1, 10, 100 …: others would overlap
    xs, ys = zip(*places) if places else ((), ())
    axis.plot(xs, ys, marker, color=colour, label=label, markersize=6, linestyle="-", linewidth=1)
    axis.set_yticks(range(len(names)), [plain(name) for name in names], color=INK)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.tick_params(labelsize=LETTERS)


def _say(axis, things, sizes):
    """The remarks, beside their dots, in words."""
    for y, (thing, size) in enumerate(zip(things, sizes)):
        if thing.remark:
            at = size if size and math.isfinite(size) else 1
            short = thing.remark.partition(";")[0].partition(":")[0]
            axis.annotate(short, (at, y), (8, 4), color=RED, textcoords="offset points",
                          fontsize=LETTERS, bbox=BEHIND)


def remarkable(cell: str) -> bool:
    """Is this cell of a table a warning?"""
    return cell in ("nan", "inf") or any(word in cell for word in WARNINGS)


def two(x: float | None) -> str:
    """Two digits, which say an order of magnitude, and the same everywhere: `0.0012`, `3.1e-7`."""
    if x is None:
        return "–"
    mantissa, e, exponent = f"{x:.2g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if e else mantissa


def _rms(x: np.ndarray) -> float:
    return math.sqrt(float(np.mean(np.square(x, dtype=float)))) if x.size else 0.0


# Forward

def _layers(model, inputs) -> list[Layer]:
    found, kept = [], [(buffer, buffer.value.copy()) for buffer in model.buffers()]

    def listen(path, module):
        return module.register_forward_hook(lambda m, args, out: found.append((path, m, out)))
    handles = [listen(path, module) for path, module in model.named_modules()
               if not any(True for _ in module.children())]
    try:
        with no_grad():
            model(*inputs)
    finally:
        for handle in handles:
            handle.remove()
        for buffer, before in kept:                          # a look changes nothing
            buffer.value[...] = before
    many, calls, layers = Counter(path for path, _, _ in found), Counter(), []
    for path, module, out in found:
        if hasattr(out, "value") and out.value.dtype.kind == "f":
            calls[path] += 1
            again = f", call {calls[path]}" if many[path] > 1 else ""
            name = (path or type(model).__name__) + again
            layers.append(_layer(name, type(module).__name__, out.value))
    return layers


def _layer(name: str, kind: str, out: np.ndarray) -> Layer:
    with np.errstate(invalid="ignore"):
        spread = _rms(out - out.mean(axis=0, keepdims=True)) if out.ndim and len(out) > 1 else 0.0
    layer, remarks = Layer(name, tuple(out.shape), _rms(out), spread, float((out == 0).mean())), []
    if not np.isfinite(out).all():
        remarks.append("not finite")
    elif out.ndim > 1:
        silent = ~out.any(axis=tuple(i for i in range(out.ndim) if i != 1))
        if silent.any() and kind.endswith("ReLU"):
            remarks.append(f"dead: {silent.sum()} of {count(len(silent), 'unit')}")
        if len(out) > 1 and spread < ALIKE * layer.size:
            remarks.append("the same for every sample")
    layer.remark = "; ".join(remarks)
    return layer


# Backward

def _weights(model, optimizer) -> list[Weights]:
    groups = {p: group for group in (optimizer.param_groups if optimizer else ())
              for p in group["params"]}
    found = []
    for name, p in model.named_parameters():
        gradient = p.grad.value if p.grad is not None else None
        size = None if gradient is None else _rms(gradient)
        one = Weights(name, tuple(p.shape), _rms(p.value), size, None)
        if gradient is not None and p in groups and one.size > 0:
            one.ratio = _update(p.value, gradient, optimizer, p, groups[p]) / one.size
        found.append(one)
    sizes = [x.gradient for x in found if x.gradient is not None]
    largest = max(filter(math.isfinite, sizes), default=0)
    for one, p in zip(found, model.parameters()):
        unknown = optimizer is not None and p.requires_grad and p not in groups
        unknown = ["the optimizer does not know it"] * unknown
        one.remark = "; ".join(unknown + list(_remarks(p, p.grad, one, largest)))
    return found


def _remarks(p, gradient, one: Weights, largest: float):
    if gradient is None:
        yield "no gradient" if p.requires_grad else "frozen"
        return
    gradient = gradient.value
    if not np.isfinite(gradient).all():
        yield f"gradient is {'NaN' if np.isnan(gradient).any() else 'Inf'}"
    elif not gradient.any():
        yield "gradient is all zero"
    else:
        silent = ~gradient.any(axis=tuple(range(1, gradient.ndim)))
        if gradient.ndim > 1 and silent.any():
            yield f"{silent.sum()} of {count(len(silent), 'unit')} get nothing"
        if one.gradient < FADED * largest:
            yield f"vanishing: {two(one.gradient / largest)} of the largest"
        if one.gradient > HUGE * one.size > 0:
            yield "exploding"
        if one.ratio is not None and gradient.ndim > 1 and not CALM <= one.ratio <= WILD:
            yield "jumps" if one.ratio > WILD else "hardly moves"


def _update(w: np.ndarray, g: np.ndarray, optimizer, p, group: dict) -> float:
    """The size of the optimizer's next step, tried on copies."""
    new = w.copy()
    optimizer.update(new, g.copy(), copy.deepcopy(dict(optimizer.state.get(p, {}))), group)
    return _rms(new - w)
