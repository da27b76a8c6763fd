"""The nodes of a graph as PyTorch's programs walk it: its names, `next_functions`, `variable`."""
from ..graph import Node, tensor
from ..printing import FUNCTIONS, OPERATIONS, GradFn, grad_fn

BY_AXES = {(1, 1): "Dot", (2, 1): "Mv", (2, 2): "Mm"}

def _matmul(x, y): return BY_AXES.get((x.ndim, y.ndim), "UnsafeView")

def _linear(x, w, b=None):
    if x.ndim == 2:
        return "Mm" if b is None else "Addmm"
    return "View" if b is not None else "UnsafeView" if x.ndim > 1 else "SqueezeBackward4"

def _pow(x, y):
    base, power = hasattr(x, "ndim"), hasattr(y, "ndim")
    return "PowBackward1" if base and power else "PowBackward0" if base else "PowBackward2"

def _getitem(x, *, index):
    """What the last of its parts does; one array is enough to choose by."""
    if any(hasattr(i, "dtype") or isinstance(i, list) for i in index):
        return "Index"
    parts = [i for i in index if i is not Ellipsis and i != slice(None)]
    last = parts[-1] if parts else slice(None)
    return "Unsqueeze" if last is None else "Slice" if isinstance(last, slice) else "Select"

def _all_or(whole, part):
    return lambda x, *, axis=None, **_: whole if axis is None else part

def _by_dim(name): return lambda input, dim=None, *_, **__: f"{name}Backward{int(dim is not None)}"

OPERATIONS |= {
    "amax": _all_or("MaxBackward1", "Amax"), "amin": _all_or("MinBackward1", "Amin"),
    "sum": _all_or("Sum", "SumBackward1"), "mean": _all_or("Mean", "MeanBackward1"),
    "matmul": _matmul, "linear": _linear, "pow": _pow, "getitem": _getitem,
    "sub": lambda x, y: "Sub" if hasattr(x, "ndim") else "RsubBackward1",
    "div": lambda x, y: "Div" if hasattr(x, "ndim") else "Mul",
    "setitem": "CopySlices", "copy": "CopyBackwards", "to": "ToCopy", "clamp": "ClampBackward1",
    "conv2d": "Convolution", "max_pool2d": "MaxPool2DWithIndices", "batch_norm": "NativeBatchNorm",
    "layer_norm": "NativeLayerNorm", "pad": "ConstantPadNd", "bce": "BinaryCrossEntropy",
    "norm": "LinalgVectorNorm", "logsigmoid": "LogSigmoid", "det": "LinalgDet",
    "inv": "LinalgInvEx", "solve": "LinalgSolveEx"}

FUNCTIONS |= {name: name.title().replace("_", "") for name in """
    t split unbind sort topk kthvalue mode cumprod repeat flip roll rot90 gather index_select
    masked_fill masked_select take index_add tril triu diagonal unfold bmm addmm addcmul addcdiv
    trace lerp nansum logit frac huber_loss smooth_l1_loss nll_loss gelu mish glu
    hardswish hardsigmoid softshrink avg_pool2d pixel_shuffle""".split()} | {
    name: _by_dim(name.title()) for name in ("squeeze", "prod", "median", "nanmedian")} | {
    "chunk": "Split", "scatter": "ScatterBackward1", "group_norm": "NativeGroupNorm",
    "prelu": "PreluKernel"}


class AccumulateGrad(GradFn):
    """The end of a road in the graph: a leaf, its `variable`, whose `grad` is added up."""

    def name(self) -> str: return "torch::autograd::AccumulateGrad"

    @property
    def variable(self):
        """The tensor itself, or, if nobody holds it any more, another one of the same node."""
        held = self.node.held and self.node.held()
        return tensor(self.node, self.node.value) if held is None else held

def _next_functions(self) -> tuple:
    """`(grad_fn, 0)` for each input; `(None, 0)` for one to which no gradient flows."""
    op = self.node.op
    return tuple((_behind(x), 0) for x, rule in zip(self.node.inputs, op.rules if op else ())
                 if rule and (isinstance(x, Node) or op.__name__ in ("add", "mul", "div")))

def _behind(x):
    if not isinstance(x, Node) or not x.tracked:
        return None
    return grad_fn(x) if x.op else AccumulateGrad(x)

GradFn.next_functions = property(_next_functions)
