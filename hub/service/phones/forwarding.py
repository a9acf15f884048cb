"""A hub that does not append (L14): it stores what phones sealed, and another one acknowledges it.

1. every seal is judged by its own signature and stored durably, with its texts, as by any hub (L9); branch
   seals that phones give back are not: which of them the log lacks is for its appender to say (L15)
2. the request goes on as it came, and what the appender answers is the answer
3. where it does not answer, this hub says what is stored: new seals are without a ``Received``, so the phone
   shows "sent". That goes to an admitted, unrevoked key that signed the request (L11), and only while nothing
   of L15 is open for the group; anybody else comes again later

What the log does not say yet (a phone that only the register admits or revokes) is not known here.
"""

from collections.abc import Collection

from hub.errors import AccessError, AppenderAwayError, ClockError
from hub.service.group.groups import Groups
from hub.service.group.phones import place_of
from hub.service.group.state import GroupState
from hub.service.group.waiting import waiting
from hub.service.phones.judged import is_branch_seal, known_group
from hub.service.phones.keeping import keep
from hub.service.phones.quota import Quota
from hub.service.phones.reply import page, response
from protocol.day import to_instant
from protocol.exchange import Request, Response


class Forwarding:
    """The exchange of a hub that does not append, over the groups of one branch."""

    def __init__(self, groups: Groups, quota: Quota) -> None:
        """Keep what it works on."""
        self._groups = groups
        self._quota = quota

    def look(self, group: str) -> None:
        """Bring a group up to what is stored, and this hub's mark up to that, before anything is judged."""
        known_group(self._groups.witness, group)

    def keep(self, request: Request) -> None:
        """Store the seals of a request that admitted keys signed, as far as their quota goes."""
        keep(self._groups, self._quota, request)

    def answer(
        self, request: Request, asker: bytes | AccessError, _barred: Collection[bytes] = ()
    ) -> Response:
        """What is stored, while the appender is away.

        Raises:
            ClockError: ``asker`` is one.
            QuotaError: seals or texts of a key that is over its daily quota were left out.
            AppenderAwayError: only the appender can answer this.
        """
        kept = keep(self._groups, self._quota, request)
        if isinstance(asker, ClockError):
            raise asker
        state = known_group(self._groups.witness, request.group)
        if state is None or not isinstance(asker, bytes) or not self._may_tell(state, asker, request):
            raise AppenderAwayError(f"the appender of group {request.group} does not answer")
        if kept.over_quota is not None:
            raise kept.over_quota
        units, more = page(state, set(request.seals), request.known, request.other_tips)
        return response(
            units,
            hub_time=to_instant(self._groups.clock()),
            statements=self._groups.trust.statements,
            refused=kept.refused,
            more=more,
            encoding=self._groups.encoding,
        )

    def _may_tell(self, state: GroupState, asker: bytes, request: Request) -> bool:
        """Say whether this hub may answer for the appender: nothing is open that only that one can settle."""
        writer = state.writers.get(asker)
        if writer is None or writer.revoked:
            return False
        wait = waiting(self._groups, state)
        held = {seal.place for seal in state.phone_seals}
        tips = (tip for tip in (request.known, *request.other_tips) if tip is not None)
        return (
            self._groups.why_stopped(state, self._groups.mark(state.group)) is None
            and (wait is None or wait.is_over)
            and not any(state.contradicts(tip) for tip in tips)
            # A phone takes no acceptance without its seal, and a list that lags may lack one.
            and all(place_of(received) in held for _, received in state.book.received)
            and not any(is_branch_seal(raw, self._groups.writer) for raw in request.seals)
        )
