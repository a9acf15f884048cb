"""Arithmetic of policy credit: pure, exact, in whole đồng and integer ppm; frozen results.

Vocabulary   ``errors`` ``events`` (what happens to a principal) ``commune_days`` (a point's calendar)
Interest     ``rate`` (B13) and ``principal`` → ``accrual`` (numerators, segments) → ``rounding`` (R; B10)
The book     ``book`` folds a branch log: ``roster`` (``loan`` ``savings``), ``decisions``, ``writers``,
             ``postings``; ``days`` says what stands at a place; ``problems`` is what was odd;
             ``restating`` is what older branch epochs said (L15)
A loan       ``contradictions`` (what cannot be true), ``accrued`` (its interest), ``instalments`` (what falls
             due when), ``moving`` (to another group, B22)
What is due  ``dues`` → ``arrears`` (how old) → ``allocation`` (B7); ``pending`` is the phone's preview,
             ``rate_preview`` a decision's before it is signed
A day        ``states`` of phone entries, over ``sides`` of forks (L16) → ``cash``, ``bundle`` (three ways),
             ``duplicates``, ``transfers`` (B9), ``reconcile`` (B16; its values are ``differences``) →
             ``settlement``, ``statement`` (13/TD)
What moved   ``money_lines`` → ``booked`` (what counts of it, for both of the next)
Double entry ``chart`` of accounts, ``posted_lines``, ``close_lines`` → ``journal`` → ``controls`` (B19, B20);
             ``periods`` (B4)
The core     ``core_refs`` (its names for ours), ``core_extract``, ``core_slots`` → ``core_matching`` →
             ``core_comparison`` (B21)
Papers       ``confirmation`` (15/TD), ``receipts`` (01/BL), ``passbook`` (savings, B9, B23)
Measures     ``terms`` (what the bank may set), ``ratio``; ``fees`` (B23), ``measures``, ``reminders``
             (lists), ``group_month`` → ``score``
Many loans   ``kernel`` (columns), ``month_end`` (one loan, its reference), ``month_end_columns`` and
             ``month_end_row`` → ``month_end_batch`` (B25)
For people   ``words`` (figures, words, days, rates), ``explain`` → ``due_wording`` (why a due is what it is)
tovay-calc   ``line`` (strict JSON) → ``window`` (B24) → ``wording`` (Vietnamese) → ``__main__``

Nothing here but ``__main__`` does I/O; nothing reads a clock, draws randomness or logs.
"""
