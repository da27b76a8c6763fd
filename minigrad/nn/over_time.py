"""All steps of a recurrent cell in one operation: a node for each layer, not a dozen for each step.

What the cell computes, cells.py says in tensors; here the same runs on arrays, in place, and
its gradient goes back through time by hand (Werbos 1990). Where that gradient needs a graph of its
own, the cell itself is differentiated.
"""
from functools import lru_cache

import numpy as np

from ..graph import Joint, TensorBase, clone, gradients, primitive
from ..kernels import linear, sigmoid
from ..ops import getitem, scatter
from ..shape import cat, stack
from .cells import CELLS, cut

# A step on arrays: z (N, gates · H) is what the input says and will be the gates' values, zh what
# the state says; from the parts (parts, N, H) of the `old` state to the `new`. `saved` (N, H) is
# for the rule.

def _rnn_step(z, zh, old, new, saved):
    z += zh
    np.tanh(z, out=new[0])

def _relu_step(z, zh, old, new, saved):
    z += zh
    np.maximum(z, 0, out=new[0])

def _lstm_step(z, zh, old, new, saved):
    half, rest = _halves(saved.shape[1], z.dtype)
    z += zh
    z *= half
    np.tanh(z, out=z)
    z *= half
    z += rest
    i, f, g, o = cut(z, saved.shape[1])
    c = np.multiply(f, old[1], out=new[1])
    c += np.multiply(i, g, out=saved)
    np.tanh(c, out=saved)
    np.multiply(o, saved, out=new[0])

@lru_cache
def _halves(H, dtype):
    """sigmoid(x) = tanh(x / 2) / 2 + 1 / 2: one tanh does all gates, g without the halves."""
    return [np.repeat(np.array(row, dtype), H) for row in ((.5, .5, 1, .5), (.5, .5, 0, .5))]

def _gru_step(z, zh, old, new, saved):
    H = saved.shape[1]
    saved[:] = zh[:, 2 * H:]
    open_ = z[:, :2 * H]                          # the gates r and u (PyTorch's z)
    open_ += zh[:, :2 * H]
    open_[:] = sigmoid(open_)
    r, u, n = cut(z, H)
    n += r * saved
    np.tanh(n, out=n)
    h = np.subtract(old[0], n, out=new[0])        # (1 − u) · n + u · h
    h *= u
    h += n


# Back: `slopes` gives, for all steps at once, by how much z moves the state that comes out (times
# what goes to that state it is the gradient of z), and what else `pull` needs; `pull` multiplies so
# at one step, and turns the gradient of its state (parts, N, H) into that of the old state.

def _rnn_slopes(z, saved, before, states): return 1 - states[0] ** 2,
def _relu_slopes(z, saved, before, states): return (states[0] > 0).astype(z.dtype),

def _rnn_pull(flow, dz):
    dz *= flow[0]
    flow[0] = 0

def _lstm_slopes(z, saved, before, states):
    dz = np.subtract(1, z, order="C")
    dz *= z                                       # a sigmoid's slope; g has a tanh's
    i, f, g, o = cut(z, saved.shape[-1])
    to_i, to_f, to_g, to_o = cut(dz, saved.shape[-1])
    to_i *= g
    to_f *= before[1]
    to_g[:] = i * (1 - g * g)
    to_o *= saved
    return dz, o * (1 - saved * saved), f

def _lstm_pull(flow, dz, to_c, f):
    h, c = flow
    c += h * to_c
    dz = dz.reshape(len(h), 4, -1)
    dz[:, :3] *= c[:, None]
    dz[:, 3] *= h
    c *= f
    h[:] = 0

def _gru_slopes(z, saved, before, states):
    dz = np.subtract(1, z, order="C")
    dz *= z
    r, u, n = cut(z, saved.shape[-1])
    to_r, to_u, to_n = cut(dz, saved.shape[-1])
    to_n[:] = (1 - u) * (1 - n * n)
    to_r *= to_n * saved
    to_u *= before[0] - n
    return dz, u

def _gru_pull(flow, dz, u):
    dz = dz.reshape(len(u), 3, -1)
    dz *= flow[0][:, None]
    flow[0] *= u

def _through_gate(z, dz):
    """Of the GRU's n, what the state said went through the gate r; all else went straight."""
    H = dz.shape[-1] // 3
    dz = dz.copy()
    dz[..., 2 * H:] *= z[..., :H]
    return dz

STEPS = {"tanh": (_rnn_step, _rnn_slopes, _rnn_pull), "relu": (_relu_step, _relu_slopes, _rnn_pull),
         "lstm": (_lstm_step, _lstm_slopes, _lstm_pull), "gru": (_gru_step, _gru_slopes, _gru_pull)}



# Over time: x (T, N, I), the first state (parts, N, H) -> all states (parts, T, N, H). At step t
# the first `sizes[t]` of the batch take part; the others keep their state.

def _times(count, reverse): return range(count - 1, -1, -1) if reverse else range(count)

def _states(x, first, w_ih, w_hh, b_ih=None, b_hh=None, *, cell, sizes, reverse):
    step, inner = STEPS[cell][0], b_hh if cell == "gru" else None
    outer = b_ih if b_hh is None or cell == "gru" else b_ih + b_hh
    z = linear(x, w_ih, outer)                                            # (T, N, gates · H)
    states = np.empty((len(first), *z.shape[:2], w_hh.shape[1]), z.dtype)
    saved, old = np.zeros(states.shape[1:], z.dtype), first
    w_hh = np.ascontiguousarray(w_hh.T)
    for t in _times(len(z), reverse):
        n, new = sizes[t], states[:, t]
        zh = old[0, :n] @ w_hh
        if inner is not None:
            zh += inner
        new[:, n:] = old[:, n:]
        step(z[t, :n], zh, old[:, :n], new[:, :n], saved[t, :n])
        old = new
    return states, (z, saved)

def _states_rule(g, states, *inputs, cell, sizes, reverse, saved=None):
    if isinstance(g, TensorBase):
        return _composed_rule(g, inputs, cell, sizes, reverse)
    x, first, w_ih, w_hh, *biases = inputs
    _, slopes, pull = STEPS[cell]
    z, held = saved
    before = np.concatenate([states[:, 1:], first[:, None]] if reverse else
                            [first[:, None], states[:, :-1]], 1)          # what each step found
    dz, *slopes = slopes(z, held, before, states)
    flow = np.zeros(first.shape, z.dtype)
    for t in _times(len(z), not reverse):
        flow += g[:, t]
        n = sizes[t]
        dz[t, n:] = 0
        pull(flow[:, :n], dz[t, :n], *(slope[t, :n] for slope in slopes))
        said = _through_gate(z[t, :n], dz[t, :n]) if cell == "gru" else dz[t, :n]
        flow[0, :n] += said @ w_hh
    said = _through_gate(z, dz) if cell == "gru" else dz                  # (T, N, gates · H)
    by_input, by_state = (each.reshape(-1, each.shape[-1]) for each in (dz, said))
    return (dz @ w_ih, flow, by_input.T @ x.reshape(-1, x.shape[-1]),
            by_state.T @ before[0].reshape(-1, before.shape[-1]),
            *(each.sum(0) for each in (by_input, by_state)[:len(biases)]))

states_over_time = primitive(_states, Joint(_states_rule), saves=True, name="states_over_time",
                             expects="x (steps, batch, in) and the weights of a cell")

def _composed_rule(g, inputs, cell, sizes, reverse):
    """The same by the cell itself, step by step, so that the gradient has a graph of its own."""
    inputs = [clone(x) for x in inputs]           # whose gradients stop here, not at their origins
    x, first, *weights = inputs
    state, states = tuple(first), {}
    for t in _times(len(x), reverse):
        n = sizes[t]
        new = CELLS[cell][0](x[t, :n], tuple(part[:n] for part in state), *weights)
        state = tuple(cat([a, b[n:]]) for a, b in zip(new, state))
        states[t] = stack(state)
    out = stack([states[t] for t in range(len(x))], 1)
    return gradients([out], [g], inputs, create_graph=True)


# Sequences of several lengths, longest first: packed, all numbers of step 0, of step 1, ...

def places(sizes):
    """The steps and the members of the batch that are there."""
    return (np.repeat(np.arange(len(sizes)), sizes), np.concatenate([np.arange(n) for n in sizes]))

def packed(x, sizes):
    """x (T, N, I) without what lies behind the ends: (numbers, I)."""
    return getitem(x, index=places(sizes))

def padded(data, sizes):
    """The packed data with zeros behind the ends: (T, N, I)."""
    return scatter(data, index=places(sizes), shape=(len(sizes), sizes[0], *data.shape[1:]))
