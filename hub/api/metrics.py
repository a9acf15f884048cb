"""``GET /metrics``: for Prometheus on the hub's own machine."""

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.types import Guard
from prometheus_client import CONTENT_TYPE_LATEST

from hub.metrics import Metrics

PATH = "/metrics"


def metrics_handler(metrics: Metrics, here: Guard) -> HTTPRouteHandler:
    """The handler over what is counted; who asks from elsewhere gets what pages give: 403."""

    @get(PATH, sync_to_thread=True, guards=[here])
    def tell() -> Response[bytes]:
        return Response(metrics.page(), media_type=CONTENT_TYPE_LATEST)

    return tell
