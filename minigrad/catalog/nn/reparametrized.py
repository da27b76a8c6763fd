"""Weights that a hook computes before each forward: a direction and a length, or divided by a norm.

The older form of `nn.utils.parametrizations`.
"""
import warnings

from ...create import empty
from ...grad_mode import no_grad
from ...nn.init import normal_
from ...nn.module import Module, Parameter
from ...public import refuse
from ..linalg import vector_norm
from ..products import dot, mv
from .norm import normalize

def lengths(weight, dim):
    """The norm of the weight, or of each slice along `dim`, with axes of size 1 for the others."""
    if dim is None or dim == -1:
        return vector_norm(weight)
    axes = tuple(i for i in range(weight.ndim) if i != dim % weight.ndim)
    return vector_norm(weight, 2, axes, keepdim=True) if axes else weight.abs()

def of_length(direction, length, dim):
    """The direction with another length, or with other lengths along `dim`."""
    return direction * (length / lengths(direction, dim))

def as_matrix(weight, dim):
    """(rows along `dim`, all else)."""
    weight = weight.permute(dim, *[i for i in range(weight.ndim) if i != dim])
    return weight.reshape(weight.shape[0], -1)

@no_grad()
def power_iteration(matrix, u, v, times, eps, order=1):
    """Bring u and v, in place, nearer to the matrix's first singular vectors (Golub & Van Loan).

    First u from v, then v from u, or, in `order` −1, the other way round.
    """
    halves = [(u, matrix, v), (v, matrix.mT, u)][::order]
    for new, factor, old in halves * times:
        new.copy_(normalize(mv(factor, old), dim=0, eps=eps))

def first_vectors(matrix, eps):
    """Random unit vectors to begin with, for its rows and for its columns."""
    return [normalize(normal_(empty(n, dtype=matrix.dtype)), dim=0, eps=eps) for n in matrix.shape]

def rows_of(module):
    """Along which axis a layer's weight holds its outputs."""
    return int("ConvTranspose" in type(module).__name__)

class _Hook:
    """Sets `module.name` before each forward; what it is computed from are parameters."""

    def __call__(self, module, inputs): setattr(module, self.name, self.compute(module))

    def put(self, module, name):
        """Take the parameter away from the module, and be called from now on."""
        refuse(any(isinstance(hook, type(self)) and hook.name == name
                   for hook in hooks_of(module)), f"{type(self).__name__}: the parameter {name!r} "
               "has one already")
        self.name, weight = name, getattr(module, name)
        self.handle = module.register_forward_pre_hook(self)
        return weight

class _WeightNorm(_Hook):
    def compute(self, module):
        direction, length = (getattr(module, f"{self.name}_{end}") for end in "vg")
        return of_length(direction, length, self.dim)

class _SpectralNorm(_Hook):
    def compute(self, module, train=None):
        weight, u, v = (getattr(module, f"{self.name}_{end}") for end in ("orig", "u", "v"))
        matrix = as_matrix(weight, self.dim)
        if module.training if train is None else train:
            power_iteration(matrix, u, v, self.n_power_iterations, self.eps, order=-1)
            u, v = u.clone(), v.clone()                  # the next step shall not change these
        return weight / dot(u, mv(matrix, v))

def hooks_of(module):
    """The functions that are called before each forward."""
    return [hook for hook, _ in module._hooks.before.values()] if module._hooks else []

def weight_norm(module, name="weight", dim=0):
    """w = g · v / ‖v‖, with one length g for each slice along `dim` (Salimans & Kingma 2016).

    >>> layer = mg.nn.utils.weight_norm(mg.nn.Linear(3, 2))
    >>> [name for name, p in layer.named_parameters()]
    ['bias', 'weight_g', 'weight_v']
    """
    warnings.warn("`torch.nn.utils.weight_norm` is deprecated in favor of "
                  "`torch.nn.utils.parametrizations.weight_norm`.", FutureWarning, stacklevel=2)
    hook = _WeightNorm()
    weight, hook.dim = hook.put(module, name), dim
    delattr(module, name)
    setattr(module, f"{name}_g", Parameter(lengths(weight, dim).detach()))
    setattr(module, f"{name}_v", Parameter(weight.detach()))
    hook(module, ())
    return module

def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    """w / σ, where σ is the largest singular value of w as a matrix (Miyato et al. 2018).

    In training each forward brings σ nearer by n_power_iterations.

    >>> layer = mg.nn.utils.spectral_norm(mg.nn.Linear(3, 2))
    >>> list(layer.state_dict())
    ['bias', 'weight_orig', 'weight_u', 'weight_v']
    """
    refuse(n_power_iterations < 1, "spectral_norm: expected n_power_iterations to be positive, got "
           f"{n_power_iterations}", ValueError)
    hook = _SpectralNorm()
    weight, hook.dim = hook.put(module, name), rows_of(module) if dim is None else dim
    hook.n_power_iterations, hook.eps = n_power_iterations, eps
    u, v = first_vectors(as_matrix(weight.detach(), hook.dim), eps)
    delattr(module, name)
    setattr(module, f"{name}_orig", weight)
    setattr(module, name, weight.detach())
    module.register_buffer(f"{name}_u", u)
    module.register_buffer(f"{name}_v", v)
    return module

def remove_weight_norm(module, name="weight"):
    """The weight is a parameter of its own again, as it is now."""
    return _remove(module, name, _WeightNorm, "gv", lambda hook: hook.compute(module))

def remove_spectral_norm(module, name="weight"):
    """The weight is a parameter of its own again, as it is now."""
    return _remove(module, name, _SpectralNorm, ("orig", "u", "v"),
                   lambda hook: hook.compute(module, train=False))

def _remove(module: Module, name, kind, ends, compute):
    hook = next((h for h in hooks_of(module) if isinstance(h, kind) and h.name == name), None)
    refuse(hook is None, f"no {kind.__name__[1:]} of {name!r} found in {type(module).__name__}",
           ValueError)
    with no_grad():
        weight = compute(hook)
    hook.handle.remove()
    for gone in (name, *(f"{name}_{end}" for end in ends)):
        delattr(module, gone)
    setattr(module, name, Parameter(weight.detach()))
    return module

__all__ = ["remove_spectral_norm", "remove_weight_norm", "spectral_norm", "weight_norm"]
