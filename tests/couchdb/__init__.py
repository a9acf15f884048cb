"""The server behind the tests of the CouchDB store.

``stand_in``    starts ``server.mjs``, a server that speaks CouchDB's protocol; also a program
``servers``     the server that tests use: the one that ``TOVAY_COUCHDB_URL`` names, or a stand-in
``proxy``       a line to that server that loses, delays or changes what a test tells it to
"""
