"""Implementations of the document store port.

``opening``       which of them a branch directory uses
``sqlite``        embedded, one file
``couchdb``       one CouchDB, or a cluster of them
``rollups``       a database of roll-ups on CouchDB
``design``        the databases of a branch on CouchDB, and whose they are
``schema``        the steps from an older schema to today's
``couch_server``  a CouchDB behind IBM's SDK: every failure an ``EngineError``
``couch_answers`` what such a server answers, read strictly
``fuse``          no requests to a server that hangs
``seen``          what a list that lags must not miss
"""
