# ALTER ROLE and ALTER DATABASE say with what sessions begin; pg_db_role_setting and pg_roles show it.
CREATE ROLE start_joe LOGIN;
ALTER ROLE start_joe SET work_mem = '7MB';
ALTER ROLE start_joe SET search_path TO a, "B", public;
ALTER USER start_joe SET TIME ZONE 'Europe/Berlin';
ALTER ROLE start_joe SET my.own = 'x y';
ALTER ROLE start_joe SET work_mem = '9MB';
SELECT setdatabase, setrole::regrole::text, setconfig FROM pg_db_role_setting WHERE setrole = 'start_joe'::regrole;
SELECT rolname, rolconfig FROM pg_roles WHERE rolname = 'start_joe';
SELECT unnest(useconfig) FROM pg_user WHERE usename = 'start_joe';
ALTER ROLE start_joe SET no_such = 1;
ALTER ROLE start_joe SET work_mem = 'much';
ALTER ROLE start_joe SET port = 5433;
ALTER ROLE start_joe SET server_version = '99';
ALTER ROLE start_joe SET log_connections = on;
ALTER ROLE start_nobody SET work_mem = '7MB';
ALTER DATABASE start_nowhere SET work_mem = '7MB';
ALTER ROLE start_joe RESET no_such;
SET ROLE start_joe;
ALTER ROLE start_joe SET work_mem = '8MB';
ALTER ROLE start_joe SET log_min_duration_statement = 0;
ALTER ROLE ALL SET work_mem = '8MB';
ALTER SYSTEM SET work_mem = '8MB';
ALTER SYSTEM RESET ALL;
SELECT pg_reload_conf();
RESET ROLE;
ALTER ROLE start_joe RESET work_mem;
ALTER ROLE start_joe SET timezone TO DEFAULT;
SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'start_joe'::regrole;
BEGIN;
ALTER ROLE start_joe RESET ALL;
SELECT count(*) FROM pg_db_role_setting WHERE setrole = 'start_joe'::regrole;
ROLLBACK;
SELECT count(*) FROM pg_db_role_setting WHERE setrole = 'start_joe'::regrole;
BEGIN;
ALTER SYSTEM SET work_mem = '8MB';
ROLLBACK;
ALTER SYSTEM SET no_such = 1;
ALTER SYSTEM SET server_version = '99';
ALTER SYSTEM SET work_mem = 'much';
DROP ROLE start_joe;
SELECT count(*) FROM pg_db_role_setting WHERE setconfig::text LIKE '%my.own%';
CREATE ROLE start_jim LOGIN;
ALTER ROLE start_jim SET log_min_duration_statement = '1h';
ALTER ROLE start_jim SET work_mem = '7MB';
SET ROLE start_jim;
ALTER ROLE start_jim SET my.own = 'x';
ALTER ROLE start_jim SET no_such = 1;
ALTER ROLE start_jim RESET ALL;
SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'start_jim'::regrole;
RESET ROLE;
ALTER SYSTEM SET transaction_isolation = 'serializable';
ALTER SYSTEM SET role = 'start_jim';
ALTER SYSTEM RESET transaction_read_only;
ALTER ROLE start_jim RESET ALL;
SELECT count(*) FROM pg_db_role_setting WHERE setrole = 'start_jim'::regrole;
DROP ROLE start_jim;
---
CREATE ROLE
ALTER ROLE
ALTER ROLE
ALTER ROLE
ALTER ROLE
ALTER ROLE
0 | start_joe | {work_mem=9MB,"search_path=a, \"B\", public",TimeZone=Europe/Berlin,"my.own=x y"}
start_joe | {work_mem=9MB,"search_path=a, \"B\", public",TimeZone=Europe/Berlin,"my.own=x y"}
work_mem=9MB, search_path=a, "B", public, TimeZone=Europe/Berlin, my.own=x y
ERROR 42704: unrecognized configuration parameter "no_such"
ERROR 22023: invalid value for parameter "work_mem": "much"
ERROR 55P02: parameter "port" cannot be changed without restarting the server
ERROR 55P02: parameter "server_version" cannot be changed
ERROR 55P02: parameter "log_connections" cannot be set after connection start
ERROR 42704: role "start_nobody" does not exist
ERROR 3D000: database "start_nowhere" does not exist
ERROR 42704: unrecognized configuration parameter "no_such"
SET
ALTER ROLE
ERROR 42501: permission denied to set parameter "log_min_duration_statement"
ERROR 42501: permission denied to alter setting
DETAIL: Only roles with the SUPERUSER attribute may alter settings globally.
ERROR 42501: permission denied to set parameter "work_mem"
ERROR 42501: permission denied to perform ALTER SYSTEM RESET ALL
ERROR 42501: permission denied for function pg_reload_conf
RESET
ALTER ROLE
ALTER ROLE
{"search_path=a, \"B\", public","my.own=x y"}
BEGIN
ALTER ROLE
0
ROLLBACK
1
BEGIN
ERROR 25001: ALTER SYSTEM cannot run inside a transaction block
ROLLBACK
ERROR 42704: unrecognized configuration parameter "no_such"
ERROR 55P02: parameter "server_version" cannot be changed
ERROR 22023: invalid value for parameter "work_mem": "much"
DROP ROLE
0
CREATE ROLE
ALTER ROLE
ALTER ROLE
SET
ERROR 42501: permission denied to set parameter "my.own"
ERROR 42704: unrecognized configuration parameter "no_such"
ALTER ROLE
{log_min_duration_statement=1h}
RESET
ERROR 55P02: parameter "transaction_isolation" cannot be changed
ERROR 55P02: parameter "role" cannot be changed
ERROR 55P02: parameter "transaction_read_only" cannot be changed
ALTER ROLE
0
DROP ROLE
