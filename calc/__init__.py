"""Arithmetic of policy credit: pure, exact, in whole đồng and integer ppm; frozen results.

Vocabulary   ``errors`` ``events`` (what happens to a principal)
Interest     ``rate`` (B13) and ``principal`` → ``accrual`` (numerators, segments) → ``rounding`` (R; B10)
For people   ``words`` (figures, words, days, rates)
tovay-calc   ``line`` (strict JSON) → ``window`` (B24) → ``wording`` (Vietnamese) → ``__main__``

Nothing here but ``__main__`` does I/O; nothing reads a clock, draws randomness or logs.
"""
