ALTER TABLE api_keys ADD COLUMN networks text NOT NULL DEFAULT '' CHECK (length(networks) <= 4000);
