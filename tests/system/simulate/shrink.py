"""The shortest play that still fails: delta debugging over the steps of a plan."""

from msgspec import structs

from tests.system.simulate.play import play

TRIES_MAX = 400


def shrunk(plan, played, parts=None):
    """A plan of the same world whose steps are a part of this one's, and which fails too.

    Steps after the first violation are dropped first; then halves, quarters and single steps, as long as
    the play still fails in the same way.
    """
    steps = plan.steps[: len(played.trace)]
    tries, size = 0, max(1, len(steps) // 2)
    while tries < TRIES_MAX:
        for start in range(0, len(steps), size):
            kept = steps[:start] + steps[start + size :]
            tries += 1
            if _kind(play(structs.replace(plan, steps=kept), parts)) == _kind(played):
                steps = kept
                break
        else:
            if size == 1:
                break
            size //= 2
    return structs.replace(plan, steps=steps)


def _kind(played):
    """The invariant that was violated, or the error that was raised."""
    return None if played.violation is None else played.violation.splitlines()[-1].partition(":")[0]
