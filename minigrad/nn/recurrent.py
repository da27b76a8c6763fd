"""Recurrent networks as modules: cells, which read one input and their own last state, and layers.

A layer is a cell (cells.py) over all steps of a sequence (over_time.py), and layers above it.
"""
import math
import warnings

from ..create import zeros
from ..graph import TensorBase
from ..public import refuse
from ..shape import cat, stack
from .cells import CELLS
from .dropout import dropout
from .init import uniform_
from .module import Module, Parameter
from .over_time import packed, padded, states_over_time

USUAL = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0,
         "bidirectional": False, "nonlinearity": "tanh"}


class _Recurrent(Module):
    """What cells and layers share: their sizes, their weights and what they say of themselves."""

    shown = "bias"                                # settings in the repr where they are not usual

    def __init__(self, kind, input_size, hidden_size, bias):
        super().__init__()
        refuse(hidden_size < 1 or input_size < 1, f"{type(self).__name__}: expected sizes of 1 or "
               f"more, got input_size={input_size}, hidden_size={hidden_size}", ValueError)
        refuse(kind not in CELLS, f"{type(self).__name__}: expected the nonlinearity 'tanh' or "
               f"'relu', got {kind!r}", ValueError)
        self.kind, self.input_size, self.hidden_size, self.bias = (
            kind, input_size, hidden_size, bias)

    def _weights(self, inputs, end, dtype):
        """Those of one cell, under PyTorch's names; gives the names back."""
        rows = CELLS[self.kind][2] * self.hidden_size
        shapes = {"weight_ih": (rows, inputs), "weight_hh": (rows, self.hidden_size)}
        if self.bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        for name, shape in shapes.items():
            setattr(self, name + end, Parameter(zeros(shape, dtype=dtype)))
        return [name + end for name in shapes]

    def reset_parameters(self) -> None:
        """Draw new first values, uniform on ±1/√hidden_size."""
        for parameter in self.parameters():
            uniform_(parameter, -1 / math.sqrt(self.hidden_size), 1 / math.sqrt(self.hidden_size))

    def _states(self, hx, shape, like):
        """The parts of a given state, or zeros; raises RuntimeError unless they have this shape."""
        parts = CELLS[self.kind][1]
        if hx is None:
            return [zeros(shape, dtype=like.dtype)] * parts
        got = list(hx) if parts == 2 and isinstance(hx, (tuple, list)) else [hx]
        name, wanted = type(self).__name__, "(h, c)" if parts == 2 else "h"
        refuse(len(got) != parts or not all(isinstance(x, TensorBase) for x in got),
               f"{name}: expected the state {wanted}, got {type(hx).__name__}", TypeError)
        for x in got:
            refuse(x.shape != shape, f"{name}: expected a state of shape {tuple(shape)}, got "
                   f"{tuple(x.shape)}")
        return got

    def _check(self, input, dims):
        name = type(self).__name__
        refuse(input.ndim not in dims, f"{name}: expected an input of {dims[0]} or {dims[1]} axes, "
               f"got shape {tuple(input.shape)}")
        refuse(input.shape[-1] != self.input_size, f"{name}: expected input_size="
               f"{self.input_size} numbers on the last axis, got shape {tuple(input.shape)}")

    def extra_repr(self):
        said = [f"{self.input_size}, {self.hidden_size}"]
        said += [f"{name}={getattr(self, name)}" for name in self.shown.split()
                 if getattr(self, name) != USUAL[name]]
        return ", ".join(said)


# Cells

class _Cell(_Recurrent):
    def __init__(self, kind, input_size, hidden_size, bias, dtype):
        super().__init__(kind, input_size, hidden_size, bias)
        self._names = self._weights(input_size, "", dtype)
        self.reset_parameters()

    def forward(self, input, hx=None):
        self._check(input, (1, 2))
        state = self._states(hx, (*input.shape[:-1], self.hidden_size), input)
        cell = CELLS[self.kind][0]
        new = cell(input, state, *(getattr(self, name) for name in self._names))
        return new if len(new) > 1 else new[0]


class RNNCell(_Cell):
    """One step of a plain recurrent network: x (N, input_size), h (N, hidden_size) -> h.

    Raises RuntimeError where the shapes do not fit.

    >>> mg.nn.RNNCell(3, 5)(mg.ones(2, 3)).shape
    torch.Size([2, 5])
    """

    shown = "bias nonlinearity"

    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None,
                 dtype=None):
        self.nonlinearity = nonlinearity
        super().__init__(nonlinearity, input_size, hidden_size, bias, dtype)


class LSTMCell(_Cell):
    """One step of an LSTM: x (N, input_size), (h, c) (N, hidden_size) each -> (h, c).

    Raises RuntimeError where the shapes do not fit.

    >>> h, c = mg.nn.LSTMCell(3, 5)(mg.ones(2, 3))
    >>> h.shape, c.shape
    (torch.Size([2, 5]), torch.Size([2, 5]))
    """

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__("lstm", input_size, hidden_size, bias, dtype)


class GRUCell(_Cell):
    """One step of a GRU: x (N, input_size), h (N, hidden_size) -> h.

    Raises RuntimeError where the shapes do not fit.

    >>> mg.nn.GRUCell(3, 5)(mg.ones(2, 3)).shape
    torch.Size([2, 5])
    """

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__("gru", input_size, hidden_size, bias, dtype)


# Layers in time

class RNNBase(_Recurrent):
    """What RNN, LSTM and GRU share: `num_layers` of one cell, one above the other, over time.

    >>> isinstance(mg.nn.GRU(3, 5), mg.nn.RNNBase)
    True
    """

    shown = "num_layers bias batch_first dropout bidirectional"

    def __init__(self, kind, input_size, hidden_size, num_layers=1, bias=True, batch_first=False,
                 dropout=0.0, bidirectional=False, proj_size=0, device=None, dtype=None):
        super().__init__(kind, input_size, hidden_size, bias)
        name = type(self).__name__
        refuse(num_layers < 1, f"{name}: expected num_layers of 1 or more, got {num_layers}",
               ValueError)
        refuse(not 0 <= dropout <= 1, f"{name}: expected a dropout from 0 to 1, got {dropout}",
               ValueError)
        refuse(proj_size != 0, f"{name}: minigrad has no projections; leave proj_size at 0 and put "
               "a Linear behind the layer", NotImplementedError)
        if dropout and num_layers == 1:
            warnings.warn(f"{name}: dropout lies between layers, and there is one only",
                          stacklevel=3)
        self.num_layers, self.batch_first, self.dropout, self.bidirectional, self.proj_size = (
            num_layers, batch_first, dropout, bidirectional, proj_size)
        self._names = []                          # of each layer's, and each direction's, weights
        for layer in range(num_layers):
            inputs = hidden_size * (1 + bidirectional) if layer else input_size
            for way in ("", "_reverse")[:1 + bidirectional]:
                self._names.append(self._weights(inputs, f"_l{layer}{way}", dtype))
        self.reset_parameters()

    @property
    def all_weights(self) -> list:
        """The weights of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._names]

    def flatten_parameters(self) -> None:
        """Nothing: it is for CUDA."""

    def forward(self, input, hx=None):
        if hasattr(input, "batch_sizes"):         # a PackedSequence: its data are (numbers, I)
            return self._forward_packed(input, hx)
        self._check(input, (2, 3))
        lone = input.ndim == 2
        x = input.unsqueeze(1) if lone else input.transpose(0, 1) if self.batch_first else input
        refuse(len(x) == 0, f"{type(self).__name__}: expected a step or more, got shape "
               f"{tuple(input.shape)}")
        shape = self._shape(x.shape[1])
        given = self._states(hx, shape[:1] + shape[2:] if lone else shape, x)
        state = [part.unsqueeze(1) if part.ndim == 2 else part for part in given]
        x, state = self._run(x, state, (x.shape[1],) * len(x), self._between)
        if lone:
            return x.squeeze(1), self._joined([part.squeeze(1) for part in state])
        return x.transpose(0, 1) if self.batch_first else x, self._joined(state)

    def _forward_packed(self, input, hx):
        self._check(input.data, (2, 2))
        sizes = tuple(input.batch_sizes.tolist())
        state = self._states(hx, self._shape(sizes[0]), input.data)
        if input.sorted_indices is not None and hx is not None:
            state = [part[:, input.sorted_indices] for part in state]
        def between(x): return padded(self._between(packed(x, sizes)), sizes)
        x, state = self._run(padded(input.data, sizes), state, sizes, between)
        if input.unsorted_indices is not None:
            state = [part[:, input.unsorted_indices] for part in state]
        return type(input)(packed(x, sizes), *input[1:]), self._joined(state)

    def _shape(self, batch):
        return (len(self._names), batch, self.hidden_size)

    def _joined(self, state):
        return tuple(state) if len(state) > 1 else state[0]

    def _between(self, x):
        return dropout(x, self.dropout, self.training)

    def _run(self, x, state, sizes, between):
        """x (T, N, I) through all layers: (T, N, directions · H), and the parts of the last state.
        """
        first = stack(state, 1)                                           # (layers, parts, N, H)
        ways, ends = 1 + self.bidirectional, []
        for k, weights in enumerate(self.all_weights):
            if k % ways == 0:
                inputs, outs = x if k == 0 or not self.dropout else between(x), []
            states = states_over_time(inputs, first[k], *weights, cell=self.kind, sizes=sizes,
                                      reverse=k % ways == 1)              # (parts, T, N, H)
            outs.append(states[0])
            ends.append(states[:, 0 if k % ways else -1])
            x = outs[0] if len(outs) == 1 else cat(outs, -1)
        return x, list(stack(ends, 1))


class RNN(RNNBase):
    """A plain recurrent net: x (T, N, input_size) -> every h (T, N, H), the last (layers, N, H).

    With `batch_first` x is (N, T, input_size), without a batch (T, input_size). Raises RuntimeError
    where the shapes do not fit.

    >>> out, h = mg.nn.RNN(3, 5)(mg.ones(7, 2, 3))
    >>> out.shape, h.shape
    (torch.Size([7, 2, 5]), torch.Size([1, 2, 5]))
    """

    def __init__(self, input_size, hidden_size, num_layers=1, nonlinearity="tanh", *more, **named):
        self.nonlinearity = nonlinearity
        super().__init__(nonlinearity, input_size, hidden_size, num_layers, *more, **named)


class LSTM(RNNBase):
    """An LSTM: x (T, N, input_size) -> every h (T, N, H), and the last h and c (layers, N, H) each.

    Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000. Otherwise as RNN.

    >>> out, (h, c) = mg.nn.LSTM(3, 5, num_layers=2)(mg.ones(7, 2, 3))
    >>> out.shape, h.shape, c.shape
    (torch.Size([7, 2, 5]), torch.Size([2, 2, 5]), torch.Size([2, 2, 5]))
    """

    def __init__(self, *sizes, **named):
        super().__init__("lstm", *sizes, **named)


class GRU(RNNBase):
    """A GRU (Cho et al. 2014): x (T, N, input_size) -> every h (T, N, H), the last (layers, N, H).

    >>> out, h = mg.nn.GRU(3, 5, bidirectional=True)(mg.ones(7, 2, 3))
    >>> out.shape, h.shape
    (torch.Size([7, 2, 10]), torch.Size([2, 2, 5]))
    """

    def __init__(self, *sizes, **named):
        super().__init__("gru", *sizes, **named)
