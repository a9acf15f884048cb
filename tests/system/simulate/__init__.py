"""A whole branch in one process, from one number: ``python -m tests.system.simulate SEED``.

``plan`` draws a small world and its steps from a seed; ``play`` plays them; ``once`` is what it need not do
twice; ``shrink`` makes a failing play short. The world: ``world`` (everything together) ``branch``
``shelves`` (SQLite and CouchDB under it) ``register`` ``phones`` ``trust`` (keys, ciphers). What happens:
``leader`` ``staff`` ``carriers`` ``bundles`` ``devices`` ``moments`` ``strangers`` ``hubs`` ``restores``.
What must hold: ``paper`` (what people wrote down) ``invariants`` ``ending``. ``classes`` is the table of the
48 fault classes, ``mutations`` breaks the system on purpose.
"""
