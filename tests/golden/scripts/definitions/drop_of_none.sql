# DROP ... IF EXISTS of kinds of objects that there are none of is a notice, as where PostgreSQL has none of a name.
CREATE TABLE don_t (a int PRIMARY KEY);
DROP TRIGGER IF EXISTS don_r ON don_t;
DROP TRIGGER IF EXISTS don_r ON don_nope CASCADE;
DROP TRIGGER don_r ON don_t;
DROP TRIGGER don_r ON don_nope;
DROP RULE IF EXISTS don_r ON don_t;
DROP RULE don_r ON don_t;
DROP PROCEDURE IF EXISTS don_p;
DROP PROCEDURE IF EXISTS don_p(int, text), don_q();
DROP PROCEDURE don_p(int);
DROP PROCEDURE don_p;
DROP AGGREGATE IF EXISTS don_a(int);
DROP EVENT TRIGGER IF EXISTS don_e;
DROP EVENT TRIGGER don_e;
DROP PUBLICATION IF EXISTS don_e, don_f;
DROP SUBSCRIPTION IF EXISTS don_e;
DROP SERVER IF EXISTS don_e CASCADE;
DROP FOREIGN DATA WRAPPER IF EXISTS don_e;
DROP FOREIGN TABLE IF EXISTS don_e;
DROP FOREIGN TABLE don_e;
DROP LANGUAGE IF EXISTS don_l;
DROP CONVERSION IF EXISTS don_e;
DROP TEXT SEARCH CONFIGURATION IF EXISTS don_e;
DROP STATISTICS IF EXISTS don_e;
DROP STATISTICS don_e;
DROP TRIGGER IF EXISTS don_r;
CREATE EXTENSION IF NOT EXISTS plpgsql;
CREATE EXTENSION plpgsql;
DROP TABLE don_t;
---
CREATE TABLE
DROP TRIGGER
DROP TRIGGER
ERROR 42704: trigger "don_r" for table "don_t" does not exist
ERROR 42P01: relation "don_nope" does not exist
DROP RULE
ERROR 42704: rule "don_r" for relation "don_t" does not exist
DROP PROCEDURE
DROP PROCEDURE
ERROR 42883: procedure don_p(integer) does not exist
ERROR 42883: could not find a procedure named "don_p"
DROP AGGREGATE
DROP EVENT TRIGGER
ERROR 42704: event trigger "don_e" does not exist
DROP PUBLICATION
DROP SUBSCRIPTION
DROP SERVER
DROP FOREIGN DATA WRAPPER
DROP FOREIGN TABLE
ERROR 42704: foreign table "don_e" does not exist
DROP LANGUAGE
DROP CONVERSION
DROP TEXT SEARCH CONFIGURATION
DROP STATISTICS
ERROR 42704: statistics object "don_e" does not exist
ERROR 42601: syntax error at end of input at 29
CREATE EXTENSION
ERROR 42710: extension "plpgsql" already exists
DROP TABLE
