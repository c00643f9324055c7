CREATE TABLE tenants (
    id blob PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
    state text NOT NULL CHECK (state IN ('active', 'suspended')),
    key_limit_requests bigint NOT NULL CHECK (key_limit_requests > 0),
    key_limit_seconds bigint NOT NULL CHECK (key_limit_seconds > 0),
    tenant_limit_requests bigint NOT NULL CHECK (tenant_limit_requests > 0),
    tenant_limit_seconds bigint NOT NULL CHECK (tenant_limit_seconds > 0),
    created_at bigint NOT NULL
) WITHOUT ROWID;

CREATE TABLE applications (
    id blob PRIMARY KEY,
    tenant_id blob NOT NULL REFERENCES tenants (id),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    created_at bigint NOT NULL,
    UNIQUE (tenant_id, name),
    UNIQUE (tenant_id, id)
) WITHOUT ROWID;

CREATE TABLE api_keys (
    id text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    tenant_id blob NOT NULL,
    application_id blob NOT NULL,
    hash text NOT NULL UNIQUE,
    environment text NOT NULL CHECK (environment IN ('test', 'live')),
    scopes text NOT NULL,
    last4 text NOT NULL CHECK (length(last4) = 4),
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint,
    replaced_by text REFERENCES api_keys (id),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id)
) WITHOUT ROWID;

CREATE INDEX api_keys_by_application ON api_keys (tenant_id, application_id);

CREATE TABLE policy_version (
    id bigint PRIMARY KEY CHECK (id = 1),
    version bigint NOT NULL
);

INSERT INTO policy_version (id, version) VALUES (1, 1);
