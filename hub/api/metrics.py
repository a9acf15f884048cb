"""``GET /metrics``: for Prometheus on the hub's own machine.

It has a thread of its own: where phones wait for a slow store in all the others, it still says so.
"""

from anyio import CapacityLimiter, to_thread
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.types import Guard
from prometheus_client import CONTENT_TYPE_LATEST

from hub.metrics import Metrics

PATH = "/metrics"


def metrics_handler(metrics: Metrics, here: Guard) -> HTTPRouteHandler:
    """The handler over what is counted; who asks from elsewhere gets what pages give: 403."""
    own = CapacityLimiter(1)

    @get(PATH, guards=[here])
    async def tell() -> Response[bytes]:
        page = await to_thread.run_sync(metrics.page, limiter=own)
        return Response(page, media_type=CONTENT_TYPE_LATEST)

    return tell
