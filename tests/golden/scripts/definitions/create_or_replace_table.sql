# CREATE OR REPLACE TABLE drops the table of the name and makes another, in one transaction; AS OF has the old one.
CREATE TABLE vql_shoes (id int PRIMARY KEY, brand text, vec vector(2));
CREATE INDEX ON vql_shoes (brand);
INSERT INTO vql_shoes VALUES (1, 'x', '[0,0]'), (2, 'y', '[1,0]');
[moment] before;
CREATE OR REPLACE TABLE vql_shoes (id bigserial, price numeric);
INSERT INTO vql_shoes (price) VALUES (1.5);
[header] SELECT * FROM vql_shoes;
[header] SELECT * FROM vql_shoes ORDER BY id AS OF $before;
SELECT count(*) FROM pg_indexes WHERE tablename = 'vql_shoes';
---
CREATE TABLE
CREATE INDEX
INSERT 0 2
CREATE TABLE
INSERT 0 1
id bigint | price numeric
1 | 1.5
id integer | brand text | vec vector
1 | x | [0,0]
2 | y | [1,0]
0

# A query may read what is replaced by its rows.
CREATE OR REPLACE TABLE vql_shoes AS SELECT id, price * 2 AS price FROM vql_shoes;
SELECT * FROM vql_shoes;
CREATE OR REPLACE TABLE vql_laces AS SELECT 1 AS a;
CREATE OR REPLACE TEMP TABLE vql_temporary (a int);
CREATE OR REPLACE TEMP TABLE vql_temporary (b int);
[header] SELECT * FROM vql_temporary;
---
SELECT 1
1 | 3.0
SELECT 1
CREATE TABLE
CREATE TABLE
b integer
(no rows)

# A transaction that is rolled back, and a statement that fails, leave what there was.
BEGIN;
CREATE OR REPLACE TABLE vql_shoes (a int);
SELECT * FROM vql_shoes;
ROLLBACK;
CREATE OR REPLACE TABLE vql_shoes AS SELECT 1 / (price - 3.0) AS a FROM vql_shoes;
CREATE OR REPLACE TABLE vql_shoes (a int, a int);
SELECT * FROM vql_shoes;
---
BEGIN
CREATE TABLE
(no rows)
ROLLBACK
ERROR 22012: division by zero
ERROR 42701: column "a" specified more than once
1 | 3.0

# What depends on the table is in the way, and what is no table.
CREATE VIEW vql_view AS SELECT id FROM vql_shoes;
CREATE OR REPLACE TABLE vql_shoes (a int);
CREATE OR REPLACE TABLE vql_view (a int);
CREATE OR REPLACE TABLE IF NOT EXISTS vql_shoes (a int);
SELECT * FROM vql_view;
DROP VIEW vql_view;
DROP TABLE vql_shoes, vql_laces, vql_temporary;
---
CREATE VIEW
ERROR 2BP01: cannot drop table vql_shoes because other objects depend on it
DETAIL: view vql_view depends on table vql_shoes
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ERROR 42809: "vql_view" is not a table
HINT: Use DROP VIEW to remove a view.
ERROR 42601: syntax error at or near "NOT" at 28
HINT: expected "(", ";", AS, ON COMMIT, WITH, the end of the statement
1
DROP VIEW
DROP TABLE
