CREATE TABLE policy_changes (
    version bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('tenant', 'key', 'all')),
    subject text NOT NULL CHECK (length(subject) <= 64),
    PRIMARY KEY (version, kind, subject)
);
COMMENT ON TABLE policy_changes IS 'What the newest versions of the policy changed, so that only that is read and sent again';
COMMENT ON COLUMN policy_changes.version IS 'The version that the change led to';
COMMENT ON COLUMN policy_changes.subject IS 'The id of the tenant, the public half of the key, or empty';

GRANT SELECT, INSERT, DELETE ON policy_changes TO anp_control_plane;

ALTER TABLE policy_changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Whoever changes something says so; only operators read what others changed.
CREATE POLICY said ON policy_changes FOR INSERT WITH CHECK (true);
CREATE POLICY operator ON policy_changes USING (current_setting('app.operator', true) = 'on');

-- Pages of the policy are ranges of ids, compared byte by byte.
ALTER TABLE api_keys ALTER COLUMN id TYPE text COLLATE "C";
