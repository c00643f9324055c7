-- Creates the login roles and the two databases. Run once by an administrator; running it again changes nothing but passwords.
--
--   ANP_CONTROL_PLANE_OWNER_PASSWORD=… ANP_CONTROL_PLANE_PASSWORD=… ANP_API_OWNER_PASSWORD=… ANP_API_PASSWORD=… \
--     psql --no-psqlrc --file=bootstrap.sql postgres
--
-- Needs psql 15 or newer, and a superuser or, as on managed servers, a role with CREATEROLE and CREATEDB.
-- An owner runs migrations (`nutrition-pro migrate`) and nothing else.
-- New roles are neither superuser nor BYPASSRLS; a service refuses to start as one that is.
-- A service role reads and writes rows: it owns nothing, cannot change the schema, cannot pass row-level security,
-- and cannot connect to the other database.

\set ON_ERROR_STOP on

\getenv control_plane_owner_password ANP_CONTROL_PLANE_OWNER_PASSWORD
\getenv control_plane_password ANP_CONTROL_PLANE_PASSWORD
\getenv api_owner_password ANP_API_OWNER_PASSWORD
\getenv api_password ANP_API_PASSWORD

SET password_encryption = 'scram-sha-256';
-- The statements below carry passwords.
DO $$
BEGIN
  PERFORM set_config('log_statement', 'none', false), set_config('log_min_error_statement', 'panic', false),
          set_config('log_min_duration_statement', '-1', false);
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'this role may not silence the server''s log: look whether it logs statements, and remove the passwords';
END $$;

\set complete 0
\if :{?control_plane_owner_password}
  \if :{?control_plane_password}
    \if :{?api_owner_password}
      \if :{?api_password}
        -- An empty password would lock the role out.
        SELECT '' NOT IN (:'control_plane_owner_password', :'control_plane_password',
                          :'api_owner_password', :'api_password') AS complete \gset
      \endif
    \endif
  \endif
\endif
\if :complete
\else
  DO $$ BEGIN RAISE EXCEPTION 'set the four ANP_…_PASSWORD variables that the head of bootstrap.sql names'; END $$;
\endif

SELECT format('CREATE ROLE %I', name)
  FROM unnest(ARRAY['anp_control_plane_owner', 'anp_control_plane', 'anp_api_owner', 'anp_api']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

ALTER ROLE anp_control_plane_owner LOGIN NOCREATEDB NOCREATEROLE PASSWORD :'control_plane_owner_password';
ALTER ROLE anp_control_plane LOGIN NOCREATEDB NOCREATEROLE PASSWORD :'control_plane_password';
ALTER ROLE anp_api_owner LOGIN NOCREATEDB NOCREATEROLE PASSWORD :'api_owner_password';
ALTER ROLE anp_api LOGIN NOCREATEDB NOCREATEROLE PASSWORD :'api_password';

-- To make a database owned by a role, an administrator who is no superuser must be able to become it.
SELECT format('GRANT %I TO %I', name, current_user)
  FROM unnest(ARRAY['anp_control_plane_owner', 'anp_api_owner']) AS name
 WHERE current_setting('is_superuser') = 'off'
\gexec

SELECT format('CREATE DATABASE %I OWNER %I ENCODING ''UTF8'' TEMPLATE template0', name, name || '_owner')
  FROM unnest(ARRAY['anp_control_plane', 'anp_api']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name)
\gexec

-- Without this every role may connect to every database and make temporary tables there.
REVOKE ALL ON DATABASE anp_control_plane, anp_api FROM PUBLIC;
GRANT CONNECT ON DATABASE anp_control_plane TO anp_control_plane;
GRANT CONNECT ON DATABASE anp_api TO anp_api;

\connect anp_control_plane
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO anp_control_plane_owner;
GRANT USAGE ON SCHEMA public TO anp_control_plane;

\connect anp_api
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO anp_api_owner;
GRANT USAGE ON SCHEMA public TO anp_api;
