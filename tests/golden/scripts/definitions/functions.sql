# A function of LANGUAGE sql is one query, which stands in the place of its calls.
CREATE TABLE fn_notes (id int PRIMARY KEY, body text, e vector(3), owner text);
INSERT INTO fn_notes VALUES (1, 'a', '[1,2,3]', 'u1'), (2, 'b', '[2,2,3]', 'u2'), (3, 'c', '[9,2,3]', 'u1');
CREATE FUNCTION fn_twice(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'select x + $1';
SELECT fn_twice(id), fn_twice(fn_twice(id) + 1), fn_twice('4'), fn_twice(NULL) FROM fn_notes ORDER BY 1;
SELECT fn_twice(count(*)::int), count(*) FROM fn_notes GROUP BY fn_twice(id % 2) ORDER BY 2;
CREATE FUNCTION fn_sum(a int, b int DEFAULT 10) RETURNS int STRICT RETURN a + b;
SELECT fn_sum(1), fn_sum(1, 2), fn_sum(b => 1, a => 5), fn_sum(NULL, 2), fn_sum(id, fn_twice(id)) FROM fn_notes ORDER BY 5;
CREATE FUNCTION fn_of_owner(who text DEFAULT 'u1') RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM fn_notes WHERE owner = who $$;
SELECT fn_of_owner(), fn_of_owner('u2'), fn_of_owner(owner), id FROM fn_notes ORDER BY id;
CREATE FUNCTION fn_zero(x float) RETURNS float LANGUAGE sql AS 'SELECT x - x';
SELECT fn_zero(random()), fn_zero(random() + 1);
CREATE FUNCTION fn_body(id int) RETURNS text LANGUAGE sql STABLE AS 'SELECT body FROM fn_notes WHERE fn_notes.id = fn_body.id';
SELECT fn_body(2), fn_body(9) IS NULL, fn_body(fn_notes.id) FROM fn_notes ORDER BY 3;
CREATE FUNCTION fn_match(q vector(3), threshold float, n int) RETURNS TABLE (id int, body text, similarity float) LANGUAGE sql STABLE AS $$
    SELECT fn_notes.id, fn_notes.body, 1 - (fn_notes.e <=> q) AS similarity FROM fn_notes
    WHERE 1 - (fn_notes.e <=> q) > threshold ORDER BY fn_notes.e <=> q LIMIT n $$;
SELECT id, body, round(similarity::numeric, 4) FROM fn_match('[1,2,3]', 0.5, 2);
SELECT m.id FROM fn_match(q => '[1,2,3]', n => 5, threshold => 0.95) m WHERE m.body > 'a';
SELECT n.id, m.id FROM fn_notes n, fn_match(n.e, 0.9, 2) m ORDER BY 1, 2;
SELECT fn_notes.id, m.id FROM fn_notes, fn_match(fn_notes.e, 0.9, 1) m ORDER BY 1;
SELECT id FROM fn_notes WHERE id IN (SELECT id FROM fn_match('[1,2,3]', 0, 2)) ORDER BY 1;
CREATE FUNCTION fn_all() RETURNS SETOF fn_notes LANGUAGE sql AS 'SELECT * FROM fn_notes ORDER BY id DESC';
SELECT id, body FROM fn_all() WHERE id > 1;
CREATE FUNCTION fn_evens(n int) RETURNS SETOF int LANGUAGE sql AS 'SELECT i FROM generate_series(1, n) i WHERE i % 2 = 0';
SELECT * FROM fn_evens(6);
SELECT sum(e) FROM fn_evens(10) e;
SELECT n.id, v FROM fn_notes n, fn_evens(n.id) v ORDER BY 1;
CREATE FUNCTION fn_pair(x int, OUT a int, OUT b text) LANGUAGE sql AS $$ SELECT x * 2, 'v' || x $$;
SELECT * FROM fn_pair(4);
UPDATE fn_notes SET body = body || fn_twice(id) WHERE fn_of_owner(owner) = 1 RETURNING fn_body(id), body;
INSERT INTO fn_notes (id, body) VALUES (fn_twice(5), 'ten') RETURNING fn_twice(id);
DELETE FROM fn_notes WHERE id = fn_twice(5);
CREATE VIEW fn_seen AS SELECT id, fn_twice(id) AS n FROM fn_notes;
SELECT * FROM fn_seen ORDER BY id;
DROP FUNCTION fn_twice(int);
ALTER FUNCTION fn_twice RENAME TO fn_double;
SELECT * FROM fn_seen ORDER BY id;
CREATE FUNCTION fn_twice(x int) RETURNS int LANGUAGE sql AS 'SELECT 0';
DROP FUNCTION fn_double CASCADE;
DROP TABLE fn_notes;
BEGIN;
CREATE OR REPLACE FUNCTION fn_twice(x int) RETURNS int LANGUAGE sql AS 'SELECT 1';
SELECT fn_twice(5);
ROLLBACK;
SELECT fn_twice(5);
DROP TABLE fn_notes CASCADE;
SELECT fn_body(1);
DROP FUNCTION fn_twice, fn_sum, fn_of_owner, fn_zero, fn_body(int), fn_match, fn_evens, fn_pair;
CREATE FUNCTION fn_same(n int) RETURNS TABLE (g int, n bigint) LANGUAGE sql AS $$ SELECT i % 2, count(*) FROM generate_series(1, 5) i GROUP BY 1 ORDER BY 1 LIMIT $1 $$;
SELECT * FROM fn_same(1);
SELECT * FROM fn_same(NULL);
DROP FUNCTION fn_same;
CREATE TABLE fn_one (a int);
INSERT INTO fn_one VALUES (1), (NULL);
CREATE FUNCTION fn_ones() RETURNS SETOF fn_one LANGUAGE sql AS 'SELECT * FROM fn_one ORDER BY a';
SELECT r.a FROM fn_ones() r;
SELECT x.a FROM fn_one x, LATERAL fn_ones() y WHERE y.a = x.a;
DROP FUNCTION fn_ones;
DROP TABLE fn_one;
---
CREATE TABLE
INSERT 0 3
CREATE FUNCTION
2 | 6 | 8 | NULL
4 | 10 | 8 | NULL
6 | 14 | 8 | NULL
2 | 1
4 | 2
CREATE FUNCTION
11 | 3 | 6 | NULL | 3
11 | 3 | 6 | NULL | 6
11 | 3 | 6 | NULL | 9
CREATE FUNCTION
2 | 1 | 2 | 1
2 | 1 | 1 | 2
2 | 1 | 2 | 3
CREATE FUNCTION
0 | 0
CREATE FUNCTION
b | t | a
b | t | b
b | t | c
CREATE FUNCTION
1 | a | 1.0000
2 | b | 0.9723
2
1 | 1
1 | 2
2 | 1
2 | 2
3 | 3
1 | 1
2 | 2
3 | 3
1, 2
CREATE FUNCTION
3 | c
2 | b
CREATE FUNCTION
2, 4, 6
30
2 | 2
3 | 2
CREATE FUNCTION
8 | v4
b | b4
UPDATE 1
20
INSERT 0 1
DELETE 1
CREATE VIEW
1 | 2
2 | 4
3 | 6
ERROR 2BP01: cannot drop function fn_twice(integer) because other objects depend on it
DETAIL: view fn_seen depends on function fn_twice(integer)
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ALTER FUNCTION
1 | 2
2 | 4
3 | 6
CREATE FUNCTION
DROP FUNCTION
ERROR 2BP01: cannot drop table fn_notes because other objects depend on it
DETAIL: function fn_all() depends on type fn_notes
HINT: Use DROP ... CASCADE to drop the dependent objects too.
BEGIN
CREATE FUNCTION
1
ROLLBACK
0
DROP TABLE
ERROR 42P01: relation "fn_notes" does not exist
DROP FUNCTION
CREATE FUNCTION
0 | 2
0 | 2
1 | 3
DROP FUNCTION
CREATE TABLE
INSERT 0 2
CREATE FUNCTION
1, NULL
1
DROP FUNCTION
DROP TABLE
