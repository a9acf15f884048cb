"""Several hubs of one branch: directories over one store, and how a machine becomes the one that appends."""

import shutil
from contextlib import contextmanager
from uuid import uuid4

from msgspec.structs import replace

from hub.server import address_of, listen
from hub.settings import SETTINGS, STORE, Settings, load, text
from provisioning.settings import BRANCH_FILES, ROOT_SPKI, STATEMENTS
from provisioning.settings import SETTINGS as PROVISION
from tests.hub.served import ENVIRON, tovay_hub

ORIGIN = "https://hub.example.vn"
NOBODY = "http://127.0.0.1:9"
"""Nothing listens at the discard port."""

PUBLIC = (ROOT_SPKI, STATEMENTS, PROVISION)


def tell(directory, **changes) -> Settings:
    """Change ``hub.toml`` as a person does with an editor."""
    settings = replace(load(directory, {}), **changes)
    (directory / SETTINGS).write_text(text(settings), encoding="utf-8")
    return settings


def append_at(directory, origin=ORIGIN):
    """Name the hub that appends."""
    return tell(directory, appends=True, forward_to="", origin=origin)


def forward_at(directory, address, origin=ORIGIN):
    """Name a hub that passes on."""
    return tell(directory, appends=False, forward_to=address, origin=origin)


def beside(directory, folder, files=PUBLIC):
    """A directory of another machine over the same SQLite file, with what is public and no key."""
    folder.mkdir()
    for file in files:
        shutil.copy(directory / file, folder / file)
    if (directory / STORE).exists():
        (folder / STORE).symlink_to(directory / STORE)
    return folder


def stand_by(directory, folder):
    """A directory of another machine over the same SQLite file, with all keys: it may be named to append."""
    return beside(directory, folder, (*BRANCH_FILES, "passphrase"))


def join(folder, *words, forward_to=NOBODY):
    """``tovay-hub init --join`` of a hub that passes on, as a person calls it."""
    told = ("--join", "--origin", ORIGIN, "--forward-to", forward_to, *words)
    return tovay_hub("init", "--dir", folder, *told, environ=ENVIRON)


def free_port() -> int:
    """A port that nobody listens at."""
    with listen("127.0.0.1", 0) as probe:
        return int(address_of(probe).rpartition(":")[2])


@contextmanager
def on_couchdb(directory, couch, url, password_file):
    """An initialised branch begun again on a CouchDB at ``url``; the options that say so to further hubs."""
    database = f"tovay-test-{uuid4().hex}"
    for file in (SETTINGS, STORE):
        (directory / file).unlink()
    password_file.write_text(couch.password, encoding="utf-8")
    place = ("--url", url, "--user", couch.user, "--password-file", password_file, "--database", database)
    words = ("--store", "couchdb", *place)
    keys = ("--passphrase-file", directory / "passphrase")
    done = tovay_hub("init", "--dir", directory, *words, *keys)
    assert done.returncode == 0, done.stderr
    try:
        yield words
    finally:
        couch.drop(database)
