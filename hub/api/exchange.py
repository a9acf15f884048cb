"""``POST /v1/exchange``: the one idempotent round trip (L11). Body: ``protocol.exchange``.

The raw body is bounded and decoded strictly. Seals are taken in whatever the request's signature is worth;
only then does the signature decide what is answered.
"""

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import RawBody

from hub.access import PhoneDoor
from hub.errors import MediaTypeError
from hub.service.group.groups import Groups
from hub.service.phones.devices import Devices
from hub.service.phones.intake import Intake
from hub.service.phones.short import over_the_line
from protocol.exchange import CONTENT_TYPE, PATH, read_request, write_response
from provisioning.routes import Phone, is_of_type, posted


def exchange_handler(
    groups: Groups, intake: Intake, devices: Devices, door: PhoneDoor, origin: str
) -> HTTPRouteHandler:
    """The handler under the hub's public ``origin``, which signed requests name as their target."""

    @post(PATH, sync_to_thread=True)
    def exchange(body: RawBody, request: Phone) -> Response[bytes]:
        if not is_of_type(request, CONTENT_TYPE):
            raise MediaTypeError(f"the body is not {CONTENT_TYPE}")
        asked = read_request(body)
        intake.take_back(asked)
        devices.carry_out(asked.group)
        call = posted(request, origin, CONTENT_TYPE, body)
        asker = door.asker(call, request.scope["headers"], asked.group)
        barred = devices.barred(asked.group)
        answer = write_response(over_the_line(groups, asked, asker, intake.exchange, barred))
        return Response(answer, media_type=CONTENT_TYPE, status_code=200)

    return exchange
