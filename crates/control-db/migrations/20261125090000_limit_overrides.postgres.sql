CREATE TABLE limit_overrides (
    subject_kind text NOT NULL CHECK (subject_kind IN ('tenant', 'application', 'key')),
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 64),
    measure text NOT NULL CHECK (length(measure) BETWEEN 1 AND 40),
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    amount bigint NOT NULL CHECK (amount > 0),
    until bigint NOT NULL,
    PRIMARY KEY (subject_kind, subject, measure)
);
COMMENT ON TABLE limit_overrides IS 'Limits that differ from the usual ones until a moment; one in the past is over';
COMMENT ON COLUMN limit_overrides.subject IS 'The id of the tenant, of the application, or of the key';

CREATE INDEX limit_overrides_by_end ON limit_overrides (until);

CREATE TABLE limit_changes (
    id uuid PRIMARY KEY,
    subject_kind text NOT NULL CHECK (subject_kind IN ('tenant', 'application', 'key')),
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 64),
    measure text NOT NULL CHECK (length(measure) BETWEEN 1 AND 40),
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    amount bigint CHECK (amount > 0),
    until bigint,
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    at bigint NOT NULL,
    CHECK ((amount IS NULL) = (until IS NULL))
);
COMMENT ON TABLE limit_changes IS 'Who got another limit when and why; append only';
COMMENT ON COLUMN limit_changes.amount IS 'Null: the override was ended';

CREATE INDEX limit_changes_by_tenant ON limit_changes (tenant_id, at);

GRANT SELECT, INSERT, UPDATE ON limit_overrides TO anp_control_plane;
GRANT SELECT, INSERT ON limit_changes TO anp_control_plane;

ALTER TABLE limit_overrides ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE limit_changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON limit_overrides FOR SELECT
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY own_tenant ON limit_changes FOR SELECT
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY operator ON limit_overrides USING (current_setting('app.operator', true) = 'on');
CREATE POLICY operator ON limit_changes USING (current_setting('app.operator', true) = 'on');
