# UPDATE ... FROM and DELETE ... USING.
CREATE TABLE ut (id int PRIMARY KEY, a int, b text DEFAULT 'dd', s_id int);
CREATE TABLE us (id int PRIMARY KEY, x int, y text);
INSERT INTO ut VALUES (1, 1, 'a', 10), (2, 2, 'b', 20), (3, 3, 'c', NULL);
INSERT INTO us VALUES (10, 100, 'ten'), (20, 200, 'twenty'), (30, 300, 'thirty');
UPDATE ut SET a = us.x FROM us WHERE us.id = ut.s_id;
UPDATE ut SET a = x + 1, b = y FROM us WHERE us.id = s_id;
UPDATE ut t SET b = s.y || t.b FROM us s WHERE s.id = t.s_id AND t.id = 1;
UPDATE ut SET a = a + n FROM (VALUES (1, 10), (2, 20)) v(k, n) WHERE v.k = ut.id RETURNING ut.id, a;
UPDATE ut SET a = c.n FROM (SELECT s_id, count(*) n FROM ut GROUP BY s_id) c WHERE c.s_id = ut.s_id;
UPDATE ut SET a = u2.a + 1 FROM ut u2 WHERE u2.id = ut.id + 1;
UPDATE ut SET b = DEFAULT FROM us WHERE us.id = ut.s_id AND us.x > 100;
UPDATE ut SET a = us.x FROM us JOIN ut u3 ON u3.s_id = us.id WHERE u3.id = ut.id AND ut.id = 2;
SELECT * FROM ut ORDER BY id;
UPDATE ut SET a = x FROM us WHERE id = s_id;
UPDATE ut SET a = nope FROM us WHERE us.id = ut.s_id;
UPDATE ut SET a = us.y FROM us WHERE us.id = ut.s_id;
DELETE FROM ut USING us WHERE us.id = ut.s_id AND us.x = 200;
DELETE FROM ut t USING us s WHERE s.id = t.s_id AND s.y = 'ten' RETURNING t.id;
DELETE FROM ut USING us WHERE id = 1;
SELECT * FROM ut ORDER BY id;
DROP TABLE ut;
DROP TABLE us;
---
CREATE TABLE
CREATE TABLE
INSERT 0 3
INSERT 0 3
UPDATE 2
UPDATE 2
UPDATE 1
2 | 221
1 | 111
UPDATE 2
UPDATE 2
UPDATE 2
UPDATE 1
UPDATE 1
1 | 2 | tenten | 10
2 | 200 | dd | 20
3 | 3 | c | NULL
ERROR 42702: column reference "id" is ambiguous at 35
ERROR 42703: column "nope" does not exist at 19
ERROR 42804: column "a" is of type integer but expression is of type text at 19
HINT: You will need to rewrite or cast the expression.
DELETE 1
1
DELETE 1
ERROR 42702: column reference "id" is ambiguous at 31
3 | 3 | c | NULL
DROP TABLE
DROP TABLE
