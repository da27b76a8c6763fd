"""L-BFGS: a step that knows how the slope itself changes, from the last few steps alone."""
import math

import numpy as np

from ...grad_mode import enable_grad
from ...graph import leaf, raw
from ...optim.optimizer import Optimizer, plain
from ...public import refuse
from ..nn.utils import vector_to_parameters

class LBFGS(Optimizer):
    """Newton's method with a curvature that is remembered from `history_size` steps.

    Nocedal 1980; Liu & Nocedal 1989. `step(closure)` computes the loss up to max_eval times
    (1.25 · max_iter) in up to max_iter inner steps, and stops where no gradient is above
    tolerance_grad or nothing changes by tolerance_change. line_search_fn="strong_wolfe" looks for a
    length that is long enough and not too long; without it, a step has length lr. One group only.

    >>> w = mg.tensor([3.0, -2.0], requires_grad=True)
    >>> optimizer = mg.optim.LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((w - 1) ** 2).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure)                               # the loss before the step
    tensor(13., grad_fn=<SumBackward0>)
    >>> mg.allclose(w, mg.ones(2))
    True
    """

    def __init__(self, params, lr=1, max_iter=20, max_eval=None, tolerance_grad=1e-7,
                 tolerance_change=1e-9, history_size=100, line_search_fn=None):
        max_eval = max_iter * 5 // 4 if max_eval is None else max_eval
        super().__init__(params, locals())

    def add_param_group(self, param_group):
        if self.param_groups:
            raise ValueError("LBFGS: expected one group of parameters; it has one state for all")
        super().add_param_group(param_group)

    def check(self, group):
        super().check(group)
        refuse((search := group["line_search_fn"]) not in (None, "strong_wolfe"),
               f"LBFGS: expected line_search_fn None or 'strong_wolfe', got {search!r}", ValueError)

    def step(self, closure):
        """Up to max_iter inner steps; `closure` clears gradients, goes backward, gives the loss."""
        refuse(closure is None, "LBFGS.step: expected a closure that computes the loss; it is "
               "called several times", TypeError)
        self._opt_called = True
        group, state = self.param_groups[0], self.state[self.param_groups[0]["params"][0]]
        lr, change, last = plain(group["lr"]), group["tolerance_change"], group["max_iter"]
        closure = enable_grad()(closure)

        def slope_at(x):                                       # loss and gradient at x
            self._scatter(x)
            return float(closure()), self._gather()

        first = closure()
        loss, g, evals = float(first), self._gather(), 1
        x = np.concatenate([p.value.reshape(-1) for p in self._parameters()])
        state["func_evals"] = state.get("func_evals", 0) + 1
        state.setdefault("n_iter", 0)
        if np.abs(g).max() <= group["tolerance_grad"]:
            return first
        known = ("d", "t", "prev_flat_grad", "prev_loss")
        d, t, last_g, last_loss = (raw(state.get(key)) for key in known)
        steps, bends = ([a.value for a in state.get(key, [])] for key in ("old_stps", "old_dirs"))
        scale = state.get("H_diag", 1.0)

        for inner in range(1, last + 1):
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                d, scale, steps, bends = -g, 1.0, [], []
            else:
                y, s = g - last_g, d * x.dtype.type(t)
                if (ys := float(y @ s)) > 1e-10:               # where the curve bends upwards
                    size = group["history_size"]
                    steps, bends = [*steps, s][-size:], [*bends, y][-size:]
                    scale = ys / float(y @ y)
                d = _newton(g, steps, bends, scale)
            last_g, last_loss = g.copy(), loss
            t = lr * (min(1.0, 1 / float(np.abs(g).sum())) if state["n_iter"] == 1 else 1)
            if (gtd := float(g @ d)) > -change:                # hardly downhill
                break
            used = int(inner != last)                  # the last one waits for the next step()
            if search := group["line_search_fn"]:
                loss, g, t, used = _strong_wolfe(lambda t: slope_at(x + x.dtype.type(t) * d),
                                                 t, d, loss, g, gtd)
            x = x + x.dtype.type(t) * d
            self._scatter(x)
            if used and not search:
                loss, g = slope_at(x)
            flat = np.abs(g).max() <= group["tolerance_grad"]
            evals += used
            state["func_evals"] += used
            if (inner == last or evals >= group["max_eval"] or flat or np.abs(d * t).max() <= change
                    or abs(loss - last_loss) < change):
                break
        state.update(d=leaf(d), t=t, old_stps=[*map(leaf, steps)], old_dirs=[*map(leaf, bends)],
                     H_diag=scale, prev_flat_grad=leaf(last_g), prev_loss=last_loss)
        return first

    def load_state_dict(self, state_dict):
        """Take over settings and the memory; its vectors are as long as all parameters together."""
        def copy(x):
            if isinstance(x, list):
                return [*map(copy, x)]
            return leaf(x.value.copy()) if hasattr(x, "value") else x
        super().load_state_dict({**state_dict, "state": {}})
        for memory in state_dict["state"].values():
            self.state[self._parameters()[0]] = {key: copy(x) for key, x in memory.items()}

    def _gather(self):
        return np.concatenate([np.zeros(p.value.size, p.dtype) if p.grad is None
                               else p.grad.value.reshape(-1) for p in self._parameters()])

    def _scatter(self, x): vector_to_parameters(leaf(x), self._parameters())

def _newton(g, steps, bends, scale):
    """The direction −H⁻¹ g, H built from the remembered steps and bends (Nocedal's two loops)."""
    rho = [1 / (y @ s) for y, s in zip(bends, steps)]
    q, alphas = -g, []
    for y, s, r in reversed(list(zip(bends, steps, rho))):
        alphas.append((s @ q) * r)
        q = q - alphas[-1] * y
    d = q * g.dtype.type(scale)
    for y, s, r, alpha in zip(bends, steps, rho, reversed(alphas)):
        d = d + s * (alpha - (y @ d) * r)
    return d

def _cubic(x1, f1, g1, x2, f2, g2, bounds=None):
    """Where the cubic through two points with these slopes has its minimum, within the bounds."""
    (x1, f1, g1), (x2, f2, g2) = sorted([(x1, f1, g1), (x2, f2, g2)])
    low, high = bounds or (x1, x2)
    d1 = g1 + g2 - 3 * (f1 - f2) / (x1 - x2)
    square = d1 * d1 - g1 * g2
    if not square >= 0:
        return (low + high) / 2
    d2 = math.sqrt(square)
    best = x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2 * d2))
    return min(max(best, low), high)

def _strong_wolfe(at, t, d, f, g, gtd, c1=1e-4, c2=0.9, change=1e-9, most=25):
    """A length t that lowers the loss enough (c1) and flattens the slope enough (c2).

    Nocedal & Wright, section 3.5. First a bracket of two lengths around such a t is found, then it
    is narrowed. `at(t)` gives loss and gradient.
    """
    def point(t):
        f, g = at(t)
        return t, f, g, float(g @ d)

    zero = last = (0, f, g, gtd)
    new, tries, done, bracket = point(t), 0, False, None
    while tries < most:
        t, f_new, _, slope = new
        flat = abs(slope) <= -c2 * gtd
        rises = tries > 1 and f_new >= last[1] or slope >= 0 and not flat
        if f_new > f + c1 * t * gtd or rises:
            bracket = [last, new]
            break
        if flat:
            bracket, done = [new, new], True
            break
        bounds = (t + 0.01 * (t - last[0]), t * 10)
        t = _cubic(last[0], last[1], last[3], t, f_new, slope, bounds)
        last, new, tries = new, point(t), tries + 1
    bracket = bracket or [zero, new]

    low, high = (0, 1) if bracket[0][1] <= bracket[1][1] else (1, 0)
    stuck, widest = False, float(np.abs(d).max())
    while not done and tries < most:
        ends = sorted(p[0] for p in bracket)
        if (ends[1] - ends[0]) * widest < change:
            break
        (t1, f1, _, s1), (t2, f2, _, s2) = bracket
        t, margin = _cubic(t1, f1, s1, t2, f2, s2), 0.1 * (ends[1] - ends[0])
        near = min(ends[1] - t, t - ends[0]) < margin
        if near and (stuck or not ends[0] < t < ends[1]):    # too close to an end, twice: move away
            right = abs(t - ends[1]) < abs(t - ends[0])
            t, stuck = ends[1] - margin if right else ends[0] + margin, False
        else:
            stuck = near
        new, tries = point(t), tries + 1
        if new[1] > f + c1 * t * gtd or new[1] >= bracket[low][1]:
            bracket[high] = new
            low, high = (0, 1) if bracket[0][1] <= bracket[1][1] else (1, 0)
        else:
            done = abs(new[3]) <= -c2 * gtd
            if not done and new[3] * (bracket[high][0] - bracket[low][0]) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = new
    t, f, g, _ = bracket[low]
    return f, g, t, tries + 1
