"""The branch's service: takes in what phones sealed, keeps every group's branch log, shows both to people.

Root      ``app`` (the only composition root, and the only reader of the time) ``settings`` ``cli``
Ports     ``ports`` (the document store) ``documents`` (what is stored under which id) ``errors``
Service   ``service`` use cases without HTTP and without a database
Store     ``store`` the port on SQLite
Doors     ``api`` (phones) ``access`` (who may ask) ``problem`` (HTTP statuses) ``wording`` (sentences)
"""
