# The catalog lists time zones and their abbreviations, which views read what, and what nobody has is empty.
SELECT name, abbrev, utc_offset FROM pg_timezone_names WHERE name IN ('Asia/Tokyo', 'UTC', 'Asia/Kolkata', 'America/Phoenix') ORDER BY name;
SELECT count(*) > 400, bool_and(utc_offset BETWEEN '-13:00' AND '15:00') FROM pg_timezone_names;
SELECT * FROM pg_timezone_abbrevs WHERE abbrev IN ('CET', 'CEST', 'EST', 'MSK') ORDER BY abbrev;
SELECT setting LIKE 'PostgreSQL %' FROM pg_config WHERE name = 'VERSION';
SELECT name, setting FROM pg_file_settings WHERE name = 'nothing.such';
SELECT gid FROM pg_prepared_xacts UNION ALL SELECT slot_name FROM pg_replication_slots UNION ALL SELECT state FROM pg_stat_replication;
CREATE TABLE zl_t (a int, b int, c int);
CREATE VIEW zl_v AS SELECT a, b FROM zl_t WHERE c > 1;
CREATE VIEW zl_w AS SELECT a FROM zl_v;
SELECT view_name, table_schema, table_name FROM information_schema.view_table_usage WHERE view_name LIKE 'zl%' ORDER BY view_name;
SELECT view_name, table_name, column_name FROM information_schema.view_column_usage WHERE view_name LIKE 'zl%' ORDER BY view_name, column_name;
DROP VIEW zl_w;
DROP VIEW zl_v;
DROP TABLE zl_t;
---
America/Phoenix | MST | -07:00:00
Asia/Kolkata | IST | 05:30:00
Asia/Tokyo | JST | 09:00:00
UTC | UTC | 00:00:00
t | t
CEST | 02:00:00 | t
CET | 01:00:00 | f
EST | -05:00:00 | f
MSK | 03:00:00 | f
t
(no rows)
(no rows)
CREATE TABLE
CREATE VIEW
CREATE VIEW
zl_v | public | zl_t
zl_w | public | zl_v
zl_v | zl_t | a
zl_v | zl_t | b
zl_v | zl_t | c
zl_w | zl_v | a
DROP VIEW
DROP VIEW
DROP TABLE
