"""Where tensors live: the CPU, and nowhere else; every other place is refused here."""
from functools import wraps

from .dtypes import no_string

NOT_HERE = ("minigrad computes on the CPU only; choose "
            "torch.device('cuda' if torch.cuda.is_available() else 'cpu')")

strided, contiguous_format, preserve_format = "strided", "contiguous_format", "preserve_format"
FORMATS = (None, contiguous_format, preserve_format)


class device:
    """The place of a tensor: `device("cpu")`; any other raises RuntimeError.

    >>> mg.device("cpu")
    device(type='cpu')
    """

    type, index = "cpu", None

    def __init__(self, type="cpu", index=None):
        if str(getattr(type, "type", type)).partition(":")[0] != "cpu":
            raise RuntimeError(f"device: expected 'cpu', got {type!r}; {NOT_HERE}")

    def __repr__(self): return "device(type='cpu')"
    def __str__(self): return "cpu"
    def __eq__(self, other): return isinstance(other, device)
    def __hash__(self): return hash("cpu")

def placed(function):
    """Accept PyTorch's device, layout, pin_memory, memory_format: here is one place, one layout."""
    @wraps(function)
    def accepting(*args, **settings):
        if settings:
            if (place := settings.pop("device", None)) is not None:
                device(place)
            op = accepting.__name__
            if settings.pop("layout", None) not in (None, strided):
                raise NotImplementedError(f"{op}: minigrad's tensors have the layout strided only")
            if (form := settings.pop("memory_format", None)) not in FORMATS:
                raise NotImplementedError(f"{op}: minigrad has one memory_format only")
            settings.pop("pin_memory", None)
            no_string(op, settings)
            if form == contiguous_format:
                return function(*args, **settings).contiguous()
        return function(*args, **settings)
    return accepting
