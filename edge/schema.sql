-- The phone's ledger, version 1. Every body is AES-256-GCM ciphertext bound to its place; nothing personal is in clear.

-- What is only ever added: own entries, their receipt marks, own seals (stored before they are sent), when a seal
-- was handed to the hub, branch seals, other phones' seals, key statements, branch seals that acknowledge but do
-- not continue what is held (all that a revoked phone gets), evidence of two histories, and which branch seals were
-- given back to a restored branch.
CREATE TABLE kept (
    shelf TEXT NOT NULL CHECK (
        shelf IN (
            'entry', 'mark', 'seal', 'sent', 'branch seal', 'phone seal', 'statement', 'acknowledgement', 'evidence',
            'returned'
        )
    ),
    log BLOB NOT NULL,
    seq INTEGER NOT NULL CHECK (seq > 0),
    sealed BLOB NOT NULL,
    PRIMARY KEY (shelf, log, seq)
) STRICT;

CREATE TRIGGER kept_is_never_changed BEFORE UPDATE ON kept
BEGIN
    SELECT RAISE(ABORT, 'kept rows are never changed');
END;

CREATE TRIGGER kept_is_never_removed BEFORE DELETE ON kept
BEGIN
    SELECT RAISE(ABORT, 'kept rows are never removed');
END;

CREATE TRIGGER entries_are_dense BEFORE INSERT ON kept
WHEN NEW.shelf = 'entry'
    AND NEW.seq IS NOT 1 + (SELECT coalesce(max(seq), 0) FROM kept WHERE shelf = 'entry' AND log = NEW.log)
BEGIN
    SELECT RAISE(ABORT, 'entries are numbered densely');
END;

-- Detached texts by their salted hash: may be erased, never changed (L4).
CREATE TABLE texts (
    hash BLOB NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT;

CREATE TRIGGER texts_are_never_changed BEFORE UPDATE ON texts
BEGIN
    SELECT RAISE(ABORT, 'texts are never changed');
END;

-- Small facts about the phone itself that do change: who it is, the hub's clock.
CREATE TABLE notes (
    name TEXT NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT;

-- The wrapped data key, the tries of the PIN, and their code of authenticity under the device's own secret (L19).
CREATE TABLE keystore (
    only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    wrapped BLOB NOT NULL,
    tries BLOB NOT NULL,
    code BLOB NOT NULL
) STRICT;
