"""An export of the bank: ``references`` (checked) ``refusals`` (what is refused with what) → ``plan``.

``parts`` (by group) ``decisions`` (of the branch) ``drafting`` → ``draft`` ``changes`` ``entries`` over a
``roster`` with its ``echoes`` (what the bank may tell of ours) → ``imports``; ``absent`` ``wording``
"""
