"""Recurrent cells, one step each: from an input and the last state to the next state."""
from ..functions import sigmoid, tanh
from ..ops import relu
from .linear import linear

def cut(x, H): return [x[..., at:at + H] for at in range(0, x.shape[-1], H)]

# One step: x (N, I), the state's parts (N, H); w_ih (gates · H, I), w_hh (gates · H, H)

def rnn_cell(x, state, w_ih, w_hh, b_ih=None, b_hh=None, squash=tanh):
    """The next state, tanh(W x + b + V h + d) (Elman 1990)."""
    return squash(linear(x, w_ih, b_ih) + linear(state[0], w_hh, b_hh)),

def lstm_cell(x, state, w_ih, w_hh, b_ih=None, b_hh=None):
    """The next (h, c): gates say what c forgets, takes in and shows (Gers et al. 2000)."""
    h, c = state
    gates = linear(x, w_ih, b_ih) + linear(h, w_hh, b_hh)
    i, f, g, o = cut(gates, h.shape[-1])
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c

def gru_cell(x, state, w_ih, w_hh, b_ih=None, b_hh=None):
    """The next state, between the old one and a new one, as the gate z says (Cho et al. 2014)."""
    h, = state
    r_x, z_x, n_x = cut(linear(x, w_ih, b_ih), h.shape[-1])
    r_h, z_h, n_h = cut(linear(h, w_hh, b_hh), h.shape[-1])
    r, z = sigmoid(r_x + r_h), sigmoid(z_x + z_h)
    n = tanh(n_x + r * n_h)
    return (1 - z) * n + z * h,

def _relu_cell(*inputs): return rnn_cell(*inputs, squash=relu)

CELLS = {"tanh": (rnn_cell, 1, 1), "relu": (_relu_cell, 1, 1),     # cell, parts of its state, gates
         "lstm": (lstm_cell, 2, 4), "gru": (gru_cell, 1, 3)}
