"""The doors of a hub that does not append (L14), composed: it holds no key of the branch and no register."""

import secrets

from litestar import Litestar
from litestar.exceptions import HTTPException

from hub.access import PhoneDoor, at_this_machine
from hub.api.checkpoints import checkpoint_router
from hub.api.forwarding import forwarding_handler, passing_handlers
from hub.api.health import health_handler
from hub.api.metrics import metrics_handler
from hub.api.receipts import receipt_handler
from hub.app import Hub
from hub.gate import BODY_GRACE_S, Gate
from hub.line import Line
from hub.metrics import Metrics
from hub.pages.receipts import receipt_router
from hub.pages.rendering import stylesheet
from hub.problem import refuse
from hub.service.forks.receipts import Door
from hub.service.phones.forwarding import Forwarding
from hub.service.phones.quota import Quota
from protocol.limits import EXCHANGE_REQUEST_BYTES_MAX
from provisioning.nonces import Nonces
from provisioning.settings import REGISTER


def forwarding_app(hub: Hub, body_grace_s: float = BODY_GRACE_S, metrics: Metrics | None = None) -> Gate:
    """Every HTTP door of a hub whose settings name the one that appends."""
    metrics = metrics or Metrics(hub.groups)
    origin = hub.settings.origin
    # Challenges are checked against a key of this process; the register behind it is not asked.
    nonces = Nonces(hub.directory / REGISTER, secrets.token_bytes(32))
    door = PhoneDoor(hub.groups, nonces, hub.clock)
    line = Line(hub.settings.forward_to)
    forwarding = Forwarding(hub.groups, Quota())
    receipts = Door()
    app = Litestar(
        route_handlers=[
            forwarding_handler(hub.groups, forwarding, line, door, origin),
            *passing_handlers(line),
            health_handler(hub.groups),
            metrics_handler(metrics, at_this_machine(hub.settings.proxies)),
            receipt_handler(hub.groups, receipts),
            receipt_router(hub.groups, receipts),
            checkpoint_router(hub.store),
            stylesheet(),
        ],
        exception_handlers={HTTPException: refuse, Exception: refuse},
        request_max_body_size=EXCHANGE_REQUEST_BYTES_MAX,
        openapi_config=None,
        logging_config=None,
    )
    return Gate(app, https=origin.startswith("https:"), body_grace_s=body_grace_s, answered=metrics.answered)
