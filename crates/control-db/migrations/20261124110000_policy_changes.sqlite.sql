CREATE TABLE policy_changes (
    version bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('tenant', 'key', 'all')),
    subject text NOT NULL CHECK (length(subject) <= 64),
    PRIMARY KEY (version, kind, subject)
) WITHOUT ROWID;
