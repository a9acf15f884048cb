-- The register of one branch. Instants are milliseconds since 1970-01-01 UTC.

CREATE TABLE vouchers (
    mac BLOB PRIMARY KEY CHECK (length(mac) = 32),
    group_code TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('leader', 'deputy')),
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    superseded_at INTEGER,
    used_at INTEGER,
    writer BLOB UNIQUE REFERENCES devices (writer) DEFERRABLE INITIALLY DEFERRED,
    CHECK ((used_at IS NULL) = (writer IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE devices (
    writer BLOB PRIMARY KEY CHECK (length(writer) = 10),
    spki BLOB NOT NULL,
    csr BLOB,
    group_code TEXT NOT NULL,
    role TEXT NOT NULL,
    nonce BLOB NOT NULL,
    enrolled_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'accepted', 'admitted', 'refused', 'revoked')),
    ordinal INTEGER,
    revoked_in_log INTEGER NOT NULL DEFAULT 0 CHECK (revoked_in_log IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE decisions (
    writer BLOB NOT NULL REFERENCES devices (writer),
    decided TEXT NOT NULL CHECK (decided IN ('accepted', 'refused', 'revoked')),
    decided_by TEXT NOT NULL,
    confirmed_by TEXT CHECK (confirmed_by <> decided_by),
    reason TEXT NOT NULL,
    decided_at INTEGER NOT NULL,
    PRIMARY KEY (writer, decided)
) STRICT, WITHOUT ROWID;

CREATE TABLE certificates (
    id INTEGER PRIMARY KEY,
    writer BLOB NOT NULL REFERENCES devices (writer),
    issued_at INTEGER NOT NULL,
    renew_from INTEGER NOT NULL,
    certificate BLOB NOT NULL
) STRICT;

CREATE INDEX certificates_by_writer ON certificates (writer);

CREATE TABLE nonces (
    writer BLOB NOT NULL,
    nonce BLOB NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (writer, nonce)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    outcome TEXT NOT NULL
) STRICT;

CREATE INDEX audit_by_action ON audit (action, at);

CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE (ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_keeps BEFORE DELETE ON audit BEGIN SELECT RAISE (ABORT, 'the audit is append-only'); END;
