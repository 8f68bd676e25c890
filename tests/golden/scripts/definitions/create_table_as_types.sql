# CREATE TABLE AS gives columns the types of the result, dimensions included, or refuses before anything is written.
CREATE TABLE t (id int PRIMARY KEY, n numeric(10, 2), c varchar(5), v vector(3), h halfvec(3), b bit(4), s sparsevec(5));
INSERT INTO t VALUES (1, 3.55, 'ab', '[1,2,3]', '[1,2,3]', '1010', '{1:2}/5');
CREATE TABLE dense AS SELECT avg(v) AS a, sum(v) AS s, avg(h) AS ah, avg(v)::halfvec AS vh FROM t;
CREATE TABLE computed AS SELECT v + v AS p, l2_normalize(v) AS u, subvector(v, 1, 2) AS w, h::vector AS x, s::vector AS y FROM t;
CREATE TABLE other AS SELECT b & b AS b, binary_quantize(v) AS q, v::sparsevec AS s FROM t;
CREATE TABLE plain AS SELECT 1 AS i, 'x' AS t, NULL AS z, 1.5 AS d, true AS y, [1,2] AS v, n::numeric(5,1) AS n, c AS c, id::text AS e FROM t;
SELECT table_name, column_name, format_type(a.atttypid, a.atttypmod) AS type FROM information_schema.columns c JOIN pg_class r ON r.relname = c.table_name JOIN pg_attribute a ON a.attrelid = r.oid AND a.attname = c.column_name WHERE table_name <> 't' ORDER BY table_name, ordinal_position;
SELECT * FROM dense;
SELECT * FROM computed;
SELECT * FROM other;
SELECT * FROM plain;
CREATE TABLE listed AS SELECT array[1, 2] AS a;
CREATE TABLE spans AS SELECT interval '1 day' AS a;
CREATE TABLE no AS SELECT avg(v) AS a FROM t WHERE id > 9;
DROP TABLE no;
CREATE TABLE yes AS SELECT '[1,2]'::vector AS a UNION ALL SELECT NULL WHERE false;
CREATE TABLE no AS SELECT '1'::bit AS a, v, v FROM t;
CREATE TABLE no(a, b) AS SELECT 1;
CREATE TABLE no (a int) AS SELECT 1;
CREATE TEMP TABLE no AS SELECT 1;
CREATE TABLE e(first) AS SELECT avg(v)::vector(3), count(*) FROM t WHERE id > 9 WITH DATA;
SELECT * FROM e;
CREATE TABLE f AS SELECT id, v FROM t WITH NO DATA;
CREATE TABLE IF NOT EXISTS f AS SELECT 1;
SELECT * FROM f;
SELECT id, v * v AS q INTO g FROM t;
SELECT * FROM g;
INSERT INTO g SELECT id + 1, v + v FROM t;
INSERT INTO g SELECT id + 2, '[1,2]'::vector FROM t;
SELECT * FROM g ORDER BY q <-> '[0,0,0]';
DROP TABLE listed, spans, yes, t, dense, computed, other, plain, e, f, g;
---
CREATE TABLE
INSERT 0 1
SELECT 1
SELECT 1
SELECT 1
SELECT 1
computed | p | vector
computed | u | vector
computed | w | vector
computed | x | vector
computed | y | vector
dense | a | vector
dense | s | vector
dense | ah | halfvec
dense | vh | halfvec
other | b | bit(4)
other | q | bit(3)
other | s | sparsevec
plain | i | integer
plain | t | text
plain | z | text
plain | d | numeric
plain | y | boolean
plain | v | vector
plain | n | numeric(5,1)
plain | c | character varying(5)
plain | e | text
[1,2,3] | [1,2,3] | [1,2,3] | [1,2,3]
[2,4,6] | [0.26726124,0.5345225,0.80178374] | [1,2] | [1,2,3] | [2,0,0,0,0]
1010 | 111 | {1:1,2:2,3:3}/3
1 | x | NULL | 1.5 | t | [1,2] | 3.6 | ab | 1
SELECT 1
SELECT 1
SELECT 1
DROP TABLE
SELECT 1
ERROR 42701: column "v" specified more than once
ERROR 42601: too many column names were specified
ERROR 42601: syntax error at or near "AS" at 25
HINT: expected ";", ON COMMIT, WITH, the end of the statement
SELECT 1
SELECT 1
NULL | 0
CREATE TABLE AS
CREATE TABLE AS
(no rows)
SELECT 1
1 | [1,4,9]
INSERT 0 1
INSERT 0 1
ERROR 22000: different vector dimensions 2 and 3
DROP TABLE
