CREATE TABLE data_keys (
    tenant_id uuid PRIMARY KEY,
    wrapped bytea NOT NULL
);
COMMENT ON TABLE data_keys IS 'One key per tenant that seals its content; without it the content is lost';
COMMENT ON COLUMN data_keys.wrapped IS 'The key, sealed by the master key for this tenant';

CREATE TABLE dietitians (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    external_ref text NOT NULL CHECK (length(external_ref) BETWEEN 1 AND 200),
    display_name bytea NOT NULL,
    languages text NOT NULL,
    licence bytea,
    status text NOT NULL CHECK (status IN ('active', 'paused')),
    version bigint NOT NULL CHECK (version > 0),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    UNIQUE (tenant_id, external_ref),
    UNIQUE (tenant_id, id)
);
COMMENT ON TABLE dietitians IS 'Dietitians, as one tenant knows them';
COMMENT ON COLUMN dietitians.external_ref IS 'The tenant''s own name for the dietitian';
COMMENT ON COLUMN dietitians.display_name IS 'Sealed';
COMMENT ON COLUMN dietitians.languages IS 'BCP 47 tags with a space between them';
COMMENT ON COLUMN dietitians.licence IS 'Sealed';
COMMENT ON COLUMN dietitians.version IS 'Grows with each change; the ETag';
COMMENT ON COLUMN dietitians.created_at IS 'Microseconds since 1970-01-01 UTC, as every other moment here';

CREATE TABLE consents (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    dietitian_id uuid NOT NULL,
    document_version text NOT NULL CHECK (length(document_version) BETWEEN 1 AND 200),
    scopes text NOT NULL,
    evidence_ref bytea,
    granted_at bigint NOT NULL,
    revoked_at bigint,
    FOREIGN KEY (tenant_id, dietitian_id) REFERENCES dietitians (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE consents IS 'What dietitians agreed to; the row without revoked_at is in force';
COMMENT ON COLUMN consents.scopes IS 'generate, learn_from_edits; with a space between them';
COMMENT ON COLUMN consents.evidence_ref IS 'Sealed: where the tenant keeps the signed document';

CREATE UNIQUE INDEX consents_in_force ON consents (dietitian_id) WHERE revoked_at IS NULL;
CREATE INDEX consents_by_dietitian ON consents (tenant_id, dietitian_id);

CREATE TABLE samples (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    dietitian_id uuid NOT NULL,
    content_type text NOT NULL,
    language text NOT NULL,
    state text NOT NULL CHECK (state IN ('accepted', 'quarantined')),
    texts bytea NOT NULL,
    findings bytea NOT NULL,
    count bigint NOT NULL CHECK (count > 0),
    created_at bigint NOT NULL,
    FOREIGN KEY (tenant_id, dietitian_id) REFERENCES dietitians (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE samples IS 'Sets of texts that a dietitian wrote';
COMMENT ON COLUMN samples.texts IS 'Sealed JSON';
COMMENT ON COLUMN samples.findings IS 'Sealed JSON: why a set is in quarantine; may quote the texts';
COMMENT ON COLUMN samples.count IS 'How many texts the set holds';

CREATE INDEX samples_by_voice ON samples (tenant_id, dietitian_id, content_type, language, id);

CREATE TABLE style_cards (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    dietitian_id uuid NOT NULL,
    content_type text NOT NULL,
    language text NOT NULL,
    card bytea NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    updated_at bigint NOT NULL,
    UNIQUE (tenant_id, dietitian_id, content_type, language),
    FOREIGN KEY (tenant_id, dietitian_id) REFERENCES dietitians (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE style_cards IS 'What a dietitian''s style is, in plain words that they may edit';
COMMENT ON COLUMN style_cards.card IS 'Sealed JSON';
COMMENT ON COLUMN style_cards.version IS 'Grows with each change; the ETag';

CREATE TABLE generations (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    dietitian_id uuid NOT NULL,
    application_id uuid NOT NULL,
    key_id text NOT NULL,
    content_type text NOT NULL,
    language text NOT NULL,
    status text NOT NULL CHECK (status IN ('draft', 'blocked', 'failed', 'erased')),
    request bytea,
    response bytea,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    CHECK (status <> 'erased' OR (request IS NULL AND response IS NULL))
);
COMMENT ON TABLE generations IS 'Generated texts; the row outlives its content, and its dietitian';
COMMENT ON COLUMN generations.request IS 'Sealed JSON: what was asked for';
COMMENT ON COLUMN generations.response IS 'Sealed JSON: what was answered';
COMMENT ON COLUMN generations.expires_at IS 'When the content is erased';

CREATE INDEX generations_newest ON generations (tenant_id, id);
CREATE INDEX generations_by_dietitian ON generations (tenant_id, dietitian_id, id);
CREATE INDEX generations_to_erase ON generations (tenant_id, expires_at) WHERE status <> 'erased';

CREATE TABLE usage_records (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    generation_id uuid NOT NULL,
    meter text NOT NULL CHECK (length(meter) BETWEEN 1 AND 50),
    application_id uuid NOT NULL,
    key_id text NOT NULL,
    dietitian_id uuid NOT NULL,
    content_type text NOT NULL,
    writer text NOT NULL CHECK (length(writer) BETWEEN 1 AND 50),
    input_tokens bigint NOT NULL CHECK (input_tokens >= 0),
    output_tokens bigint NOT NULL CHECK (output_tokens >= 0),
    units bigint NOT NULL CHECK (units >= 0),
    created_at bigint NOT NULL,
    UNIQUE (tenant_id, generation_id, meter)
);
COMMENT ON TABLE usage_records IS 'What is billed; rows are added and read, never changed';
COMMENT ON COLUMN usage_records.meter IS 'What was counted; once per generation';
COMMENT ON COLUMN usage_records.writer IS 'llm or composer';
COMMENT ON COLUMN usage_records.units IS 'What the price applies to';

CREATE INDEX usage_records_by_time ON usage_records (tenant_id, created_at);

CREATE TABLE idempotency (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    route text NOT NULL,
    key_digest bytea NOT NULL,
    body_digest bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'done', 'erased')),
    lease_until bigint NOT NULL,
    status bigint,
    headers bytea,
    body bytea,
    dietitian_id uuid,
    generation_id uuid,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    UNIQUE (tenant_id, route, key_digest),
    CHECK ((state = 'done') = (status IS NOT NULL AND headers IS NOT NULL AND body IS NOT NULL))
);
COMMENT ON TABLE idempotency IS 'Requests with an Idempotency-Key and the answers they got';
COMMENT ON COLUMN idempotency.key_digest IS 'SHA-256 of the key';
COMMENT ON COLUMN idempotency.body_digest IS 'SHA-256 of the body: the same key with another body is refused';
COMMENT ON COLUMN idempotency.lease_until IS 'Until when the first request is believed to run; also names the claim';
COMMENT ON COLUMN idempotency.headers IS 'Sealed JSON';
COMMENT ON COLUMN idempotency.body IS 'Sealed';
COMMENT ON COLUMN idempotency.dietitian_id IS 'Whose data the answer holds, for erasure';
COMMENT ON COLUMN idempotency.generation_id IS 'Whose text the answer holds, for erasure';

CREATE INDEX idempotency_to_purge ON idempotency (tenant_id, expires_at);
CREATE INDEX idempotency_by_dietitian ON idempotency (tenant_id, dietitian_id);
CREATE INDEX idempotency_by_generation ON idempotency (tenant_id, generation_id);

GRANT SELECT ON schema_migrations TO anp_api;
GRANT SELECT, INSERT ON data_keys, usage_records TO anp_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON dietitians, consents, samples, style_cards, generations, idempotency TO anp_api;

ALTER TABLE data_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE dietitians ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE consents ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE samples ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE style_cards ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE generations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_records ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE idempotency ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- An unset setting reads NULL, and '' once a session has used it: both see no row.
CREATE POLICY own_tenant ON data_keys
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY own_tenant ON dietitians
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY own_tenant ON consents
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY own_tenant ON samples
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY own_tenant ON style_cards
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY own_tenant ON generations
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY own_tenant ON usage_records
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY own_tenant ON idempotency
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Retention work needs the list of tenants, and nothing else of them.
CREATE POLICY retention ON data_keys FOR SELECT USING (current_setting('app.retention', true) = 'on');

-- Not even the owner changes what was billed.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'usage records are not changed'; END $$;
CREATE TRIGGER usage_records_are_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON usage_records
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
