"""``GET /v1/checkpoints/latest`` and ``/v1/checkpoints/<number>``: the branch's checkpoints, for anyone.

They name groups by code and say nothing of what is in their logs.
"""

import re

from litestar import Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from hub.ports import Store
from hub.service.forks.checkpoints import latest, numbered
from protocol.checkpoint import CONTENT_TYPE

_NUMBER = re.compile(r"[1-9][0-9]{0,9}")


def checkpoint_router(store: Store) -> Router:
    """The published checkpoints of a store."""

    @get("/{name:str}", sync_to_thread=True)
    def checkpoint(name: FromPath[str]) -> Response[bytes]:
        if name == "latest":
            found = latest(store)
        else:
            found = numbered(store, int(name)) if _NUMBER.fullmatch(name) else None
        if found is None:
            raise NotFoundException
        return Response(found, media_type=CONTENT_TYPE, status_code=200)

    return Router(path="/v1/checkpoints", route_handlers=[checkpoint])
