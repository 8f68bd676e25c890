# A list that folds rows, or gives several of one, is computed of all rows before the nearest are taken.
CREATE TABLE t (id int PRIMARY KEY, s text, tags text[], v vector(2));
INSERT INTO t VALUES (1, 'a', '{x,y}', '[1,1]'), (2, 'b', '{z}', '[2,2]'), (3, 'c', '{}', '[3,3]');
SELECT id, count(*) OVER () FROM t ORDER BY v <-> '[3,3]' LIMIT 2;
SELECT id, row_number() OVER (ORDER BY id) FROM t ORDER BY v <-> '[3,3]' LIMIT 2;
SELECT id, unnest(tags) FROM t ORDER BY v <-> '[1,1]', 2 LIMIT 3;
SELECT count(*) FROM t ORDER BY v <-> '[1,1]' LIMIT 2;
SELECT *, upper(s) FROM t ORDER BY v <-> '[3,3]' LIMIT 2;
SELECT x.*, upper(x.s) AS s FROM t AS x ORDER BY v <-> '[3,3]' LIMIT 2;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 3
3 | 3
2 | 3
3 | 3
2 | 2
1 | x
1 | y
2 | z
ERROR 42803: column "t.v" must appear in the GROUP BY clause or be used in an aggregate function at 33
3 | c | {} | [3,3] | C
2 | b | {z} | [2,2] | B
3 | c | {} | [3,3] | C
2 | b | {z} | [2,2] | B
DROP TABLE
