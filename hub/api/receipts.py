"""``POST /v1/receipts``: what the branch knows of a household's receipt, for whoever holds its code (L13).

Body: the text of the QR code, as ``text/plain``. Nobody logs in: the code itself is the proof, and the answer
tells no name and no sum.
"""

import msgspec
from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import RawBody

from hub.errors import MediaTypeError
from hub.service.forks.receipts import Door, look_up
from hub.service.group.groups import Groups
from protocol.qr import TEXT_MAX
from provisioning.routes import Phone, is_of_type, source_of

PATH = "/v1/receipts"
CONTENT_TYPE = "text/plain"


def receipt_handler(groups: Groups, door: Door) -> HTTPRouteHandler:
    """The handler over these groups; ``door`` bounds how often may be asked."""

    @post(PATH, sync_to_thread=True, request_max_body_size=TEXT_MAX + 2)
    def receipt(body: RawBody, request: Phone) -> Response[bytes]:
        if not is_of_type(request, CONTENT_TYPE):
            raise MediaTypeError(f"the body is not {CONTENT_TYPE}")
        door.enter(source_of(request.scope["client"]), groups.clock())
        found = look_up(groups, body.decode("ascii", "replace").strip())
        return Response(msgspec.json.encode(found), media_type="application/json", status_code=200)

    return receipt
