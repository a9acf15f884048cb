"""The phones' doors of a hub that does not append (L14): exchanges are stored, then passed on.

A request that another hub has passed on is not passed on again: two such hubs that name each other would ask
each other for ever.
"""

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import RawBody

from hub.access import PhoneDoor
from hub.errors import AppenderAwayError, MediaTypeError
from hub.line import PASSED_ON, Line
from hub.service.group.groups import Groups
from hub.service.phones.forwarding import Forwarding
from hub.service.phones.short import made_whole, over_the_line
from protocol import enrolment
from protocol.exchange import CONTENT_TYPE, PATH, read_request, write_response
from protocol.ports import Reply
from provisioning.routes import Phone, is_of_type, posted


def forwarding_handler(
    groups: Groups, forwarding: Forwarding, line: Line, door: PhoneDoor, origin: str
) -> HTTPRouteHandler:
    """``POST /v1/exchange`` under the branch's public ``origin``, which all its hubs share."""

    @post(PATH, sync_to_thread=True)
    def exchange(body: RawBody, request: Phone) -> Response[bytes]:
        _check_first(request)
        if not is_of_type(request, CONTENT_TYPE):
            raise MediaTypeError(f"the body is not {CONTENT_TYPE}")
        asked = read_request(body)
        forwarding.look(asked.group)
        asker = door.asker(posted(request, origin, CONTENT_TYPE, body), request.scope["headers"], asked.group)
        forwarding.keep(made_whole(groups, asked, asker))
        reply = line.ask(_target(request), body, request.scope["headers"], _source(request))
        if reply is not None:
            return _passed(reply)
        answer = write_response(over_the_line(groups, asked, asker, forwarding.answer))
        return Response(answer, media_type=CONTENT_TYPE, status_code=200)

    return exchange


def passing_handlers(line: Line) -> list[HTTPRouteHandler]:
    """Enrolment: the appender's alone, because it keeps the register and the keys."""

    def passing(path: str, name: str) -> HTTPRouteHandler:
        @post(path, name=name, sync_to_thread=True, request_max_body_size=enrolment.REQUEST_BYTES_MAX)
        def pass_on(body: RawBody, request: Phone) -> Response[bytes]:
            _check_first(request)
            reply = line.ask(_target(request), body, request.scope["headers"], _source(request))
            if reply is None:
                raise AppenderAwayError("the appender does not answer")
            return _passed(reply)

        return pass_on

    return [passing(enrolment.PATH, "enrol"), passing(enrolment.CERTIFICATE_PATH, "certify")]


def _check_first(request: Phone) -> None:
    if any(name == PASSED_ON for name, _ in request.scope["headers"]):
        raise AppenderAwayError("the hub that this one is named for does not append")


def _target(request: Phone) -> str:
    """The path as it was signed. A query belongs to it; one that no line may carry is left for nobody."""
    query = request.scope["query_string"].decode("latin-1")
    target = request.scope["path"] + (f"?{query}" if query else "")
    if not (target.isascii() and target.isprintable() and " " not in target):
        raise MediaTypeError("the target is not printable ASCII")
    return target


def _source(request: Phone) -> str:
    client = request.scope["client"]
    return client[0] if client else ""


def _passed(reply: Reply) -> Response[bytes]:
    headers = {name: value for name, value in reply.headers.items() if name != "content-type"}
    kind = reply.headers.get("content-type", "application/octet-stream")
    return Response(reply.body, media_type=kind, status_code=reply.status, headers=headers)
