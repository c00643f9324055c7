ALTER TABLE tenants ADD COLUMN key_max_age_days bigint NOT NULL DEFAULT 90 CHECK (key_max_age_days BETWEEN 1 AND 90);
ALTER TABLE tenants ADD COLUMN revoke_exposed boolean NOT NULL DEFAULT FALSE;

ALTER TABLE api_keys ADD COLUMN granted_at bigint;
ALTER TABLE api_keys ADD COLUMN last_used_at bigint;
ALTER TABLE api_keys ADD COLUMN exposed_at bigint;
CREATE INDEX api_keys_by_end ON api_keys (expires_at);

CREATE TABLE key_events (
    key_id text NOT NULL REFERENCES api_keys (id),
    kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
    subject text NOT NULL CHECK (length(subject) <= 100),
    tenant_id blob NOT NULL REFERENCES tenants (id),
    at bigint NOT NULL,
    details text NOT NULL CHECK (length(details) <= 4000),
    PRIMARY KEY (key_id, kind, subject)
) WITHOUT ROWID;

CREATE INDEX key_events_by_tenant ON key_events (tenant_id, at);

CREATE TRIGGER key_events_unchanged BEFORE UPDATE ON key_events
BEGIN SELECT RAISE(ABORT, 'key_events is append only'); END;
CREATE TRIGGER key_events_kept BEFORE DELETE ON key_events
BEGIN SELECT RAISE(ABORT, 'key_events is append only'); END;
