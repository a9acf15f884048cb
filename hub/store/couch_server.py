"""A CouchDB server as the store asks it, through IBM's SDK; every failure leaves as an ``EngineError``.

- A write counts when the server says 201. 202 says that fewer copies were written than the cluster's quorum:
  ``not_durable``, whatever else the answer tells (L14).
- Every request may be sent twice and does the same, so one whose answer was cut off is sent again once.
- Nothing waits for a silent server longer than ``READ_S``, and not many at once (``hub.store.fuse``, N82).
- No redirect is followed, no proxy and no stored password of the machine is used: the address is the one of
  ``hub.toml``, and whoever answers in its place is not believed.
"""

import base64
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ibm_cloud_sdk_core import ApiException, DetailedResponse
from ibm_cloud_sdk_core.authenticators import NoAuthAuthenticator
from ibmcloudant.cloudant_v1 import CloudantV1
from msgspec import Struct
from requests.adapters import HTTPAdapter

from hub.documents import Document
from hub.errors import EngineError
from hub.store.couch_answers import (
    UNUSABLE,
    Leaf,
    Outcome,
    Row,
    Rows,
    failure,
    is_cut,
    is_no_document,
    leaf,
    refused,
    shaped,
)
from hub.store.fuse import Fuse

CONNECT_S, READ_S = 5.0, 20.0
PAUSE_S = 10.0
_POOL = 64
_CREATED, _ACCEPTED = 201, 202
_NOT_FOUND, _CONFLICT, _EXISTS = 404, 409, 412


class Address(Struct, frozen=True):
    """Where the server is and who asks it; waits in seconds.

    ``ca_file`` has the certificates of who vouches for an ``https`` address; empty: the public authorities.
    """

    url: str
    user: str
    password: str
    ca_file: str = ""
    connect_s: float = CONNECT_S
    read_s: float = READ_S
    pause_s: float = PAUSE_S


class CouchServer:
    """One client for every thread."""

    def __init__(self, address: Address) -> None:
        """Ask nothing yet."""
        self._client = CloudantV1(NoAuthAuthenticator())
        self._client.set_service_url(address.url)
        # The SDK's own authenticator takes no password with quotes or braces around it.
        told = base64.b64encode(f"{address.user}:{address.password}".encode()).decode()
        self._client.set_default_headers({"Authorization": f"Basic {told}"})
        # Seals hardly shrink, and the server is near.
        self._client.set_enable_gzip_compression(False)
        waits = (address.connect_s, address.read_s)
        self._client.set_http_config({"timeout": waits, "allow_redirects": False})
        line = self._client.get_http_client()
        # The SDK's own hook expects an object in every refusal, and CouchDB sends a list for a failed batch.
        line.hooks["response"].clear()
        line.trust_env = False
        line.verify = address.ca_file or True
        for scheme in ("http://", "https://"):
            line.mount(scheme, HTTPAdapter(pool_maxsize=_POOL))
        self._fuse = Fuse(address.read_s, address.pause_s)

    def greet(self) -> None:
        """Make sure that a CouchDB answers at the address and knows the user."""
        try:
            told = self._ask(self._client.get_server_information).get_result()
        except ApiException as error:
            if error.status_code == _NOT_FOUND:
                raise EngineError("not_couchdb", error) from error
            raise refused(error) from error
        if not isinstance(told, dict) or "version" not in told:
            raise EngineError("not_couchdb", "no greeting of a CouchDB")

    def has(self, database: str) -> bool:
        """Say whether there is such a database."""
        try:
            self._ask(self._client.get_database_information, database)
        except ApiException as error:
            if error.status_code == _NOT_FOUND:
                return False
            raise refused(error) from error
        return True

    def make(self, database: str, *, partitioned: bool) -> None:
        """Make a database, unless it is there."""
        try:
            # Without the parameter the server's default holds, which is an unpartitioned database.
            self._tell(self._client.put_database, database, partitioned=partitioned or None)
        except ApiException as error:
            if error.status_code != _EXISTS:
                raise refused(error) from error

    def read(self, database: str, doc_id: str) -> Leaf | None:
        """A document by a quorum of its copies, or None."""
        try:
            found = self._ask(self._client.get_document, database, doc_id, conflicts=True).get_result()
        except ApiException as error:
            if is_no_document(error):
                return None
            raise refused(error) from error
        return leaf(shaped(found, dict[str, Any]))

    def read_all(self, database: str, ids: Sequence[str]) -> list[Leaf]:
        """Those of the documents that there are, each by a quorum of its copies."""
        wish = {"keys": list(ids), "include_docs": True, "conflicts": True}
        return [leaf(row.doc) for row in self._rows(database, wish) if row.doc is not None]

    def page(
        self, database: str, first: str, last: str, limit: int, *, bodies: bool, descending: bool = False
    ) -> list[Leaf]:
        """Documents from ``first`` to ``last``, as one copy of each shard has them: it may lag.

        Design documents are among them, and like what was deleted meanwhile without a body.
        """
        wish: dict[str, object] = {"start_key": first, "end_key": last, "limit": limit}
        if bodies:
            wish |= {"include_docs": True, "conflicts": True}
        rows = self._rows(database, wish | {"descending": True} if descending else wish)
        if bodies:
            is_body = [row.doc is not None and not row.id.startswith("_") for row in rows]
            return [
                leaf(row.doc or {}) if found else Leaf(row.id, "")
                for row, found in zip(rows, is_body, strict=True)
            ]
        return [Leaf(row.id, row.value.rev if row.value else "") for row in rows]

    def put_all(self, database: str, documents: Iterable[Document]) -> frozenset[str]:
        """Write documents of different ids; those with a ``_rev`` over that one.

        Returns:
            Ids of the documents that conflict with what stands there, and were not written.
        """
        sent = list(documents)
        try:
            answer = self._tell(self._client.post_bulk_docs, database, {"docs": sent})
        except ApiException as error:
            raise refused(error) from error
        told = {row.id: row for row in shaped(answer.get_result(), list[Outcome])}
        for doc_id in (str(document["_id"]) for document in sent):
            row = told.get(doc_id)
            if row is None or row.error not in ("", "conflict"):
                raise EngineError("failed", f"{doc_id}: {row.error if row else 'no answer'}")
            if row.accepted:
                raise EngineError("not_durable", f"{doc_id}: accepted")
        return frozenset(doc_id for doc_id, row in told.items() if row.error)

    def design(self, database: str, name: str) -> dict[str, Any] | None:
        """A design document, or None where it or its database is missing."""
        try:
            found = self._ask(self._client.get_design_document, database, name).get_result()
        except ApiException as error:
            if error.status_code == _NOT_FOUND:
                return None
            raise refused(error) from error
        return shaped(found, dict[str, Any])

    def put_design(self, database: str, name: str, body: dict[str, object]) -> bool:
        """Write a design document where there is none; False when there is one."""
        try:
            self._tell(self._client.put_design_document, database, name, body)
        except ApiException as error:
            if error.status_code == _CONFLICT:
                return False
            raise refused(error) from error
        return True

    def view(self, database: str, design: str, name: str, limit: int) -> tuple[str, ...]:
        """Ids of the documents that a view shows."""
        try:
            answer = self._ask(self._client.post_view, database, design, name, limit=limit)
        except ApiException as error:
            raise refused(error) from error
        return tuple(row.id for row in shaped(answer.get_result(), Rows).rows)

    def close(self) -> None:
        """Close every connection."""
        self._client.get_http_client().close()

    def _rows(self, database: str, wish: dict[str, object]) -> list[Row]:
        try:
            answer = self._ask(self._client.post_all_docs, database, **wish)
        except ApiException as error:
            raise refused(error) from error
        rows = shaped(answer.get_result(), Rows).rows
        for row in rows:
            if row.error not in ("", "not_found"):
                raise EngineError("failed", f"a row says {row.error}")
        return rows

    def _tell(
        self, call: Callable[..., DetailedResponse], *words: object, **named: object
    ) -> DetailedResponse:
        """A write; raises as ``_ask``, and EngineError for one that is not durable."""
        answer = self._ask(call, *words, **named)
        status = answer.get_status_code()
        if status != _CREATED:
            why = "not_durable" if status == _ACCEPTED else "not_couchdb"
            raise EngineError(why, f"a write was answered {status}")
        return answer

    def _ask(
        self, call: Callable[..., DetailedResponse], *words: object, **named: object
    ) -> DetailedResponse:
        """One request; raises ApiException for an answer that says no, EngineError for everything else."""
        with self._fuse:
            try:
                return call(*words, **named)
            except UNUSABLE as error:
                if not is_cut(error):
                    raise failure(error) from error
            try:
                return call(*words, **named)
            except UNUSABLE as error:
                raise failure(error) from error
