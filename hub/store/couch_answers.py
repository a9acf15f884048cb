"""What a CouchDB answers, read strictly: the shapes of its JSON, and the failure behind everything else."""

from typing import Any, TypeVar

import msgspec
from ibm_cloud_sdk_core import ApiException
from msgspec import Struct
from requests.exceptions import ChunkedEncodingError, ConnectTimeout, RequestException, SSLError, Timeout
from requests.exceptions import ConnectionError as CutError
from urllib3.exceptions import ReadTimeoutError

from hub.documents import Document
from hub.errors import EngineError

UNUSABLE = (RequestException, ValueError, RecursionError)
"""What is raised for an answer that did not come, or that nobody can read."""

_BAD_REQUEST, _UNAUTHORISED, _FORBIDDEN, _NOT_FOUND = 400, 401, 403, 404
_NO_DOCUMENT = ("missing", "deleted")
_OWN = ("_rev", "_conflicts")
"""Fields that the engine adds to a document."""

Shape = TypeVar("Shape")


class Leaf(Struct, frozen=True):
    """A document as the server holds it now; ``document`` is None where only its id was asked for."""

    doc_id: str
    rev: str
    document: Document | None = None
    has_rivals: bool = False
    """There is another version of it, of which neither follows from the other."""


class Value(Struct):
    """What a row of a list tells of a document."""

    rev: str = ""


class Row(Struct):
    """A row of a list or a view; one that was asked for by its id, and is not there, has an ``error``."""

    id: str = ""
    value: Value | None = None
    doc: dict[str, Any] | None = None
    error: str = ""


class Rows(Struct):
    """The answer to a list or a view."""

    rows: list[Row]


class Outcome(Struct):
    """What became of a document that was to be written; ``accepted``: by fewer copies than the quorum."""

    id: str = ""
    error: str = ""
    reason: str | None = None
    accepted: bool = False


def shaped(told: object, shape: type[Shape]) -> Shape:
    """An answer in the shape that every CouchDB gives it; raises EngineError for another."""
    try:
        return msgspec.convert(told, shape)
    except msgspec.ValidationError as error:
        raise EngineError("not_couchdb", error) from error


def leaf(found: dict[str, Any]) -> Leaf:
    """A document with what the engine added to it; raises EngineError for what is none."""
    doc_id, rev = found.get("_id"), found.get("_rev")
    if not isinstance(doc_id, str) or not isinstance(rev, str):
        raise EngineError("not_couchdb", "a document without an id or a revision")
    bare = {name: value for name, value in found.items() if name not in _OWN}
    return Leaf(doc_id, rev, bare, bool(found.get("_conflicts")))


def is_no_document(error: ApiException) -> bool:
    """Say whether the server said that there is no such document, rather than no such database."""
    return error.status_code == _NOT_FOUND and _reason(error) in _NO_DOCUMENT


def refused(error: ApiException) -> EngineError:
    """The failure behind an answer that says no."""
    status = error.status_code
    if status in (_UNAUTHORISED, _FORBIDDEN):
        return EngineError("refused", error)
    if status == _NOT_FOUND:
        return EngineError("missing" if _reason(error) else "not_couchdb", error)
    return EngineError("failed" if status >= _BAD_REQUEST else "not_couchdb", error)


def failure(error: Exception) -> EngineError:
    """The failure behind one of ``UNUSABLE``."""
    if isinstance(error, SSLError):
        return EngineError("untrusted", error)
    if is_wait(error):
        return EngineError("unreachable" if isinstance(error, ConnectTimeout) else "slow", error)
    return EngineError("unreachable" if is_cut(error) else "not_couchdb", error)


def is_wait(error: object) -> bool:
    """Say whether a request ended because its time was over, before the answer or in the midst of it."""
    inner = error.args[0] if isinstance(error, CutError) and error.args else None
    return isinstance(error, Timeout) or isinstance(inner, ReadTimeoutError)


def is_cut(error: object) -> bool:
    """Say whether the line broke: the server may have done what was asked."""
    return isinstance(error, CutError | ChunkedEncodingError) and not is_wait(error)


def _reason(error: ApiException) -> str:
    """The reason that an answer gives for its status."""
    try:
        told = error.http_response.json()
    except (ValueError, RecursionError):
        return ""
    return str(told.get("reason", "")) if isinstance(told, dict) else ""
