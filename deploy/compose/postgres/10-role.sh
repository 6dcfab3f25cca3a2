#!/bin/sh
# Runs once, when the database is made: the role of the server, which can add evidence and not change it (docs/store.md).
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<SQL
\set password \`cat /run/secrets/postgres_coldchain\`
CREATE ROLE coldchain LOGIN PASSWORD :'password';
GRANT CONNECT ON DATABASE "$POSTGRES_DB" TO coldchain;
SQL
