"""Use cases of the branch: no HTTP, no database. One room for each thing that people do.

``group``        one group's books: folded, named, ended by a book, as known on a day
``phones``       what phones send and get
``day``          a transaction day: count, settle, what people see of it; form 13/TD
``corrections``  what two people decide afterwards: resolve, reverse, refund, rekey
``rates``        a rate decision, previewed, then in every log
``accounts``     journal, balances, the closing of a period
``tables``       one table as text, CSV, XLSX and JSON
``reports``      papers, measures, fees, work lists; why a due is what it is
``reading``      files of the bank, in three forms, as typed rows
``loan_book``    an export, planned and brought into the logs
``export``       what goes out to the core system
``core``         an extract of the core system, compared; facts keyed at the table
``month_end``    columns of a province, from file to file
``forks``        contradictions found, shown, decided and proved; receipts looked up; daily checkpoints
``rollup``       totals that travel up, and what those above the branch read of them
``upkeep``       health, fsck, restoring, the change of the log key
"""
