-- The role nicr_analyst, who reads database nicr and changes nothing, for a ClickHouse whose users are made by SQL. Run it once, as a
-- user with access management, after `nicr apply`; it is safe to repeat. Of a cluster, add ON CLUSTER to each statement.
--   clickhouse-client --queries-file deploy/clickhouse/analyst.sql
--   clickhouse-client --query "CREATE USER ada IDENTIFIED BY '…' DEFAULT ROLE nicr_analyst"
-- analyst.xml says why each limit is as it is; test/docs/analyst-role.test.ts keeps the two alike.

CREATE SETTINGS PROFILE IF NOT EXISTS nicr_analyst SETTINGS
  readonly = 2,
  max_execution_time = 60 MIN 1 MAX 300,
  max_memory_usage = 4000000000 MIN 1 MAX 4000000000,
  max_result_bytes = 1000000000 MIN 1 MAX 1000000000,
  max_concurrent_queries_for_user = 20 CONST;

CREATE ROLE IF NOT EXISTS nicr_analyst SETTINGS PROFILE nicr_analyst;

GRANT SELECT ON nicr.* TO nicr_analyst;
REVOKE SELECT(key, value, headers) ON nicr.dead_letters FROM nicr_analyst;
REVOKE SELECT(key, value, headers) ON nicr.dead_letters_log FROM nicr_analyst;
