CREATE TABLE events (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    key_id text NOT NULL CHECK (length(key_id) <= 64),
    kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
    subject text NOT NULL CHECK (length(subject) <= 100),
    at bigint NOT NULL,
    details text NOT NULL CHECK (length(details) <= 4000),
    UNIQUE (tenant_id, key_id, kind, subject)
);
COMMENT ON TABLE events IS 'What happened to keys and tenants and they should know; append only, without secrets';
COMMENT ON COLUMN events.key_id IS 'The public half of the key; empty: the tenant itself';
COMMENT ON COLUMN events.subject IS 'What tells events of one kind apart, so that each is recorded once';
COMMENT ON COLUMN events.details IS 'A JSON object';

CREATE INDEX events_by_time ON events (tenant_id, at);
CREATE INDEX events_by_key ON events (key_id, kind, subject);

-- The owner is held to the rows of a tenant, too, while row-level security is forced.
ALTER TABLE key_events NO FORCE ROW LEVEL SECURITY;
INSERT INTO events (tenant_id, key_id, kind, subject, at, details)
    SELECT tenant_id, key_id, kind, subject, at, details FROM key_events ORDER BY at;
ALTER TABLE key_events FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE key_events IS 'Read and written by nobody: copied to events, and to be dropped once no service of the version before runs';

CREATE TABLE webhooks (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    url text NOT NULL CHECK (length(url) BETWEEN 1 AND 500),
    created_at bigint NOT NULL,
    removed_at bigint
);
COMMENT ON TABLE webhooks IS 'Where tenants are told what happened; the secrets that sign are derived and stored nowhere';

CREATE INDEX webhooks_by_tenant ON webhooks (tenant_id);

CREATE TABLE deliveries (
    webhook_id uuid NOT NULL REFERENCES webhooks (id),
    event bigint NOT NULL REFERENCES events (number),
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    state text NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts bigint NOT NULL,
    due_at bigint NOT NULL,
    ended_at bigint,
    failure text NOT NULL CHECK (length(failure) <= 200),
    PRIMARY KEY (webhook_id, event)
);
COMMENT ON TABLE deliveries IS 'Which event is to be told where: written in the transaction of the event';
COMMENT ON COLUMN deliveries.state IS 'dead: given up, after too many attempts or because the webhook was removed';
COMMENT ON COLUMN deliveries.due_at IS 'When it is tried next; moved ahead by whoever tries it';
COMMENT ON COLUMN deliveries.failure IS 'Why the last attempt failed, in our words; empty if it did not';

CREATE INDEX deliveries_due ON deliveries (state, due_at);
CREATE INDEX deliveries_by_event ON deliveries (event);

GRANT SELECT, INSERT ON events TO anp_control_plane;
GRANT SELECT, INSERT, UPDATE ON webhooks, deliveries TO anp_control_plane;

ALTER TABLE events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE webhooks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE deliveries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON events
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY own_tenant ON webhooks
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY own_tenant ON deliveries
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator ON events USING (current_setting('app.operator', true) = 'on');
CREATE POLICY operator ON webhooks USING (current_setting('app.operator', true) = 'on');
CREATE POLICY operator ON deliveries USING (current_setting('app.operator', true) = 'on');
