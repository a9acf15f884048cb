"""What a play works out once: the answers of pure functions that are asked for the same bytes again."""

import gc
from contextlib import contextmanager
from functools import lru_cache

from protocol import codec
from protocol import seal as seals

PURE = ((seals, "read"), (seals, "unpack"), (seals, "open_body"), (codec, "_is_plainly_canonical"))
REMEMBERED_MAX = 1 << 14


@contextmanager
def reading_once():
    """Within it, what the same bytes say is remembered, as the verifier remembers signatures."""
    real = [getattr(module, name) for module, name in PURE]
    for (module, name), function in zip(PURE, real, strict=True):
        setattr(module, name, lru_cache(REMEMBERED_MAX)(function))
    try:
        yield
    finally:
        for (module, name), function in zip(PURE, real, strict=True):
            setattr(module, name, function)


@contextmanager
def collecting_after():
    """Within it nothing looks for garbage: a world is small, and all of it is garbage in the end."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
        gc.collect(0)
