CREATE TABLE data_keys (
    tenant_id blob NOT NULL PRIMARY KEY,
    wrapped blob NOT NULL
);

CREATE TABLE dietitians (
    id blob NOT NULL PRIMARY KEY,
    tenant_id blob NOT NULL,
    external_ref text NOT NULL CHECK (length(external_ref) BETWEEN 1 AND 200),
    display_name blob NOT NULL,
    languages text NOT NULL,
    licence blob,
    status text NOT NULL CHECK (status IN ('active', 'paused')),
    version bigint NOT NULL CHECK (version > 0),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    UNIQUE (tenant_id, external_ref),
    UNIQUE (tenant_id, id)
);

CREATE TABLE consents (
    id blob NOT NULL PRIMARY KEY,
    tenant_id blob NOT NULL,
    dietitian_id blob NOT NULL,
    document_version text NOT NULL CHECK (length(document_version) BETWEEN 1 AND 200),
    scopes text NOT NULL,
    evidence_ref blob,
    granted_at bigint NOT NULL,
    revoked_at bigint,
    FOREIGN KEY (tenant_id, dietitian_id) REFERENCES dietitians (tenant_id, id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX consents_in_force ON consents (dietitian_id) WHERE revoked_at IS NULL;
CREATE INDEX consents_by_dietitian ON consents (tenant_id, dietitian_id);

CREATE TABLE samples (
    id blob NOT NULL PRIMARY KEY,
    tenant_id blob NOT NULL,
    dietitian_id blob NOT NULL,
    content_type text NOT NULL,
    language text NOT NULL,
    state text NOT NULL CHECK (state IN ('accepted', 'quarantined')),
    texts blob NOT NULL,
    findings blob NOT NULL,
    count bigint NOT NULL CHECK (count > 0),
    created_at bigint NOT NULL,
    FOREIGN KEY (tenant_id, dietitian_id) REFERENCES dietitians (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX samples_by_voice ON samples (tenant_id, dietitian_id, content_type, language, id);

CREATE TABLE style_cards (
    id blob NOT NULL PRIMARY KEY,
    tenant_id blob NOT NULL,
    dietitian_id blob NOT NULL,
    content_type text NOT NULL,
    language text NOT NULL,
    card blob NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    updated_at bigint NOT NULL,
    UNIQUE (tenant_id, dietitian_id, content_type, language),
    FOREIGN KEY (tenant_id, dietitian_id) REFERENCES dietitians (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE generations (
    id blob NOT NULL PRIMARY KEY,
    tenant_id blob NOT NULL,
    dietitian_id blob NOT NULL,
    application_id blob NOT NULL,
    key_id text NOT NULL,
    content_type text NOT NULL,
    language text NOT NULL,
    status text NOT NULL CHECK (status IN ('draft', 'blocked', 'failed', 'erased')),
    request blob,
    response blob,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    CHECK (status <> 'erased' OR (request IS NULL AND response IS NULL))
);

CREATE INDEX generations_newest ON generations (tenant_id, id);
CREATE INDEX generations_by_dietitian ON generations (tenant_id, dietitian_id, id);
CREATE INDEX generations_to_erase ON generations (tenant_id, expires_at) WHERE status <> 'erased';

CREATE TABLE usage_records (
    id blob NOT NULL PRIMARY KEY,
    tenant_id blob NOT NULL,
    generation_id blob NOT NULL,
    meter text NOT NULL CHECK (length(meter) BETWEEN 1 AND 50),
    application_id blob NOT NULL,
    key_id text NOT NULL,
    dietitian_id blob NOT NULL,
    content_type text NOT NULL,
    writer text NOT NULL CHECK (length(writer) BETWEEN 1 AND 50),
    input_tokens bigint NOT NULL CHECK (input_tokens >= 0),
    output_tokens bigint NOT NULL CHECK (output_tokens >= 0),
    units bigint NOT NULL CHECK (units >= 0),
    created_at bigint NOT NULL,
    UNIQUE (tenant_id, generation_id, meter)
);

CREATE INDEX usage_records_by_time ON usage_records (tenant_id, created_at);

CREATE TABLE idempotency (
    id blob NOT NULL PRIMARY KEY,
    tenant_id blob NOT NULL,
    route text NOT NULL,
    key_digest blob NOT NULL,
    body_digest blob NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'done', 'erased')),
    lease_until bigint NOT NULL,
    status bigint,
    headers blob,
    body blob,
    dietitian_id blob,
    generation_id blob,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    UNIQUE (tenant_id, route, key_digest),
    CHECK ((state = 'done') = (status IS NOT NULL AND headers IS NOT NULL AND body IS NOT NULL))
);

CREATE INDEX idempotency_to_purge ON idempotency (tenant_id, expires_at);
CREATE INDEX idempotency_by_dietitian ON idempotency (tenant_id, dietitian_id);
CREATE INDEX idempotency_by_generation ON idempotency (tenant_id, generation_id);

CREATE TRIGGER usage_records_are_not_changed BEFORE UPDATE ON usage_records
BEGIN SELECT RAISE(ABORT, 'usage records are not changed'); END;

CREATE TRIGGER usage_records_are_not_deleted BEFORE DELETE ON usage_records
BEGIN SELECT RAISE(ABORT, 'usage records are not deleted'); END;
