"""Weights as a direction and a length, or divided by their largest singular value."""
from ...nn.module import Module
from ...public import refuse
from ..products import dot, mv
from .parametrize import register_parametrization
from .reparametrized import (as_matrix, first_vectors, lengths, of_length, power_iteration, rows_of)

class _WeightNorm(Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g, weight_v): return of_length(weight_v, weight_g, self.dim)
    def right_inverse(self, weight): return lengths(weight, self.dim), weight

def weight_norm(module, name="weight", dim=0):
    """w = g · v / ‖v‖, with one length g for each slice along `dim` (Salimans & Kingma 2016).

    >>> layer = mg.nn.utils.parametrizations.weight_norm(mg.nn.Linear(3, 2))
    >>> [name for name, p in layer.named_parameters()]
    ['bias', 'parametrizations.weight.original0', 'parametrizations.weight.original1']
    """
    return register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

class _SpectralNorm(Module):
    def __init__(self, weight, n_power_iterations, dim, eps):
        super().__init__()
        self.dim, self.eps = dim if weight.ndim == 1 else dim % weight.ndim, eps
        self.n_power_iterations = n_power_iterations
        if weight.ndim > 1:
            matrix = as_matrix(weight.detach(), self.dim)
            u, v = first_vectors(matrix, eps)
            self.register_buffer("_u", u)
            self.register_buffer("_v", v)
            power_iteration(matrix, u, v, 15, eps)

    def forward(self, weight):
        if weight.ndim == 1:
            return weight / lengths(weight, None).clamp(min=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            power_iteration(matrix, self._u, self._v, self.n_power_iterations, self.eps)
        u, v = self._u.clone(), self._v.clone()          # the next step shall not change these
        return weight / dot(u, mv(matrix, v))

    def right_inverse(self, value): return value

def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    """w / σ, where σ is the largest singular value of w as a matrix (Miyato et al. 2018).

    In training each use brings σ nearer by n_power_iterations.

    >>> layer = mg.nn.utils.parametrizations.spectral_norm(mg.nn.Linear(3, 2))
    >>> [name for name, p in layer.named_parameters()]
    ['bias', 'parametrizations.weight.original']
    """
    refuse(n_power_iterations < 1, "spectral_norm: expected n_power_iterations to be positive, got "
           f"{n_power_iterations}", ValueError)
    weight, dim = getattr(module, name), rows_of(module) if dim is None else dim
    norm = _SpectralNorm(weight, n_power_iterations, dim, eps)
    return register_parametrization(module, name, norm)

def orthogonal(module, name="weight", orthogonal_map=None, *, use_trivialization=True):
    """Refused: minigrad has no matrix exponential and no Householder products."""
    raise NotImplementedError("parametrizations.orthogonal: minigrad has no matrix_exp and no "
                              "householder_product; nn.init.orthogonal_ begins orthogonal")
