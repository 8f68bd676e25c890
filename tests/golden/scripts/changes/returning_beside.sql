# RETURNING reads the other tables of a join, and the row before and after the change.
CREATE TABLE rt (id int PRIMARY KEY, a int, b text DEFAULT 'dd', s int);
CREATE TABLE rs (id int PRIMARY KEY, x int, y text);
[header] INSERT INTO rt VALUES (1, 1, 'a', 10), (2, 2, 'b', 20) RETURNING id, old.id, new.b;
[header] INSERT INTO rt VALUES (3, 3, 'c', NULL) RETURNING *, old.a, new.*;
INSERT INTO rs VALUES (10, 100, 'ten'), (20, 200, 'twenty'), (30, 300, 'thirty');
UPDATE rt SET a = rs.x FROM rs WHERE rs.id = rt.s RETURNING rt.id, a, rs.y, x;
[header] UPDATE rt SET a = rt.a + 1, b = y FROM rs WHERE rs.id = s RETURNING *;
UPDATE rt t SET b = v.y || t.b FROM rs v WHERE v.id = t.s AND t.id = 1 RETURNING t.*, v.*, old.b, new.b;
UPDATE rt SET a = a + 1 WHERE id = 3 RETURNING old.a, new.a, old.a || '>' || new.a AS c;
UPDATE rt SET a = a + 1 WHERE id = 3 RETURNING WITH (OLD AS o, NEW AS n) o.a, n.a, a, o.*;
UPDATE rt SET a = a + 1 RETURNING WITH (OLD AS o) old.a;
UPDATE rt SET a = a + 1 RETURNING WITH (OLD AS o, OLD AS p) o.a;
UPDATE rt SET a = k, b = k::text FROM (VALUES (20, 1), (20, 1)) v(s, k) WHERE v.s = rt.s RETURNING rt.id, k, (SELECT count(*) FROM rs WHERE x > k * 100);
UPDATE rt SET a = (SELECT max(x) FROM rs WHERE rs.id >= v.s) FROM (VALUES (20, 1)) v(s, k) WHERE v.s = rt.s RETURNING *;
UPDATE rt SET (a, b) = (SELECT x, y FROM rs WHERE rs.id = rt.s) WHERE id = 2 RETURNING *;
UPDATE rt SET (a, b) = ROW(7, DEFAULT) WHERE id = 2 RETURNING old.a, new.a, b;
UPDATE rt SET (a, b) = ROW(1, 'x', 3);
UPDATE rt SET a = 1 FROM rs WHERE rs.id = rt.s RETURNING id;
UPDATE rt SET a = 1 FROM rs WHERE rs.id = rt.s RETURNING rs.nope;
UPDATE rt SET a = 2 FROM rs JOIN (SELECT id AS k FROM rs) q ON q.k = rs.id WHERE rs.id = rt.s AND rt.id = 1 RETURNING rt.id, k, rs.*;
DELETE FROM rt USING rs WHERE rs.id = rt.s AND rs.x = 200 RETURNING rt.*, rs.y, old.a, new.a;
DELETE FROM rt USING rs JOIN rs k USING (id) WHERE id = rt.s;
DELETE FROM rt WHERE id = 3 RETURNING old.a, new.*;
SELECT * FROM rt;
DROP TABLE rt, rs;
---
CREATE TABLE
CREATE TABLE
id integer | id integer | b text
1 | NULL | a
2 | NULL | b
INSERT 0 2
id integer | a integer | b text | s integer | a integer | id integer | a integer | b text | s integer
3 | 3 | c | NULL | NULL | 3 | 3 | c | NULL
INSERT 0 1
INSERT 0 3
1 | 100 | ten | 100
2 | 200 | twenty | 200
UPDATE 2
id integer | a integer | b text | s integer | id integer | x integer | y text
1 | 101 | ten | 10 | 10 | 100 | ten
2 | 201 | twenty | 20 | 20 | 200 | twenty
UPDATE 2
1 | 101 | tenten | 10 | 10 | 100 | ten | ten | tenten
UPDATE 1
3 | 4 | 3>4
UPDATE 1
4 | 5 | 5 | 3 | 4 | c | NULL
UPDATE 1
ERROR 42P01: missing FROM-clause entry for table "old" at 51
ERROR 42601: OLD cannot be specified multiple times at 51
2 | 1 | 2
UPDATE 1
2 | 300 | 1 | 20 | 20 | 1
UPDATE 1
2 | 200 | twenty | 20
UPDATE 1
200 | 7 | dd
UPDATE 1
ERROR 42601: number of columns does not match number of values at 24
ERROR 42702: column reference "id" is ambiguous at 58
ERROR 42703: column rs.nope does not exist at 58
1 | 10 | 10 | 100 | ten
UPDATE 1
2 | 7 | dd | 20 | twenty | 7 | NULL
DELETE 1
ERROR 42702: column reference "id" is ambiguous at 52
5 | NULL | NULL | NULL | NULL
DELETE 1
1 | 2 | tenten | 10
DROP TABLE
