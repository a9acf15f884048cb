"""The page ``/receipts``: a household's code is pasted, and the branch says what it knows of it (L13).

It is for anyone who reaches the hub, as ``POST /v1/receipts`` is: it shows nothing that the code's holder
lacks, and changes nothing but that a contradiction is kept.
"""

from urllib.parse import parse_qs

from litestar import Response, Router, get, post
from litestar.exceptions import HTTPException
from litestar.params import RawBody
from msgspec import Struct

from hub.addresses import Asked
from hub.errors import CrowdedError, HubError, MediaTypeError
from hub.pages.rendering import refuse, rendered
from hub.service.forks.receipts import Answer, Door, look_up
from hub.service.forks.wording import ANSWERS, NOT_SAID
from hub.service.group.groups import Groups
from hub.wording import sentence
from protocol.qr import TEXT_MAX
from provisioning.routes import is_of_type, source_of

_FORM = "application/x-www-form-urlencoded"
_BODY_MAX = 3 * TEXT_MAX + 100  # a pasted line may be all percent signs


class ReceiptPage(Struct, frozen=True):
    """What the page shows: the form with what was pasted, and the answer or why there is none."""

    pasted: str = ""
    answer: Answer | None = None
    told: str = ""
    note: str = ""
    fault: str = ""


def receipt_router(groups: Groups, door: Door) -> Router:
    """The page, for anyone; ``door`` bounds how often may be asked."""

    @get("/receipts", sync_to_thread=True)
    def form() -> Response[bytes]:
        return rendered("receipts.html", ReceiptPage())

    @post("/receipts", sync_to_thread=True, request_max_body_size=_BODY_MAX)
    def asked(body: RawBody, request: Asked) -> Response[bytes]:
        if not is_of_type(request, _FORM):
            raise MediaTypeError(f"the body is not {_FORM}")
        pasted = _pasted(body)
        try:
            door.enter(source_of(request.scope["client"]), groups.clock())
            found = look_up(groups, "".join(pasted.split()))
        except HubError as error:
            status = 429 if isinstance(error, CrowdedError) else 400
            return rendered("receipts.html", ReceiptPage(pasted, fault=sentence(error.code)), status)
        note = NOT_SAID if found.answer == "received" else ""
        return rendered("receipts.html", ReceiptPage(pasted, found, ANSWERS[found.answer], note))

    return Router(
        path="/",
        route_handlers=[form, asked],
        exception_handlers={HTTPException: refuse, Exception: refuse},
    )


def _pasted(body: bytes) -> str:
    """What was pasted into the form; nothing where the form is not ours."""
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=4, errors="replace")
    except ValueError:
        return ""
    return fields.get("code", [""])[0]
