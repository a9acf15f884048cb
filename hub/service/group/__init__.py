"""One group's books.

``state`` (folded from what is stored: ``branch_seals`` ``phones``; with a few documents more: ``stepping``)
``loading`` (states that are kept) ``turns`` (one thread at a time) ``groups`` (the only appender) ``known``
(its phone entries, as calc reads them) ``as_known`` (the place that was known on a day) ``reach`` (since when
the book has a loan) ``place`` ``closing`` (a run of facts is tried, and ends with a book) ``derived``
(caches); beside the log: ``directory`` ``names``

An older copy of the store (L15): ``stops`` ``leaves`` (why nothing is appended) ``restorations`` (what people
said) ``restating`` (what is said again) ``waiting`` (what is not back yet)
"""
