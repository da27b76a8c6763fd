"""PyTorch's older settings of losses, `size_average` and `reduce`, and softmax without its `dim`.

By place the settings come in PyTorch's order, in which these two stand among the others.
"""
import warnings
from functools import wraps
from inspect import Parameter, Signature, signature

from ... import nn
from ...create import as_tensor
from ...nn.arguments import reduced
from ...public import refuse

PLAIN = "size_average reduce reduction"
ORDERS = {                           # function, layer: the settings of both
    ("mse_loss", "MSELoss"): PLAIN,
    ("l1_loss", "L1Loss"): PLAIN,
    ("soft_margin_loss", "SoftMarginLoss"): PLAIN,
    ("kl_div", "KLDivLoss"): f"{PLAIN} log_target",
    ("smooth_l1_loss", "SmoothL1Loss"): f"{PLAIN} beta",
    ("binary_cross_entropy", "BCELoss"): f"weight {PLAIN}",
    ("binary_cross_entropy_with_logits", "BCEWithLogitsLoss"): f"weight {PLAIN} pos_weight",
    ("hinge_embedding_loss", "HingeEmbeddingLoss"): f"margin {PLAIN}",
    ("margin_ranking_loss", "MarginRankingLoss"): f"margin {PLAIN}",
    ("cosine_embedding_loss", "CosineEmbeddingLoss"): f"margin {PLAIN}",
    ("triplet_margin_loss", "TripletMarginLoss"): f"margin p eps swap {PLAIN}",
    ("nll_loss", "NLLLoss"): "weight size_average ignore_index reduce reduction",
    ("cross_entropy", "CrossEntropyLoss"):
        "weight size_average ignore_index reduce reduction label_smoothing",
    ("poisson_nll_loss", "PoissonNLLLoss"): "log_input full size_average eps reduce reduction",
}
WEIGHTED = {"mse_loss", "l1_loss"}   # these, but not their layers, take a weight for each number


def _ordered(function, names, extra=()):
    """(inputs, settings): the parameters of a loss in PyTorch's order."""
    own = signature(function).parameters
    inputs = [p for p in own.values() if p.default is p.empty]
    older = Parameter("older", Parameter.POSITIONAL_OR_KEYWORD, default=None)
    return inputs, [own.get(name, older).replace(name=name, kind=older.kind)
                    for name in (*names, *extra)]

def _today(given):
    """The settings with `reduction` for what the two older ones say, which warn."""
    average, reduce = given.pop("size_average", None), given.pop("reduce", None)
    if average is not None or reduce is not None:
        whole = "mean" if average is None or average else "sum"
        given["reduction"] = whole if reduce is None or reduce else "none"
        warnings.warn("size_average and reduce args will be deprecated, please use "
                      f"reduction='{given['reduction']}' instead.", stacklevel=3)
    return given

def _loss(function, names):
    """The loss under PyTorch's signature."""
    weighted = function.__name__ in WEIGHTED
    inputs, settings = _ordered(function, names, ["weight"] * weighted)
    shown, least = Signature(inputs + settings), len(inputs)
    today = {*signature(function).parameters}

    @wraps(function)
    def loss(*args, **named):
        if len(args) == least and named.keys() <= today:
            return function(*args, **named)
        given = _today(dict(shown.bind(*args, **named).arguments))
        weight = given.pop("weight", None) if weighted else None
        if weight is None:
            return function(**given)
        reduction, weight = given.pop("reduction", "mean"), as_tensor(weight)
        each = function(**given, reduction="none")
        refuse(weight.shape != each.shape, f"{function.__name__}: expected a weight of shape "
               f"{each.shape}, the input's, got {weight.shape}", ValueError)
        if reduction == "mean":
            return (each * weight).sum() / weight.sum()
        return reduced(each * weight, reduction)
    loss.__signature__ = shown
    return loss

def _layer(cls, settings):
    """Let the layer of a loss take its settings in PyTorch's order."""
    shown, init = Signature(settings), cls.__init__

    @wraps(init)
    def __init__(self, *args, **named):
        try:
            given = shown.bind(*args, **named).arguments
        except TypeError as error:
            raise TypeError(f"{cls.__name__}{shown}: {error}") from None
        init(self, **_today(dict(given)))
    cls.__init__, cls.__signature__ = __init__, shown

def _choosing(function):
    """Softmax along the axis that PyTorch takes where none is given, and warns of."""
    @wraps(function)
    def choosing(input, dim=None, _stacklevel=3, dtype=None):
        if dim is None:
            warnings.warn(f"Implicit dimension choice for {function.__name__} has been deprecated. "
                          "Change the call to include dim=X as an argument.", stacklevel=2)
            dim = 0 if input.ndim in (0, 1, 3) else 1
        return function(input, dim, dtype=dtype)
    choosing.__signature__ = signature(choosing, follow_wrapped=False)
    return choosing


for (_name, _class), _names in ORDERS.items():
    _function, _names = getattr(nn.functional, _name), _names.split()
    _layer(getattr(nn, _class), _ordered(_function, _names)[1])
    setattr(nn.functional, _name, _loss(_function, _names))
for _name in ("softmax", "log_softmax", "softmin"):
    setattr(nn.functional, _name, _choosing(getattr(nn.functional, _name)))
for _class in (nn.Softmax, nn.LogSoftmax, nn.Softmin):
    _class._function = staticmethod(getattr(nn.functional, _class._function.__name__))
