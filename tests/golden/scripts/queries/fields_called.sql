# A field may be written as a function of its row, where no function has that name.
CREATE TABLE t (id int PRIMARY KEY, f text, g int);
INSERT INTO t VALUES (1, 'x', 5), (2, 'y', 6);
CREATE TYPE fc_pair AS (a int, b text);
CREATE TABLE u (id int, c fc_pair);
INSERT INTO u VALUES (1, '(3,z)');
SELECT f(t) FROM t ORDER BY 1;
SELECT t.f, f(t), g(t) + 1, length(f(t)) FROM t WHERE g(t) = 6 ORDER BY f(t);
SELECT count(f(x)), max(g(x)) FROM (SELECT * FROM t) x;
SELECT x(v) FROM (VALUES (1)) v(x);
SELECT a('(1,x)'::fc_pair), b(ROW(2, 'y')::fc_pair);
SELECT a(c), b(u.c), a((u).c) FROM u;
SELECT g(t), count(*) FROM t GROUP BY g(t) ORDER BY 1;
SELECT f(t, 1) FROM t;
SELECT f(DISTINCT t) FROM t;
SELECT f(id) FROM t;
SELECT f(u) FROM t;
CREATE FUNCTION g(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1 * 100';
SELECT g(2), f(t) FROM t WHERE id = 1;
---
CREATE TABLE
INSERT 0 2
CREATE TYPE
CREATE TABLE
INSERT 0 1
x, y
y | y | 7 | 1
2 | 6
1
1 | y
3 | z | 3
5 | 1
6 | 1
ERROR 42883: function f(t, integer) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: function f(t) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: function f(integer) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42703: column "u" does not exist at 10
CREATE FUNCTION
200 | x
