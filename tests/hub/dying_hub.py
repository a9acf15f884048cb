"""A hub that kills itself when it is about to answer an exchange: run as a program, given its directory."""

import os
import signal
import sys
from pathlib import Path

import uvicorn

from hub.app import opened
from hub.options import print_json
from hub.server import address_of, listen
from hub.web import web_app
from protocol.exchange import PATH


def main(directory: str) -> None:
    with opened(Path(directory), os.environ, sealing=True) as hub:
        listening = listen("127.0.0.1", 0)
        app = web_app(hub, address_of(listening))

        async def dying(scope, receive, send):
            async def last(_message):
                os.kill(os.getpid(), signal.SIGKILL)

            await app(scope, receive, last if scope.get("path") == PATH else send)

        print_json({"address": address_of(listening)})
        uvicorn.Server(uvicorn.Config(dying, log_config=None)).run(sockets=[listening])


if __name__ == "__main__":
    main(sys.argv[-1])
