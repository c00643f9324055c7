ALTER TABLE tenants
    ADD COLUMN key_max_age_days bigint NOT NULL DEFAULT 90 CHECK (key_max_age_days BETWEEN 1 AND 90),
    ADD COLUMN revoke_exposed boolean NOT NULL DEFAULT FALSE;
COMMENT ON COLUMN tenants.key_max_age_days IS 'No key of the tenant works for longer, counted from its grant';
COMMENT ON COLUMN tenants.revoke_exposed IS 'Whether a key that was seen in a URL is revoked, and not only flagged';

ALTER TABLE api_keys
    ADD COLUMN granted_at bigint,
    ADD COLUMN last_used_at bigint,
    ADD COLUMN exposed_at bigint;
COMMENT ON COLUMN api_keys.granted_at IS 'When the first key of its chain of rotations was issued; null: created_at';
COMMENT ON COLUMN api_keys.last_used_at IS 'The minute of its last use, as gateways report it';
COMMENT ON COLUMN api_keys.exposed_at IS 'When it was first seen where secrets do not belong, such as a URL';
CREATE INDEX api_keys_by_end ON api_keys (expires_at);

CREATE TABLE key_events (
    key_id text NOT NULL REFERENCES api_keys (id),
    kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
    subject text NOT NULL CHECK (length(subject) <= 100),
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    at bigint NOT NULL,
    details text NOT NULL CHECK (length(details) <= 4000),
    PRIMARY KEY (key_id, kind, subject)
);
COMMENT ON TABLE key_events IS 'What happened to keys and their owners should know; append only, without secrets';
COMMENT ON COLUMN key_events.subject IS 'What tells events of one kind apart, so that each is recorded once';
COMMENT ON COLUMN key_events.details IS 'A JSON object';

CREATE INDEX key_events_by_tenant ON key_events (tenant_id, at);

GRANT SELECT, INSERT ON key_events TO anp_control_plane;

ALTER TABLE key_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON key_events
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator ON key_events USING (current_setting('app.operator', true) = 'on');
