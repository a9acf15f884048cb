"""Every HTTP door of a hub that appends, as one ASGI application."""

from litestar import Litestar
from litestar.exceptions import HTTPException

from hub.access import PhoneDoor, at_this_machine
from hub.api.checkpoints import checkpoint_router
from hub.api.exchange import exchange_handler
from hub.api.explanation import explanation_router
from hub.api.health import health_handler
from hub.api.metrics import metrics_handler
from hub.api.receipts import receipt_handler
from hub.app import Hub, passphrase
from hub.gate import BODY_GRACE_S, Gate
from hub.metrics import Metrics
from hub.pages.days import page_router
from hub.pages.households import household_router
from hub.pages.receipts import receipt_router
from hub.pages.rendering import stylesheet
from hub.problem import refuse
from hub.service.forks.receipts import Door
from hub.service.phones.devices import Devices
from hub.service.phones.intake import Intake
from hub.service.phones.quota import Quota
from hub.service.phones.sweeping import Sweep
from protocol.limits import EXCHANGE_REQUEST_BYTES_MAX
from provisioning.authority import load_authority
from provisioning.enrol import open_desk
from provisioning.register import Register
from provisioning.routes import handlers
from provisioning.settings import REGISTER


def web_app(
    hub: Hub, origin: str, body_grace_s: float = BODY_GRACE_S, metrics: Metrics | None = None
) -> Gate:
    """Every HTTP door of the hub under its public ``origin``."""
    metrics = metrics or Metrics(hub.groups)
    assert hub.signer is not None
    devices = Devices(hub.groups, Register(hub.directory / REGISTER), hub.clock)
    authority = load_authority(hub.directory, passphrase(hub.directory, hub.settings))
    desk = open_desk(hub.directory, hub.signer, authority, devices, hub.clock)
    door = PhoneDoor(hub.groups, desk.nonces, hub.clock)
    intake = Intake(hub.groups, Quota())
    intake.catch_up()
    sweep = Sweep(hub.groups, intake, hub.settings.sweep_s)
    receipts = Door()
    here = at_this_machine(hub.settings.proxies)
    phones = [exchange_handler(hub.groups, intake, devices, door, origin), *handlers(desk, origin)]
    app = Litestar(
        route_handlers=[
            *phones,
            health_handler(hub.groups),
            metrics_handler(metrics, here),
            explanation_router(hub.groups, here),
            page_router(hub.groups, here),
            household_router(hub.groups, here),
            receipt_handler(hub.groups, receipts),
            receipt_router(hub.groups, receipts),
            checkpoint_router(hub.store),
            stylesheet(),
        ],
        exception_handlers={HTTPException: refuse, Exception: refuse},
        on_startup=[sweep.start],
        on_shutdown=[sweep.stop],
        request_max_body_size=EXCHANGE_REQUEST_BYTES_MAX,
        openapi_config=None,
        logging_config=None,
    )
    return Gate(app, https=origin.startswith("https:"), body_grace_s=body_grace_s, answered=metrics.answered)
