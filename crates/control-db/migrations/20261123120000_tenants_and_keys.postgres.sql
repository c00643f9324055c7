CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
    state text NOT NULL CHECK (state IN ('active', 'suspended')),
    key_limit_requests bigint NOT NULL CHECK (key_limit_requests > 0),
    key_limit_seconds bigint NOT NULL CHECK (key_limit_seconds > 0),
    tenant_limit_requests bigint NOT NULL CHECK (tenant_limit_requests > 0),
    tenant_limit_seconds bigint NOT NULL CHECK (tenant_limit_seconds > 0),
    created_at bigint NOT NULL
);
COMMENT ON TABLE tenants IS 'Meal planner companies, our customers';
COMMENT ON COLUMN tenants.state IS 'suspended: its keys are refused with tenant-suspended';
COMMENT ON COLUMN tenants.key_limit_requests IS 'Requests that one key may make in key_limit_seconds';
COMMENT ON COLUMN tenants.tenant_limit_requests IS 'Requests that all keys together may make in tenant_limit_seconds';
COMMENT ON COLUMN tenants.created_at IS 'Microseconds since 1970-01-01 UTC, as every ..._at column';

CREATE TABLE applications (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    created_at bigint NOT NULL,
    UNIQUE (tenant_id, name),
    UNIQUE (tenant_id, id)
);
COMMENT ON TABLE applications IS 'Meal planner applications; keys are issued to them';
COMMENT ON COLUMN applications.id IS 'The client-uuid of the API';

CREATE TABLE api_keys (
    id text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    tenant_id uuid NOT NULL,
    application_id uuid NOT NULL,
    hash text NOT NULL UNIQUE,
    environment text NOT NULL CHECK (environment IN ('test', 'live')),
    scopes text NOT NULL,
    last4 text NOT NULL CHECK (length(last4) = 4),
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint,
    replaced_by text REFERENCES api_keys (id),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id)
);
COMMENT ON TABLE api_keys IS 'API keys without their secrets';
COMMENT ON COLUMN api_keys.id IS 'The public half of the key text';
COMMENT ON COLUMN api_keys.hash IS 'HMAC-SHA-256 of the whole key under the pepper, base64url';
COMMENT ON COLUMN api_keys.scopes IS 'Scope names with a space between them';
COMMENT ON COLUMN api_keys.last4 IS 'The last four characters of the secret, for people to tell keys apart';
COMMENT ON COLUMN api_keys.replaced_by IS 'The key that a rotation put in its place';

CREATE INDEX api_keys_by_application ON api_keys (tenant_id, application_id);

CREATE TABLE policy_version (
    id bigint PRIMARY KEY CHECK (id = 1),
    version bigint NOT NULL
);
COMMENT ON TABLE policy_version IS 'One row: grows with each change of a tenant or key; gateways take no older policy';

INSERT INTO policy_version (id, version) VALUES (1, 1);

GRANT SELECT ON schema_migrations TO anp_control_plane;
GRANT SELECT, INSERT, UPDATE ON tenants, applications, api_keys TO anp_control_plane;
GRANT SELECT, UPDATE ON policy_version TO anp_control_plane;

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE applications ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- An unset setting reads NULL, and '' once a session has used it: both see no row.
CREATE POLICY own_tenant ON tenants FOR SELECT
    USING (id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY own_tenant ON applications
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY own_tenant ON api_keys
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Operators' work spans tenants.
CREATE POLICY operator ON tenants USING (current_setting('app.operator', true) = 'on');
CREATE POLICY operator ON applications USING (current_setting('app.operator', true) = 'on');
CREATE POLICY operator ON api_keys USING (current_setting('app.operator', true) = 'on');
