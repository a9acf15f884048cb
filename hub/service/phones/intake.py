"""Takes in what phones sealed (L7–L11, L15, L18).

In this order, so that a crash between any two steps loses and doubles nothing:

1. branch seals that the log lacks are kept (``returned``), and what they say of keys is said again
2. every seal is judged by its own signature; what an admitted key signed is stored, whatever is in it (L9)
3. texts that an entry of these seals names are stored (2 and 3: ``keeping``)
4. every stored seal that no ``Received`` names is received: sealed per writer, alone for a revoked one (L10);
   then the rest of what was given back is said again (``receipts``)
5. only then is anything answered; facts of the group only to its admitted, unrevoked key that signed (L11)
"""

from collections.abc import Collection, Sequence

from structlog import get_logger

from hub.errors import AccessError, EngineError, SettingsError, StoppedGroupError, StoreError
from hub.service.group.derived import is_current, publish
from hub.service.group.groups import Groups
from hub.service.group.state import GroupState
from hub.service.phones.judged import Judged, known_group
from hub.service.phones.keeping import keep
from hub.service.phones.quota import Quota
from hub.service.phones.receipts import receive, say_keys_again
from hub.service.phones.reply import acknowledgements, page, response
from hub.service.phones.returned import GivenBack, keep_back, keep_claim, take_back
from protocol.day import to_instant
from protocol.exchange import Refused, Request, Response

_log = get_logger()


class Intake:
    """The exchange, over the groups of one branch."""

    def __init__(self, groups: Groups, quota: Quota) -> None:
        """Keep what it works on."""
        self._groups = groups
        self._quota = quota

    def exchange(
        self, request: Request, asker: bytes | AccessError, barred: Collection[bytes] = ()
    ) -> Response:
        """Take in the request's seals and answer it.

        ``asker`` is the writer id whose key signed the request, or why its signature does not stand: then the
        seals are taken in all the same, and that error is raised. ``barred`` are writers whom the register
        has revoked and this log not again: they get what a revoked phone gets (L15, L18).

        Raises:
            AccessError: ``asker`` is one; or the group does not know it, or has revoked it and it brought
                no seals.
            QuotaError: seals or texts of a key that is over its daily quota were left out; the rest is kept.
        """
        given_back = self.take_back(request)
        kept = keep(self._groups, self._quota, request, given_back.seals)
        state = known_group(self._groups.last, request.group)
        if state is not None and isinstance(asker, bytes):
            self._compare(state, asker, request)
        for group in {one.group for one in kept.judged} | ({request.group} if state else set()):
            self._receive(group)
        if isinstance(asker, AccessError):
            raise asker
        if kept.over_quota is not None:
            raise kept.over_quota
        phones = {one.index for one in kept.judged}
        back = (one for one in given_back.refused if one.index not in phones)
        both = sorted((*kept.refused, *back), key=lambda one: one.index)
        return self._answer(request, asker, kept.judged, tuple(both), barred)

    def take_back(self, request: Request) -> GivenBack:
        """Keep the branch seals that a request gives back, so that keys which they admit are let in (L15)."""
        given_back = take_back(self._groups, self._quota, request)
        if given_back.is_new:
            try:
                say_keys_again(self._groups, request.group)
            except StoppedGroupError:
                _log.error("nothing_restated", group=request.group)
            publish(self._groups.store, self._groups.load(request.group))
        return given_back

    def catch_up(self, groups: Sequence[str] | None = None) -> None:
        """Receive what was stored before a crash, or by other hubs, in all groups or in these.

        Summaries are renewed. A damaged group stops no other, nor does one whose log has another key, when a
        change of keys was cut; a store that does not answer ends the call.
        """
        for group in self._groups.codes() if groups is None else groups:
            try:
                if not is_current(self._groups.store, group, self._groups.writer):
                    self._receive(group)
            except EngineError as error:
                _log.error("not_caught_up", group=group, cause=str(error))
                return
            except StoreError as error:
                _log.error("group_damaged", group=group, cause=str(error))
            except SettingsError as error:
                _log.error("group_waits_for_its_key", group=group, cause=error.code)

    def _compare(self, state: GroupState, asker: bytes, request: Request) -> None:
        """Keep what the signed request says about the branch log that its phone holds (L14, L15)."""
        writer = state.writers.get(asker)
        if writer is None:
            return
        is_news = keep_claim(self._groups, state, writer, request)
        if is_news or keep_back(self._groups, state, writer, request):
            publish(self._groups.store, self._groups.load(state.group))

    def _receive(self, group: str) -> None:
        try:
            receive(self._groups, group)
        except StoppedGroupError as error:
            _log.error("nothing_received", group=group, why=error.why)
            # A seal may be what stops it: people look at the summary.
            publish(self._groups.store, self._groups.load(group))

    def _answer(
        self,
        request: Request,
        asker: bytes,
        judged: Sequence[Judged],
        refused: tuple[Refused, ...],
        barred: Collection[bytes],
    ) -> Response:
        mark = self._groups.mark(request.group)
        state = known_group(self._groups.last, request.group)
        stop = state and self._groups.why_stopped(state, mark)
        if state is not None and stop and asker in state.waiting:
            raise StoppedGroupError(request.group, stop)
        if state is None or asker not in state.writers:
            raise AccessError("the group has not admitted this key")
        writer = state.writers[asker]
        ordinal = writer.admitted.ordinal
        now = to_instant(self._groups.clock())
        statements = self._groups.trust.statements
        if not writer.revoked and asker not in barred:
            sent = {one.seal.raw for one in judged}
            units, more = page(state, sent, request.known, request.other_tips)
            return response(
                units,
                hub_time=now,
                statements=statements,
                refused=refused,
                more=more,
                encoding=self._groups.encoding,
            )
        places = (one.place for one in judged if one.group == state.group)
        own = {place for place in places if place is not None and place[0] == ordinal}
        if not own:
            raise AccessError("the group has revoked this key")
        told = acknowledgements(state, ordinal, own)
        return Response(1, now, statements, told, (), (), refused, 0, self._groups.encoding)
