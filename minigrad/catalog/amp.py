"""Mixed precision, switched off: minigrad computes in the dtype of its tensors.

On a machine without CUDA, PyTorch switches off what asks for it, with a warning; so does this.
"""
import warnings
from contextlib import ContextDecorator

from ..dtypes import FLOAT16
from ..public import refuse
from .devices import make_module

DEVICES = "cpu cuda mps xpu hpu mtia xla meta ipu privateuseone".split()


class autocast(ContextDecorator):
    """Mixed precision where it is switched off: as `with` block or decorator, it changes nothing.

    For "cuda", which is not here, it is switched off with PyTorch's warning. Raises
    NotImplementedError for "cpu" unless `enabled=False`: minigrad has no bfloat16.

    >>> with mg.autocast("cpu", enabled=False):
    ...     (mg.ones(2) * 2).dtype == mg.float32
    True
    """

    def __init__(self, device_type, dtype=None, enabled=True, cache_enabled=None):
        refuse(not isinstance(device_type, str), "autocast: expected a device type such as 'cpu', "
               f"got {device_type!r:.60}", ValueError)
        refuse(device_type not in DEVICES, f"autocast: expected one of {', '.join(DEVICES)}, got "
               f"{device_type!r}")
        if enabled and device_type == "cuda":
            warnings.warn("CUDA is not available or torch_xla is imported. Disabling autocast.",
                          stacklevel=2)
        if enabled and device_type == "cpu":
            refuse(dtype is None or dtype == FLOAT16, "autocast: minigrad has no bfloat16, and "
                   "computes in the dtype of its tensors; pass enabled=False, or convert them with "
                   ".to(dtype)", NotImplementedError)
            warnings.warn("In CPU autocast, but the target dtype is not supported. Disabling "
                          "autocast.", stacklevel=2)
        self.device, self.fast_dtype, self._enabled = device_type, dtype, False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


class GradScaler:
    """Scales losses for float16 on CUDA; here it is switched off: `step` is the optimizer's own.

    Raises NotImplementedError where it would be switched on, `GradScaler("cpu")`.

    >>> scaler = mg.amp.GradScaler(enabled=False)
    >>> scaler.scale(mg.tensor(3.)), scaler.get_scale(), scaler.is_enabled()
    (tensor(3.), 1.0, False)
    """

    def __init__(self, device="cuda", init_scale=2.0**16, growth_factor=2.0, backoff_factor=0.5,
                 growth_interval=2000, enabled=True):
        refuse(enabled and device == "cpu", "GradScaler: minigrad trains in float32, whose "
               "gradients need no scale; pass enabled=False", NotImplementedError)
        if enabled and device == "cuda":
            warnings.warn("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  "
                          "Disabling.", stacklevel=2)

    def scale(self, outputs):
        """The outputs as they are."""
        return outputs

    def unscale_(self, optimizer):
        """Nothing: no gradient was scaled."""

    def step(self, optimizer, *args, **kwargs):
        """`optimizer.step(*args, **kwargs)`."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale=None):
        """Nothing: there is no scale."""

    def get_scale(self) -> float:
        """1.0."""
        return 1.0

    def is_enabled(self) -> bool:
        """False."""
        return False

    def state_dict(self) -> dict:
        """An empty dict."""
        return {}

    def load_state_dict(self, state_dict: dict):
        """Nothing: there is no state."""


class _CudaAutocast(autocast):
    def __init__(self, enabled=True, dtype=None, cache_enabled=True):
        super().__init__("cuda", dtype, enabled, cache_enabled)


class _CudaScaler(GradScaler):
    def __init__(self, *args, **kwargs):
        super().__init__("cuda", *args, **kwargs)


for _thing in (autocast, GradScaler):              # they live in `amp`, which this file stands for
    _thing.__module__ = "minigrad.amp"
make_module("amp", autocast=autocast, GradScaler=GradScaler,
            is_autocast_available=lambda device_type: False)
make_module("amp.autocast_mode", autocast=autocast)
make_module("amp.grad_scaler", GradScaler=GradScaler)
make_module("cuda.amp", autocast=_CudaAutocast, GradScaler=_CudaScaler)
make_module("cuda.amp.autocast_mode", autocast=_CudaAutocast)
make_module("cuda.amp.grad_scaler", GradScaler=_CudaScaler)
