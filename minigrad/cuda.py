"""What scripts ask before they choose a device: there is no GPU here."""


def is_available() -> bool:
    """False: minigrad computes on the CPU.

    >>> mg.cuda.is_available()
    False
    """
    return False


def device_count() -> int:
    """0.

    >>> mg.cuda.device_count()
    0
    """
    return 0


def manual_seed(seed: int) -> None:
    """Nothing to seed; `mg.manual_seed` seeds the CPU.

    >>> mg.cuda.manual_seed(0)
    """


def synchronize() -> None:
    """Nothing to wait for.

    >>> mg.cuda.synchronize()
    """


manual_seed_all, empty_cache = manual_seed, synchronize
