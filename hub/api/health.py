"""``GET /health``: for whoever watches the machine. 503 when the hub cannot do its work in full."""

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from hub.service.group.groups import Groups
from hub.service.upkeep.health import health

PATH = "/health"


def health_handler(groups: Groups) -> HTTPRouteHandler:
    """The handler over these groups."""

    @get(PATH, sync_to_thread=True)
    def tell() -> Response[bytes]:
        found = health(groups)
        status = 200 if found.status == "ok" else 503
        return Response(msgspec.json.encode(found), media_type="application/json", status_code=status)

    return tell
