"""A province over a database of roll-ups: its settings, and its page as a browser gets it."""

import json

import anyio
import httpx

from hub.rollups import province_app, province_of
from tests.hub.days import NOON
from tests.hub.test_pages import HERE

AT_NOON = {"TOVAY_NOW": NOON.isoformat()}


class Province:
    """A province and its file of settings, in a folder."""

    def __init__(self, folder, couch, database):
        self.folder, self.couch = folder, couch
        self.settings = {
            "url": couch.url,
            "user": couch.user,
            "password_file": "password",
            "database": f"{database}-rollup",
            "branches": {"KM": "Kinh Môn", "HD": "Hải Dương"},
        }
        (folder / "password").write_text(f"{couch.password}\n", encoding="utf-8")

    def config(self, **changes):
        path = self.folder / "province.toml"
        told = {name: value for name, value in (self.settings | changes).items() if name != "branches"}
        branches = changes.get("branches", self.settings["branches"])
        tables = [(told, ""), (branches, "[branches]\n")]
        # A JSON string or number is one of TOML too.
        lines = [
            head + "".join(f"{json.dumps(name)} = {json.dumps(value)}\n" for name, value in table.items())
            for table, head in tables
        ]
        path.write_text("".join(lines), encoding="utf-8")
        return path

    def held(self):
        """Every document of its database, without revisions."""
        told = self.couch.read(f"{self.settings['database']}/_all_docs?include_docs=true")
        return [{k: v for k, v in row["doc"].items() if k != "_rev"} for row in told["rows"]]

    def get(self, path="/", peer="127.0.0.1", **changes):
        """One page of it, as a browser gets it."""

        async def ask(app):
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(peer, 50_000))
            async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
                return await client.get(path)

        with province_of(self.config(**changes), AT_NOON) as province:
            return anyio.run(ask, province_app(province))
