CREATE TABLE limit_overrides (
    subject_kind text NOT NULL CHECK (subject_kind IN ('tenant', 'application', 'key')),
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 64),
    measure text NOT NULL CHECK (length(measure) BETWEEN 1 AND 40),
    tenant_id blob NOT NULL REFERENCES tenants (id),
    amount bigint NOT NULL CHECK (amount > 0),
    until bigint NOT NULL,
    PRIMARY KEY (subject_kind, subject, measure)
) WITHOUT ROWID;

CREATE INDEX limit_overrides_by_end ON limit_overrides (until);

CREATE TABLE limit_changes (
    id blob PRIMARY KEY,
    subject_kind text NOT NULL CHECK (subject_kind IN ('tenant', 'application', 'key')),
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 64),
    measure text NOT NULL CHECK (length(measure) BETWEEN 1 AND 40),
    tenant_id blob NOT NULL REFERENCES tenants (id),
    amount bigint CHECK (amount > 0),
    until bigint,
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    at bigint NOT NULL,
    CHECK ((amount IS NULL) = (until IS NULL))
) WITHOUT ROWID;

CREATE INDEX limit_changes_by_tenant ON limit_changes (tenant_id, at);

CREATE TRIGGER limit_changes_unchanged BEFORE UPDATE ON limit_changes
BEGIN SELECT RAISE(ABORT, 'limit_changes is append only'); END;
CREATE TRIGGER limit_changes_kept BEFORE DELETE ON limit_changes
BEGIN SELECT RAISE(ABORT, 'limit_changes is append only'); END;
