"""Which layer refuses a vector's bytes, and how decoded values are written."""

import json

import msgspec

from protocol.errors import (
    BadSignatureError,
    ChainError,
    ForkError,
    GapError,
    LimitError,
    MalformedError,
    ProtocolError,
    SkewedClockError,
    UnpackError,
    UntrustedKeyError,
)


class LayerError(Exception):
    """The layer that refused a vector's bytes."""


def notation(value):
    """A decoded value as text: 5, nil, h'00ff', "HN", [1, 2]."""
    if value is None:
        return "nil"
    if isinstance(value, bytes):
        return f"h'{value.hex()}'"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        return str(value)
    return "[" + ", ".join(map(notation, value)) + "]"


def said(raw):
    """What canonical bytes say, whatever they are."""
    return notation(msgspec.msgpack.decode(raw))


# Which layer an error names by itself; the first that fits.
LAYERS = (
    (GapError, "gap"),
    (ForkError, "fork"),
    (ChainError, "log"),
    (UntrustedKeyError, "key"),
    (SkewedClockError, "clock"),
    (LimitError, "limit"),
)


def at(layer, read, *given):
    """Call; whoever refuses is the layer that the error names, or else the one that was reached."""
    try:
        return read(*given)
    except UnpackError as error:
        raise LayerError(error.step) from error
    except BadSignatureError as error:
        raise LayerError("digest" if layer == "digest" else "signature") from error
    except MalformedError as error:
        raise LayerError(layer) from error
    except ProtocolError as error:
        raise LayerError(next(name for kind, name in LAYERS if isinstance(error, kind))) from error
