"""Lines of ``tovay-calc`` as tests ask them, and the answers read back."""

import json

from calc.__main__ import json_line
from calc.window import answer


def disbursed(amount, on="2020-01-10"):
    """Principal paid out."""
    return {"on": on, "kind": "disbursed", "amount": amount}


def rate(ppm, on="2020-01-10"):
    """A rate from a day on."""
    return {"on": on, "kind": "rate", "ppm": ppm}


def event(kind, on, **fields):
    """Any other event."""
    return {"on": on, "kind": kind, **fields}


def asked(start, end, *events, **more):
    """The answer to one line, read back from its JSON."""
    line = {"id": "A1", "from": start, "to": end, "events": list(events), **more}
    return answered({key: value for key, value in line.items() if value is not None})


def answered(line):
    """The same for a whole line."""
    return json.loads(json_line(1, answer(json.dumps(line).encode())))


def refused(start, end, *events):
    """The code of the refusal."""
    return asked(start, end, *events)["error"]["code"]
