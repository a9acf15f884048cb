"""``GET /health``: for whoever watches the machine. 503 when the hub cannot do its work in full.

It has threads of its own: where phones wait for a slow store in all the others, it still says so.
"""

import msgspec
from anyio import CapacityLimiter, to_thread
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from hub.service.group.groups import Groups
from hub.service.upkeep.health import health

PATH = "/health"
_ASKING_MAX = 2


def health_handler(groups: Groups) -> HTTPRouteHandler:
    """The handler over these groups."""
    own = CapacityLimiter(_ASKING_MAX)

    @get(PATH)
    async def tell() -> Response[bytes]:
        found = await to_thread.run_sync(health, groups, limiter=own)
        status = 200 if found.status == "ok" else 503
        return Response(msgspec.json.encode(found), media_type="application/json", status_code=status)

    return tell
