"""An exchange with the hub's service, and seals as a faulty phone would sign them."""

from msgspec import structs

from hub.errors import UnsignedError
from hub.service.forks.reopening import Reopened
from hub.service.phones.intake import Intake
from hub.service.phones.quota import Quota
from protocol import seal as seals
from protocol.codec import encode
from protocol.exchange import Request, Response
from protocol.ids import LogId
from protocol.trust_facts import Received, WriterRevoked
from tests.hub.builders import GROUP, Branch, Phone, visit

OTHER = "KM-002"


def push(
    branch: Branch, *sealed: bytes, asker=None, group=GROUP, known=None, texts=(), quota=None
) -> Response:
    asker = asker.writer if isinstance(asker, Phone) else asker or UnsignedError("nobody")
    intake = Intake(branch.groups, quota or Quota())
    return intake.exchange(Request(1, group, known, (), tuple(sealed), tuple(texts)), asker)


def received(branch: Branch, group: str = GROUP) -> list[Received]:
    """The acceptances of a group, as another process finds them."""
    entries = branch.another_process().load(group).log.entries
    return [placed.entry for placed in entries if isinstance(placed.entry, Received)]


def branch_seal_sizes(branch: Branch) -> list[int]:
    return [seal.last_seq - seal.first_seq + 1 for seal in branch.another_process().load(GROUP).seals]


def revoke(branch: Branch, phone: Phone) -> None:
    kept = branch.groups.load(GROUP).phones[phone.ordinal, 0]
    line = WriterRevoked(phone.ordinal, 0, kept.length, kept.head, "lost", "it.hoa", None)
    branch.groups.append(GROUP, lambda _: [[line]])


def resigned(phone: Phone, *, body: bytes | None = None, **header: object) -> bytes:
    """A seal whose header says so, properly signed by the phone's key."""
    sealed = seals.read(phone.seal())
    body = sealed.envelope.body if body is None else body
    told = header | {"digest": seals.sha256(body).digest()}
    raw = encode(structs.replace(seals.unpack(sealed).header, **told))
    return encode(seals.Envelope(raw, phone.signer.sign(b"tovay/seal/1\0" + raw), body))


def go_on(branch: Branch, phone: Phone, done: Reopened) -> None:
    """The phone writes and sends one entry in the epoch that was opened for it."""
    phone.log = LogId(GROUP, phone.writer, done.admitted.epoch)
    phone.entries = []
    phone.start(branch.groups.trust.root_spki, done.state.log.entries[-1].raw)
    phone.write(visit(9))
    push(branch, phone.seal(), asker=phone)
