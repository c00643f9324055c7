ALTER TABLE api_keys ADD COLUMN networks text NOT NULL DEFAULT '' CHECK (length(networks) <= 4000);
COMMENT ON COLUMN api_keys.networks IS 'The networks from which it works, in CIDR notation with a space between them; empty: everywhere';
