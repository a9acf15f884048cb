"""The bank's files: ``csv_form`` ``xlsx_form`` ``json_form`` (three ``forms``) → ``files`` (typed ``rows``).

``tables`` and ``cells`` say what a table holds; ``terms`` what a row may say; ``reasons``
why one is refused
"""
