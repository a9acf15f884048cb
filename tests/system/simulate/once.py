"""What a play works out once: the answers of pure functions that are asked for the same bytes again."""

import gc
import sys
from contextlib import contextmanager
from functools import cache, lru_cache

from protocol import seal as seals
from protocol.codec import decode_as
from protocol.entries import decode_entry

PURE = (seals.read, seals.verify, seals.unpack, seals.open_body, decode_as, decode_entry)
REMEMBERED_MAX = 1 << 14


@contextmanager
def reading_once():
    """Within it, what the same bytes say is remembered, as the verifier remembers signatures.

    What is raised is not remembered.
    """
    for function in PURE:
        _set(function, lru_cache(REMEMBERED_MAX)(function))
    try:
        yield
    finally:
        for function in PURE:
            _set(function, function)


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


def _set(function, value):
    for module in _holders(function):
        setattr(module, function.__name__, value)


@cache
def _holders(function):
    """Modules that know a function by its name."""
    return [
        module
        for module in sys.modules.values()
        if module is not None and vars(module).get(function.__name__) is function
    ]
