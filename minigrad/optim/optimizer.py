"""What all optimizers share: groups of parameters with settings, memories, the loop of a step."""
from collections import defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy

import numpy as np

from ..changes import changed
from ..grad_mode import enable_grad
from ..graph import leaf, raw
from ..public import refuse
from ..tensor import Tensor


class Optimizer:
    """The base of all optimizers; a subclass writes `update`, the change of one parameter.

    `param_groups` is a list of dicts, each with its "params" and their settings (`lr` …); change a
    setting there, and the next step uses it. `state[parameter]` is the memory for one parameter:
    momentum, averages, the number of steps. Raises ValueError for no parameters, one named twice,
    or one that is itself computed; TypeError for other things than tensors.

    >>> class SignDescent(mg.optim.Optimizer):
    ...     def __init__(self, params, lr=0.1):
    ...         super().__init__(params, {"lr": lr})
    ...     def update(self, w, g, state, group):
    ...         w -= group["lr"] * (2 * (g > 0) - 1)
    >>> w = mg.tensor([1., -2.], requires_grad=True)
    >>> (w * w).sum().backward()
    >>> SignDescent([w]).step()
    >>> w
    tensor([ 0.9000, -1.9000], requires_grad=True)
    """

    _opt_called = False                                  # schedulers ask whether `step` was called

    def __init__(self, params: Iterable[Tensor] | Iterable[dict], defaults: dict):
        name = type(self).__name__
        refuse(isinstance(params, (Tensor, dict, set)), f"{name}: expected an ordered iterable of "
               f"tensors, or of dicts that are groups, got a {type(params).__name__}; pass "
               "model.parameters(), or a list", TypeError)
        self.state, self.param_groups = defaultdict(dict), []
        self.defaults = {key: x for key, x in defaults.items() if key not in ARGUMENTS}
        groups = list(params)
        refuse(not groups, f"{name}: got an empty list of parameters; an exhausted generator looks "
               "like this too", ValueError)
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict) -> None:
        """Train more parameters, with settings of their own: `{"params": [...], "lr": 0.01}`."""
        name = type(self).__name__
        if not isinstance(param_group, dict) or "params" not in param_group:
            raise TypeError(f"{name}: expected a group like {{'params': [...], 'lr': 0.1}}, "
                            f"got {param_group!r:.60}")
        params = param_group["params"]
        params = [params] if isinstance(params, Tensor) else list(params)
        names = [p[0] for p in params if isinstance(p, tuple)]
        some = 0 < len(names) < len(params)
        params = [p[1] for p in params] if names and not some else params
        settings = {**self.defaults, **param_group, "params": params}
        settings.update({"param_names": names} if names else {})
        others = ["param_names" in group for group in self.param_groups]
        refuse(some or ("param_names" not in settings) in others, f"{name}: expected names for all "
               "parameters, or for none", ValueError)
        known = set(self._parameters())
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"{name}: expected tensors as parameters, got "
                                f"{type(p).__name__}: {p!r:.60}")
            if not p.is_leaf:
                raise ValueError(f"{name}: a tensor of shape {p.shape} was computed by "
                                 f"'{p.op and p.op.__name__}'; only leaves, which nothing "
                                 "computes, can be optimized")
            if p in known:
                raise ValueError(f"{name}: a parameter of shape {p.shape} appears twice; a step "
                                 "would change it twice")
            known.add(p)
        self.check(settings)
        self.param_groups.append(settings)

    def check(self, group: dict) -> None:
        """Raise ValueError for a setting that makes no sense; those named here are numbers ≥ 0.

        `foreach` and `fused` choose between PyTorch's kernels, which compute the same.
        """
        self.check_numbers(group, "lr", "momentum", "weight_decay", "eps")
        name, betas = type(self).__name__, group.get("betas", (0, 0))
        refuse(not isinstance(betas, (tuple, list)) or len(betas) != 2
               or not all(isinstance(b, (int, float)) and 0 <= b < 1 for b in betas),
               f"{name}: expected two betas from 0 to below 1, got {betas!r}", ValueError)
        for key in ("capturable", "differentiable"):
            refuse(group.get(key), f"{name}: minigrad's steps are not {key}; leave {key}=False",
                   NotImplementedError)
        refuse(group.get("foreach") and group.get("fused"),
               f"{name}: `fused` and `foreach` cannot be True together")

    def check_numbers(self, group: dict, *keys: str) -> None:
        """Raise ValueError unless these settings, where there are any, are numbers from 0 up."""
        for key in keys:
            value = plain(group.get(key, 0))
            refuse(not (isinstance(value, (int, float)) and value >= 0), f"{type(self).__name__}: "
                   f"expected {key} to be a number from 0 up, got {value!r}", ValueError)

    @np.errstate(all="ignore")                       # where training diverges, inf is the answer
    def step(self, closure: Callable | None = None):
        """Change every parameter that has a gradient; `closure`, if given, computes the loss."""
        loss, self._opt_called = None, True
        if closure is not None:
            with enable_grad():
                loss = closure()
        due = [(p, group) for group in map(plain, self.param_groups) for p in group["params"]
               if p.grad is not None]
        for p, _ in due:                     # all of them or none
            if p.grad.value.shape != p.value.shape:
                raise RuntimeError(f"{type(self).__name__}: expected .grad of shape {p.shape}, got "
                                   f"{p.grad.shape}")
        for p, _ in due:
            changed(p.value)
        for p, group in due:
            self.update(p.value, p.grad.value, self.state[p], group)
        return loss

    def update(self, w: np.ndarray, g: np.ndarray, state: dict, group: dict) -> None:
        """Change one parameter's values `w` in place, given its gradient `g`, which stays."""
        raise NotImplementedError(f"{type(self).__name__} needs a method "
                                  "`update(self, w, g, state, group)`")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients, or set them to zero; otherwise the next backward adds to them."""
        for p in self._parameters():
            p.grad = None if set_to_none or p.grad is None else p.grad.detach().zero_()

    def state_dict(self) -> dict:
        """Settings and memories, in PyTorch's form: parameters are numbered in their order.

        >>> state = mg.optim.SGD([mg.zeros(2)], lr=0.5).state_dict()
        >>> state["param_groups"][0]["lr"], state["param_groups"][0]["params"]
        (0.5, [0])
        """
        number = {p: i for i, p in enumerate(self._parameters())}
        groups = [{**group, "params": [number[p] for p in group["params"]]}
                  for group in self.param_groups]
        state = {number[p]: dict(memory) for p, memory in self.state.items() if memory}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: dict) -> None:
        """Take over settings and memories from `state_dict()`, also that of PyTorch's optimizer.

        Raises ValueError, and loads nothing, if the groups or the shapes are not this optimizer's.
        """
        groups, state = state_dict["param_groups"], defaultdict(dict)
        own, saved = ([len(g["params"]) for g in some] for some in (self.param_groups, groups))
        refuse(own != saved, f"{type(self).__name__}.load_state_dict: expected groups of {own} "
               f"parameters, got {saved}", ValueError)
        numbers = [i for group in groups for i in group["params"]]
        for i, p in zip(numbers, self._parameters()):
            if i in state_dict["state"]:
                memory = state_dict["state"][i]
                state[p] = {key: _copy(x, p, key) for key, x in memory.items()}
        self.state = state
        for group, settings in zip(self.param_groups, groups):
            group.update({key: deepcopy(x) for key, x in settings.items() if key != "params"})

    def _parameters(self) -> list[Tensor]:
        return [p for group in self.param_groups for p in group["params"]]

    def __repr__(self):
        text = f"{type(self).__name__} ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n"
            text += "".join(f"    {key}: {group[key]}\n" for key in sorted({*group} - {"params"}))
        return text + ")"


ARGUMENTS = "self", "params", "__class__"                 # of an __init__'s locals(), no settings

def plain(x):
    """The number that a tensor of one element holds; a group of settings with numbers for them."""
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    return x.item() if isinstance(x, Tensor) and x.numel() == 1 else x

def _copy(x, p, key):
    """A memory of parameter p: an own copy, of p's type; but steps are counted in float32."""
    if key == "step":
        return leaf(np.array(raw(x), np.float32))
    if not isinstance(x, Tensor):
        return x
    if x.ndim and x.shape != p.shape:
        raise ValueError(f"load_state_dict: expected {key} of shape {p.shape}, got {x.shape}")
    return leaf(x.value.astype(p.value.dtype))

def to_follow(w: np.ndarray, g: np.ndarray, group: dict, decay: float) -> np.ndarray:
    """The gradient with decay · w added, turned round where the group says `maximize`."""
    if group["maximize"]:
        g = -g
    return g + decay * w if decay else g

def remember(state: dict, w: np.ndarray, *names: str) -> list[np.ndarray]:
    """The memories under these names, which begin as zeros."""
    for name in names:
        if name not in state:
            state[name] = leaf(np.zeros_like(w))
    return [state[name].value for name in names]

def count(state: dict) -> int:
    """One step more; how many there are now."""
    steps = state.setdefault("step", leaf(np.zeros((), np.float32)))
    steps.value += 1
    return int(steps.value)
