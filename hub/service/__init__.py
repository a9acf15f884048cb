"""Use cases of the branch: no HTTP, no database.

A group: ``group_state`` (folded from what is stored) ``groups`` (in step with the store; the only appender)
``known`` (its phone entries, as calc reads them)

Phones: ``intake`` (the exchange) ``reply`` (what goes down) ``texts`` ``quota`` ``devices`` (who may seal)

A transaction day: ``posting`` (count, settle) ``staged_day`` → ``group_day`` (what a person sees of it)
``reconciliation`` ``reports`` (13/TD) ``group_names`` ``day_cash`` ``day_entries`` ``day_wording``

Rates: ``rate_decision`` (previewed, then in every log) ``rate_wording`` ``rate_reports``
``as_known`` (the place in a log that was known on a day)

Accounts: ``periods`` (a month is closed) ``journal_sheets`` (journal, balances) ``journal_wording``

Why a due is what it is: ``explaining``

Tables for people: ``sheets`` (one table as text, CSV, XLSX, JSON; ``boxes`` draws) ← ``report_scope`` (what a
report is): ``report_papers`` (15/TD, 01/BL) ``report_measures`` ``report_fees`` ``report_lists``

A bank's export: ``book_csv`` ``book_xlsx`` ``book_json`` (forms; ``book_sheets``) → ``book_files`` (rows;
``book_rows`` ``book_cells`` ``book_tables``) → ``book_terms`` ``book_references`` (checked) ``book_refusals``
(what is refused with what) → ``roster`` (planned: ``roster_parts`` by group, ``roster_decisions``,
``roster_drafting`` → ``roster_draft`` ``roster_changes`` ``roster_entries`` ``roster_state``) → ``closing``
(tried, and ended with a book) → ``book_import`` (appended); ``book_absent`` ``book_wording`` ``directory``
(what stands outside the log)

The core system: ``export_sheets`` (postings, balances, what waits) → ``export_files`` (with a manifest)
``core_rows`` → ``core_extract`` (by group) → ``core_compare`` (and confirmed) → ``core_report``
``core_wording``; ``counter_facts`` (keyed at the table) ``roster_echoes`` (what an import knows of ours)

The store: ``derived`` (caches) ``health`` ``fsck`` (``fsck_documents`` ``fsck_books``: all verified again)
"""
