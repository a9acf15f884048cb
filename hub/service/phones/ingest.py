"""The exchange for bundles that carriers bring (L11, L19): the same intake, no network.

1. the bundle is for this branch and one of its keys opens it; else nothing is done
2. whatever the letter's signature is worth, each seal inside is judged by its own, stored and received (L9)
3. once every bundle of a delivery is in, each phone that signed one gets one answer, encrypted to its key
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, structs

from hub.errors import AccessError, BundleError, QuotaError, UnknownGroupError, UnsignedError
from hub.service.group.groups import Groups
from hub.service.phones.devices import Devices
from hub.service.phones.intake import Intake
from protocol import bundle as bundles
from protocol import seal as seals
from protocol.bundle import Bundle, OpenedUp
from protocol.errors import BadSignatureError, LimitError, MalformedError, ProtocolError
from protocol.exchange import Request, Response
from protocol.ids import BranchTip
from protocol.keys import read_statement
from protocol.limits import BUNDLES_PER_FILE_MAX, EXCHANGE_TIPS_MAX, KEY_STATEMENTS_MAX
from protocol.ports import Hpke, Signer


class BundleKeys(Struct, frozen=True):
    """What opens bundles for a branch, by the number of the key's statement, and what signs its answers."""

    branch: str
    private: Mapping[int, bytes]
    hpke: Hpke
    signer: Signer


class Ingested(Struct, frozen=True):
    """A bundle that was taken in; ``fault`` is a code when its sender gets no answer."""

    opened: OpenedUp
    fault: str | None

    @property
    def group(self) -> str:
        """Code of the group that it asked for."""
        return self.opened.request.group

    @property
    def count(self) -> int:
        """Seals that it carried."""
        return len(self.opened.request.seals)


class Answered(Struct, frozen=True):
    """The answer for one phone: bundles in their order, and the codes of refused seals."""

    group: str
    ordinal: int
    bundles: tuple[bytes, ...]
    refused: tuple[str, ...]


class Ingest:
    """The door for bundles."""

    def __init__(self, intake: Intake, devices: Devices, groups: Groups, keys: BundleKeys) -> None:
        """Keep what it works on."""
        self._intake = intake
        self._devices = devices
        self._groups = groups
        self._keys = keys

    def take_in(self, raw: bytes) -> Ingested:
        """Open one bundle and take in its seals.

        Raises:
            BundleError: it is none, not for this branch, or was changed; nothing was taken in.
            StoreError, SettingsError: as ``Intake.exchange``.
        """
        opened = self._open(raw)
        self._intake.take_back(opened.request)
        self._devices.carry_out(opened.request.group)
        fault = None
        try:
            self._intake.exchange(opened.request, self._asker(opened))
        except QuotaError as error:
            fault = error.code
        except AccessError:
            fault = "bundle_unsigned"
        return Ingested(opened, fault)

    def answer(self, opened: OpenedUp) -> Answered:
        """The answer for a phone whose signature ``take_in`` found to stand.

        Raises:
            BundleError: its key for the answer is none.
            AccessError: it was revoked, and the bundle brought no seals.
            HubError: as ``Intake.exchange``.
        """
        group, writer = opened.request.group, opened.letter.writer
        written: list[bytes] = []
        refused: list[str] = []
        for known, page in self._pages(opened, writer):
            refused += (one.code for one in page.refused)
            written.append(self._written(bundles.letter_down(page, group, writer, known), opened))
        ordinal = self._groups.last(group).writers[writer].admitted.ordinal
        return Answered(group, ordinal, tuple(written), tuple(refused))

    def _open(self, raw: bytes) -> OpenedUp:
        try:
            outer = bundles.read(raw)
            private = self._private(outer)
            return bundles.open_up(outer, private, self._keys.hpke)
        except BadSignatureError as error:
            raise BundleError("bundle_closed") from error
        except (MalformedError, LimitError) as error:
            raise BundleError("bundle_malformed") from error

    def _private(self, outer: Bundle) -> bytes:
        if outer.way != "up":
            raise BundleError("bundle_for_phone")
        if outer.branch != self._keys.branch:
            raise BundleError("bundle_elsewhere", branch=outer.branch)
        if outer.number not in self._keys.private:
            raise BundleError("bundle_other_key", number=outer.number)
        return self._keys.private[outer.number]

    def _asker(self, opened: OpenedUp) -> bytes | AccessError:
        """Writer id whose key signed the letter, or why nobody did."""
        group, writer = opened.request.group, opened.letter.writer
        if writer in self._devices.barred(group):
            return UnsignedError("the register has revoked this key")
        try:
            known = self._groups.last(group).writers[writer]
            bundles.check_up(opened, known.admitted.spki, self._groups.trust.verifier)
        except (UnknownGroupError, KeyError, ProtocolError) as error:
            return UnsignedError(str(error))
        return writer

    def _written(self, letter: bundles.LetterDown, opened: OpenedUp) -> bytes:
        keys = self._keys
        try:
            return bundles.write_down(letter, keys.signer, keys.branch, opened.letter.reply_to, keys.hpke)
        except BadSignatureError as error:
            raise BundleError("bundle_no_reply_key", group=letter.group) from error

    def _pages(self, opened: OpenedUp, writer: bytes) -> Iterator[tuple[BranchTip | None, Response]]:
        """Pages of the answer, each with the place from which it goes on."""
        request: Request = opened.request
        for _ in range(BUNDLES_PER_FILE_MAX):
            response = self._intake.exchange(request, writer)
            yield request.known, self._with_newer_keys(response, opened.bundle.number)
            if not response.more:
                return
            tips = tuple(tip for tip in (request.known, *request.other_tips) if tip is not None)
            request = structs.replace(
                request,
                known=_tip(response.branch_seals[-1]),
                other_tips=tips[:EXCHANGE_TIPS_MAX],
                seals=(),
                texts=(),
            )

    def _with_newer_keys(self, response: Response, number: int) -> Response:
        """Tell a phone that encrypted to an older key of the newer ones."""
        if number == max(self._keys.private):
            return response
        trust = self._groups.trust
        newer = (
            raw
            for raw in trust.statements
            if (stated := read_statement(raw, trust.root_spki, trust.verifier)).purpose == bundles.PURPOSE
            and stated.number > number
        )
        every = dict.fromkeys((*response.statements, *newer))
        return structs.replace(response, statements=tuple(every)[-KEY_STATEMENTS_MAX:])


def newest(taken: Iterable[Ingested]) -> tuple[OpenedUp, ...]:
    """Of each phone that signed a bundle, the one that knew most: one answer to it tells the phone all."""
    found: dict[tuple[str, bytes], OpenedUp] = {}
    for one in taken:
        if one.fault is None:
            phone = one.group, one.opened.letter.writer
            found[phone] = max(found.get(phone, one.opened), one.opened, key=_age)
    return tuple(found.values())


def _age(opened: OpenedUp) -> tuple[int, int, int]:
    """How much a phone knew when it wrote a bundle: a later one knows no less."""
    known = opened.request.known
    place = (-1, 0) if known is None else (known.epoch, known.seq)
    return *place, len(opened.request.seals)


def _tip(raw: bytes) -> BranchTip:
    header = seals.read(raw).header
    return BranchTip(header.log.epoch, header.first_seq + header.count - 1, header.head)
