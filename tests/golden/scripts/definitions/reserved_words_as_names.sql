# A reserved word is no name of an object, but for one behind a dot.
CREATE DOMAIN AS int;
CREATE TYPE AS (a int);
CREATE SEQUENCE AS int;
CREATE VIEW select AS SELECT 1;
DROP DOMAIN table;
CREATE SCHEMA rwn;
CREATE DOMAIN rwn.select AS int;
SELECT 4::rwn.select;
CREATE SEQUENCE between;
DROP SEQUENCE between;
---
ERROR 42601: syntax error at or near "as" at 15
ERROR 42601: syntax error at or near "as" at 13
ERROR 42601: syntax error at or near "as" at 17
ERROR 42601: syntax error at or near "select" at 13
ERROR 42601: syntax error at or near "table" at 13
CREATE SCHEMA
CREATE DOMAIN
4
CREATE SEQUENCE
DROP SEQUENCE
