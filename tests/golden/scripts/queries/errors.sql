CREATE TABLE e (id int PRIMARY KEY, name text, at timestamptz, v vector(2));
---
CREATE TABLE

# Syntax: the place and what was expected.
SELEC 1;
SELECT id FROM;
SELECT id FROM e WHERE;
SELECT id, FROM e;
SELECT 'open;
SELECT id FROM e LIMIT 1 LIMIT 2;
INSERT INTO e VALUES (1,);
CREATE TABLE (a int);
---
ERROR 42601: syntax error at or near "SELEC" at 1
ERROR 42601: syntax error at end of input at 15
HINT: expected "(", LATERAL, ONLY, ROWS FROM, a name, a parameter
ERROR 42601: syntax error at end of input at 23
ERROR 42601: syntax error at or near "FROM" at 12
ERROR 42601: unterminated quoted string at 8
ERROR 42601: LIMIT is given twice at 26
ERROR 42601: syntax error at or near ")" at 25
ERROR 42601: syntax error at or near "(" at 14
HINT: expected a name

# Names.
SELECT nope FROM e;
SELECT e.nope FROM e;
SELECT other.id FROM e;
SELECT id FROM nowhere;
SELECT "ID" FROM e;
DROP TABLE nowhere;
---
ERROR 42703: column "nope" does not exist at 8
HINT: Perhaps you meant to reference the column "e.name".
ERROR 42703: column e.nope does not exist at 8
HINT: Perhaps you meant to reference the column "e.name".
ERROR 42P01: missing FROM-clause entry for table "other" at 8
ERROR 42P01: relation "nowhere" does not exist at 16
ERROR 42703: column "ID" does not exist at 8
ERROR 42P01: table "nowhere" does not exist

# Values.
INSERT INTO e VALUES ('x');
INSERT INTO e VALUES (99999999999);
INSERT INTO e (id, at) VALUES (1, 'soon');
SELECT id FROM e WHERE id = 'x';
SELECT id FROM e WHERE at = 'x';
SELECT id FROM e WHERE name;
SELECT id FROM e WHERE id = name;
---
ERROR 22P02: invalid input syntax for type integer: "x" at 23
ERROR 22003: integer out of range
ERROR 22007: invalid input syntax for type timestamp with time zone: "soon" at 35
ERROR 22P02: invalid input syntax for type integer: "x" at 29
ERROR 22007: invalid input syntax for type timestamp with time zone: "x" at 29
ERROR 42804: argument of WHERE must be type boolean, not type text at 24
ERROR 42883: operator does not exist: integer = text at 27
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.

# What is not there yet says so.
ALTER TABLE e ADD COLUMN c int;
GRANT SELECT ON e TO someone;
SET nothing_such = 1;
SHOW nothing_such;
SET hnsw.ef_search = 0;
SET hnsw.bogus = 1;
SET server_version = '1';
DROP TABLE e;
---
ALTER TABLE
ERROR 42704: role "someone" does not exist
ERROR 42704: unrecognized configuration parameter "nothing_such"
ERROR 42704: unrecognized configuration parameter "nothing_such"
ERROR 22023: 0 is outside the valid range for parameter "hnsw.ef_search" (1 .. 1000)
ERROR 42602: invalid configuration parameter name "hnsw.bogus"
DETAIL: "hnsw" is a reserved prefix.
ERROR 55P02: parameter "server_version" cannot be changed
DROP TABLE

# What an untyped literal is tested for says its type; items of different kinds have none in common.
SELECT '[1,2,3]' IN (1e5, '[1,2,3]'::vector);
SELECT '2' IN (1, 2.0), '2' IN ('2', NULL), NULL IN (1, 2);
---
ERROR 22P02: invalid input syntax for type numeric: "[1,2,3]" at 8
t | t | NULL
