"""The composition root: the only place that knows every part of the hub, and that reads the time."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from hub.documents import GROUPS
from hub.errors import SettingsError
from hub.marks import MarkFile
from hub.ports import Marks, Store
from hub.service.group.groups import Groups
from hub.service.group.state import Trust
from hub.service.phones.devices import Devices
from hub.service.phones.ingest import BundleKeys, Ingest
from hub.service.phones.intake import Intake
from hub.service.phones.quota import Quota
from hub.settings import SETTINGS, Settings, load, text
from hub.store.opening import make_store, open_store, upgrade_store
from protocol.native import NativeHpke, NativeVerifier
from protocol.ports import Signer
from provisioning import settings as branch_settings
from provisioning.authority import load_hub_signer, read_passphrase, root_spki, statements
from provisioning.bundle_keys import load_bundle_keys
from provisioning.key_statements import stated_keys
from provisioning.register import Register
from provisioning.settings import REGISTER

REHEARSAL = "TOVAY_NOW"
"""Environment variable with an ISO 8601 instant and its offset: rehearsals stand still at that moment."""

Clock = Callable[[], datetime]
SignerLoader = Callable[[Path, bytes], Signer]
"""Opens the log key of a branch directory with its passphrase."""


class Hub(Struct, frozen=True):
    """A branch directory, opened. ``signer`` is None where no passphrase was given: reading only."""

    directory: Path
    settings: Settings
    store: Store
    groups: Groups
    signer: Signer | None
    clock: Clock


def clock(environ: Mapping[str, str]) -> Clock:
    """The host's clock, or the rehearsal's; raises SettingsError when the rehearsal's moment is none."""
    told = environ.get(REHEARSAL)
    if told is None:
        return lambda: datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(told)
    except ValueError as error:
        raise SettingsError("rehearsal") from error
    if moment.tzinfo is None:
        raise SettingsError("rehearsal")
    return lambda: moment


def initialise(directory: Path, settings: Settings) -> None:
    """Make the store and ``hub.toml`` in a directory that ``tovay-provision init`` made.

    Raises:
        ProvisioningError: the directory was not provisioned.
        SettingsError: it was initialised before, or the database is somebody's; nothing is overwritten.
        StoreError: the store cannot be made.
    """
    provisioned = branch_settings.load(directory)
    if (directory / SETTINGS).exists():
        raise SettingsError("occupied", path=directory)
    make_store(directory, settings, provisioned.branch, root_spki(directory))
    _write_settings(directory, settings)


@contextmanager
def joining(directory: Path, settings: Settings, environ: Mapping[str, str]) -> Iterator[Groups]:
    """The groups of a store that is in use, for a directory of a new hub; ``hub.toml`` is made at the end.

    Raises:
        SettingsError, StoreError, ProvisioningError: the directory or the store cannot be used.
    """
    provisioned = branch_settings.load(directory)
    if (directory / SETTINGS).exists():
        raise SettingsError("occupied", path=directory)
    trust = Trust(root_spki(directory), NativeVerifier(), statements(directory))
    store = open_store(directory, settings, provisioned.branch, trust.root_spki)
    with closing(store), closing(MarkFile(directory / settings.mark_file)) as marks:
        yield Groups(store, trust, None, clock(environ), marks)
    _write_settings(directory, settings)


def _write_settings(directory: Path, settings: Settings) -> None:
    # It appears whole, so that an interrupted initialisation can be run again.
    new = directory / f"{SETTINGS}.new"
    new.write_text(text(settings), encoding="utf-8")
    new.rename(directory / SETTINGS)


def upgrade(directory: Path, environ: Mapping[str, str]) -> int:
    """Lead the store of a directory to today's schema; returns how many steps it took.

    Raises:
        SettingsError, StoreError, ProvisioningError: the directory or the store cannot be used.
    """
    branch = branch_settings.load(directory).branch
    return upgrade_store(directory, load(directory, environ), branch, root_spki(directory))


@contextmanager
def store_to_fill(directory: Path, environ: Mapping[str, str]) -> Iterator[tuple[Store, Marks]]:
    """The store of an initialised directory, made where it is lost, and its marks as they are (L15).

    Raises:
        SettingsError, StoreError, ProvisioningError: the directory cannot be used.
    """
    settings = load(directory, environ)
    branch, root = branch_settings.load(directory).branch, root_spki(directory)
    make_store(directory, settings, branch, root, is_filled=True)
    store = open_store(directory, settings, branch, root)
    with closing(store), closing(MarkFile(directory / settings.mark_file)) as marks:
        yield store, marks


@contextmanager
def opened(
    directory: Path,
    environ: Mapping[str, str],
    *,
    sealing: bool = False,
    load_signer: SignerLoader = load_hub_signer,
) -> Iterator[Hub]:
    """The hub of a branch directory; with ``sealing`` its keys too, which takes the passphrase.

    ``load_signer`` is another one only while the log key changes.

    Raises:
        SettingsError, StoreError, ProvisioningError: the directory cannot be used.
    """
    settings = load(directory, environ)
    if sealing and not settings.appends:
        raise SettingsError("forwards_only", forward_to=settings.forward_to)
    signer = load_signer(directory, passphrase(directory, settings)) if sealing else None
    trust = Trust(root_spki(directory), NativeVerifier(), statements(directory))
    store = open_store(directory, settings, branch_settings.load(directory).branch, trust.root_spki)
    marks = MarkFile(directory / settings.mark_file)
    told = clock(environ)
    try:
        if not store.ids(GROUPS):
            marks.make()
        if sealing and len(stated_keys(directory, "log")) < marks.log_key:
            raise SettingsError("older_key", number=marks.log_key)
        groups = Groups(store, trust, signer, told, marks, settings.encoding)
        groups.loading.entries_max = settings.entries_kept
        yield Hub(directory, settings, store, groups, signer, told)
    finally:
        marks.close()
        store.close()


def bundle_door(hub: Hub, quota: Quota | None = None) -> Ingest:
    """The door for bundles that carriers bring; of a hub that was opened for sealing."""
    assert hub.signer is not None
    private = load_bundle_keys(hub.directory, passphrase(hub.directory, hub.settings))
    keys = BundleKeys(branch_settings.load(hub.directory).branch, private, NativeHpke(), hub.signer)
    devices = Devices(hub.groups, Register(hub.directory / REGISTER), hub.clock)
    intake = Intake(hub.groups, quota or Quota())
    intake.catch_up()
    return Ingest(intake, devices, hub.groups, keys)


def passphrase(directory: Path, settings: Settings) -> bytes:
    """The passphrase of the branch's keys; raises SettingsError when no file is named."""
    if not settings.passphrase_file:
        raise SettingsError("no_passphrase")
    return read_passphrase(directory / settings.passphrase_file)
