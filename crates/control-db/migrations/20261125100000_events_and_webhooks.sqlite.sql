CREATE TABLE events (
    number integer PRIMARY KEY AUTOINCREMENT,
    tenant_id blob NOT NULL REFERENCES tenants (id),
    key_id text NOT NULL CHECK (length(key_id) <= 64),
    kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
    subject text NOT NULL CHECK (length(subject) <= 100),
    at bigint NOT NULL,
    details text NOT NULL CHECK (length(details) <= 4000),
    UNIQUE (tenant_id, key_id, kind, subject)
);

CREATE INDEX events_by_time ON events (tenant_id, at);
CREATE INDEX events_by_key ON events (key_id, kind, subject);

INSERT INTO events (tenant_id, key_id, kind, subject, at, details)
    SELECT tenant_id, key_id, kind, subject, at, details FROM key_events ORDER BY at;
-- key_events itself goes once no service of the version before runs any more.

CREATE TRIGGER events_unchanged BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events is append only'); END;
CREATE TRIGGER events_kept BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events is append only'); END;

CREATE TABLE webhooks (
    id blob PRIMARY KEY,
    tenant_id blob NOT NULL REFERENCES tenants (id),
    url text NOT NULL CHECK (length(url) BETWEEN 1 AND 500),
    created_at bigint NOT NULL,
    removed_at bigint
) WITHOUT ROWID;

CREATE INDEX webhooks_by_tenant ON webhooks (tenant_id);

CREATE TABLE deliveries (
    webhook_id blob NOT NULL REFERENCES webhooks (id),
    event bigint NOT NULL REFERENCES events (number),
    tenant_id blob NOT NULL REFERENCES tenants (id),
    state text NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts bigint NOT NULL,
    due_at bigint NOT NULL,
    ended_at bigint,
    failure text NOT NULL CHECK (length(failure) <= 200),
    PRIMARY KEY (webhook_id, event)
) WITHOUT ROWID;

CREATE INDEX deliveries_due ON deliveries (state, due_at);
CREATE INDEX deliveries_by_event ON deliveries (event);
