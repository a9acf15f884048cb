"""Roll-ups: what those above the branch read of it, without its groups, its people and its logs.

``figures`` (sums of a group, a commune, a branch) ``making`` (at the branch) ``reading`` (what came, judged)
``province`` (tables over many branches) ``wording``
"""
