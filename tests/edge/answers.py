"""Answers of the hub that somebody changed on the way."""

from protocol import exchange
from protocol.exchange import Response
from protocol.ports import Reply

TYPE = {"content-type": exchange.CONTENT_TYPE}


def changed(**given):
    """A fault that changes fields of the honest response; a field may be a function of the honest one."""

    def fault(answer):
        honest = exchange.read_response(answer().body)
        fields = {name: getattr(honest, name) for name in Response.__struct_fields__}
        for name, value in given.items():
            fields[name] = value(fields[name]) if callable(value) else value
        return Reply(200, TYPE, exchange.write_response(Response(**fields)))

    return fault
