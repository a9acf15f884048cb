r"""An exchange that no network carries: encrypted bundles, up and down, by any carrier (L11, L19).

A bundle is the canonical array ``[version, way, branch, number, sealed]``. Carriers learn the way, the
branch, the number of the key that opens it, and the size. It is read in this order, and nothing later is
touched before the earlier step stands:

1. ``read``                      bounds and the one spelling
2. ``open_up``, ``open_down``    HPKE under ``"tovay/bundle/1\0" ‖ [way, branch, number]``, the letter inside
3. ``check_up``, ``check_down``  the letter's signature; the seals inside are judged by their own

Up goes what an exchange carries up, with the phone's key for the answer, to the branch's ``bundle`` key; down
goes what an exchange carries down, signed by the branch's log key, to that key of the phone. Any number of
copies may come, in any order: an exchange is idempotent, and a bundle adds nothing of its own.
"""

from typing import Literal

from msgspec import Struct

from protocol.codec import decode_as, encode, split
from protocol.day import Instant
from protocol.errors import LimitError, MalformedError, UntrustedKeyError
from protocol.exchange import Request, Response, read_request, read_response, write_request, write_response
from protocol.ids import BranchTip, Code, GroupCode, Number, Signature, WriterId
from protocol.keys import KeyStatement
from protocol.limits import BUNDLE_BYTES_MAX, BUNDLE_FILE_BYTES_MAX, BUNDLES_PER_FILE_MAX
from protocol.ports import Hpke, Signer, Verifier
from protocol.trust_facts import Spki

VERSION = 1
PURPOSE: Literal["bundle"] = "bundle"
ALGORITHM = "x25519"
REPLY_KEY = 1
"""Number of a phone's key for answers; it has one."""

Way = Literal["up", "down"]
_INFO = b"tovay/bundle/1\0"
_SIGNED_UP = b"tovay/bundle/up/1\0"
_SIGNED_DOWN = b"tovay/bundle/down/1\0"


class Bundle(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a carrier holds. ``number`` is that of the key statement up, and of the phone's key down."""

    version: Literal[1]
    way: Way
    branch: Code
    number: Number
    sealed: bytes


class LetterUp(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Inside a bundle from a phone: the body of an exchange request, with whole seals.

    ``wall_clock`` is a claim; ``reply_to`` is an X25519 key.
    """

    version: Literal[1]
    writer: WriterId
    wall_clock: Instant
    reply_to: Spki
    request: bytes


class LetterDown(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Inside a bundle for a phone: the body of an exchange response, which goes on from ``known``."""

    version: Literal[1]
    group: GroupCode
    writer: WriterId
    known: BranchTip | None
    response: bytes


class SignedLetter(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The plaintext of a bundle: a letter's canonical bytes and the signature over them."""

    letter: bytes
    signature: Signature


class OpenedUp(Struct, frozen=True):
    """A decrypted bundle from a phone; whether its key signed is for ``check_up``."""

    bundle: Bundle
    signed: SignedLetter
    letter: LetterUp
    request: Request


class OpenedDown(Struct, frozen=True):
    """A decrypted bundle for a phone; whether the branch signed is for ``check_down``."""

    bundle: Bundle
    signed: SignedLetter
    letter: LetterDown
    response: Response


def split_file(raw: bytes) -> tuple[bytes, ...]:
    """The bundles of a file, each read as far as step 1; raises MalformedError or LimitError."""
    if len(raw) > BUNDLE_FILE_BYTES_MAX:
        raise LimitError(f"a file of {len(raw)} bytes is over {BUNDLE_FILE_BYTES_MAX}")
    found = split(raw, BUNDLES_PER_FILE_MAX)
    if not found:
        raise MalformedError("an empty file holds no bundle")
    for one in found:
        read(one)
    return found


def read(raw: bytes) -> Bundle:
    """Step 1; raises MalformedError or LimitError."""
    if len(raw) > BUNDLE_BYTES_MAX:
        raise LimitError(f"a bundle of {len(raw)} bytes is over {BUNDLE_BYTES_MAX}")
    return decode_as(raw, Bundle, "bundle")


def write_up(letter: LetterUp, signer: Signer, to: KeyStatement, hpke: Hpke) -> bytes:
    """A bundle from a phone; raises UntrustedKeyError when ``to`` states no key for bundles."""
    if to.purpose != PURPOSE or to.algorithm != ALGORITHM:
        raise UntrustedKeyError(f"a {to.algorithm} key for {to.purpose} opens no bundle")
    body = encode(letter)
    signature = signer.sign(_SIGNED_UP + encode(to.branch) + body)
    return _encrypted("up", to.branch, to.number, to.spki, encode(SignedLetter(body, signature)), hpke)


def letter_up(request: Request, writer: bytes, wall_clock: int, reply_to: bytes) -> LetterUp:
    """What a phone puts into a bundle; raises LimitError when the request is too large."""
    return LetterUp(1, writer, wall_clock, reply_to, write_request(request))


def open_up(bundle: Bundle, private: bytes, hpke: Hpke) -> OpenedUp:
    """Step 2 at the branch, with the private key of ``bundle.number``.

    Raises:
        BadSignatureError: the bytes were not encrypted to this key, or something around them was changed.
        MalformedError, LimitError: what was encrypted is no letter, or goes the other way.
    """
    signed = _decrypted(bundle, "up", private, hpke)
    letter = decode_as(signed.letter, LetterUp, "letter")
    return OpenedUp(bundle, signed, letter, read_request(letter.request))


def check_up(opened: OpenedUp, spki: bytes, verifier: Verifier) -> None:
    """Step 3 at the branch: the key admitted as ``letter.writer`` signed; raises BadSignatureError."""
    message = _SIGNED_UP + encode(opened.bundle.branch) + opened.signed.letter
    verifier.verify(spki, opened.signed.signature, message)


def letter_down(response: Response, group: str, writer: bytes, known: BranchTip | None) -> LetterDown:
    """What the branch puts into a bundle; raises LimitError when the response is too large."""
    return LetterDown(1, group, writer, known, write_response(response))


def write_down(letter: LetterDown, signer: Signer, branch: str, reply_to: bytes, hpke: Hpke) -> bytes:
    """A bundle for the phone whose key ``reply_to`` is; raises BadSignatureError when that is no key."""
    body = encode(letter)
    plain = encode(SignedLetter(body, signer.sign(_SIGNED_DOWN + encode(branch) + body)))
    return _encrypted("down", branch, REPLY_KEY, reply_to, plain, hpke)


def open_down(bundle: Bundle, private: bytes, hpke: Hpke) -> OpenedDown:
    """Step 2 at the phone; raises as ``open_up``: a BadSignatureError often means another phone."""
    signed = _decrypted(bundle, "down", private, hpke)
    letter = decode_as(signed.letter, LetterDown, "letter")
    return OpenedDown(bundle, signed, letter, read_response(letter.response))


def check_down(opened: OpenedDown, spki: bytes, verifier: Verifier) -> None:
    """Step 3 at the phone, under a log key that the root stated; raises BadSignatureError."""
    message = _SIGNED_DOWN + encode(opened.bundle.branch) + opened.signed.letter
    verifier.verify(spki, opened.signed.signature, message)


def _encrypted(way: Way, branch: str, number: int, spki: bytes, plain: bytes, hpke: Hpke) -> bytes:
    return encode(Bundle(1, way, branch, number, hpke.encrypt_to(spki, plain, _info(way, branch, number))))


def _decrypted(bundle: Bundle, way: Way, private: bytes, hpke: Hpke) -> SignedLetter:
    if bundle.way != way:
        raise MalformedError(f"a bundle that goes {bundle.way} is not one that goes {way}")
    bound_to = _info(bundle.way, bundle.branch, bundle.number)
    return decode_as(hpke.decrypt_with(private, bundle.sealed, bound_to), SignedLetter, "signed letter")


def _info(way: Way, branch: str, number: int) -> bytes:
    return _INFO + encode((way, branch, number))
