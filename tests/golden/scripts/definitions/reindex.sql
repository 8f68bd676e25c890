# REINDEX of an index, a table or all.
CREATE TABLE r(id int PRIMARY KEY, v vector(2));
CREATE INDEX ri ON r USING hnsw (v vector_l2_ops);
REINDEX INDEX ri;
REINDEX TABLE r;
REINDEX (VERBOSE) TABLE r;
REINDEX TABLE CONCURRENTLY r;
REINDEX INDEX CONCURRENTLY ri;
REINDEX INDEX r;
REINDEX TABLE ri;
REINDEX INDEX nope;
REINDEX TABLE nope;
REINDEX SCHEMA public;
REINDEX SCHEMA nope;
REINDEX nothing r;
REINDEX TABLE;
REINDEX INDEX CONCURRENTLY;
REINDEX TABLE r ri;
BEGIN;
REINDEX TABLE r;
REINDEX TABLE CONCURRENTLY r;
ROLLBACK;
DROP TABLE r;
---
CREATE TABLE
CREATE INDEX
REINDEX
REINDEX
REINDEX
REINDEX
REINDEX
ERROR 42809: "r" is not an index
ERROR 42809: "ri" is not a table or materialized view
ERROR 42P01: relation "nope" does not exist
ERROR 42P01: relation "nope" does not exist
REINDEX
ERROR 3F000: schema "nope" does not exist
ERROR 42601: syntax error at or near "nothing" at 9
ERROR 42601: syntax error at end of input at 14
ERROR 42601: syntax error at end of input at 27
ERROR 42601: syntax error at or near "ri" at 17
HINT: expected ";", the end of the statement
BEGIN
REINDEX
ERROR 25001: REINDEX CONCURRENTLY cannot run inside a transaction block
ROLLBACK
DROP TABLE
