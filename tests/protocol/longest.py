"""The longest entry that a field list allows."""

import msgspec


def longest(kind):
    """A value of ``kind`` whose lists are full, and whose numbers, texts and bytes are as long as can be."""
    return _longest(msgspec.inspect.type_info(kind))


def _longest(shape):  # noqa: PLR0911 (one line per shape)
    match shape:
        case msgspec.inspect.UnionType(types=types):
            return next(_longest(one) for one in types if not isinstance(one, msgspec.inspect.NoneType))
        case msgspec.inspect.IntType(ge=least, le=most):
            return least if least < -(2**31) else most
        case msgspec.inspect.BytesType(max_length=most):
            return b"\xff" * most
        case msgspec.inspect.StrType(max_length=24):
            return "K" * 24
        case msgspec.inspect.StrType(max_length=most):
            return "\u1ea1" * most
        case msgspec.inspect.LiteralType(values=values):
            return max(values, key=len)
        case msgspec.inspect.VarTupleType(item_type=inner, max_length=most):
            return tuple(_longest(inner) for _ in range(most))
        case msgspec.inspect.StructType(cls=cls, fields=fields):
            values = [_longest(field.type) for field in fields]
            if cls.__name__ == "Knows":
                values[1] = tuple(
                    msgspec.structs.replace(tip, writer=tip.writer - place)
                    for place, tip in enumerate(reversed(values[1]))
                )[::-1]
            return cls(*values)
        case _:
            raise AssertionError(shape)
