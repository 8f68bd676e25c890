# A query inside another is answered at its own moment, wherever it stands.
CREATE TABLE t (id int PRIMARY KEY, v vector(2));
INSERT INTO t VALUES (1, '[1,1]'), (2, '[2,2]'), (3, '[3,3]'), (4, '[4,4]');
[moment] before;
DELETE FROM t WHERE id % 2 = 0;
SELECT (SELECT count(*) FROM t AS OF $before) - (SELECT count(*) FROM t);
WITH c AS (SELECT id FROM t ORDER BY v <-> '[4,4]' LIMIT 2 AS OF $before) SELECT * FROM c ORDER BY id;
SELECT id FROM t WHERE id = (SELECT min(id) + 2 FROM t AS OF $before);
SELECT id FROM t WHERE id + 1 = (SELECT id FROM t WHERE id = 4 AS OF $before);
SELECT id FROM t WHERE id + 1 IN (SELECT id FROM t AS OF $before) ORDER BY id;
SELECT id FROM (SELECT id FROM t AS OF $before) s WHERE id > 2 ORDER BY id;
SELECT id FROM t AS OF $before EXCEPT SELECT id FROM t ORDER BY id;
SELECT id FROM t UNION SELECT id + 10 FROM t AS OF $before;
SELECT id FROM t UNION SELECT id + 10 FROM t WHERE true AS OF $before;
SELECT id FROM t AS OF now() UNION SELECT id + 10 FROM t AS OF $before;
SELECT id FROM t UNION (SELECT id + 10 FROM t AS OF $before);
SELECT EXISTS (SELECT 1 FROM t WHERE id = 4), EXISTS (SELECT 1 FROM t WHERE id = 4 AS OF $before);
WITH c AS (SELECT id FROM t) SELECT (SELECT count(*) FROM c AS OF $before);
UPDATE t SET v = (SELECT v FROM t WHERE id = 4 AS OF $before) WHERE id = 1;
SELECT id, v FROM t ORDER BY id;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 4
DELETE 2
2
3, 4
3
3
1, 3
3, 4
2, 4
1, 2, 3, 4, 11, 12, 13, 14
1, 2, 3, 4, 11, 12, 13, 14
1, 3, 11, 12, 13, 14
1, 3, 11, 12, 13, 14
f | t
ERROR 0A000: AS OF a moment in a query of a common table is not supported yet at 59
HINT: Write AS OF in the WITH query itself.
UPDATE 1
1 | [4,4]
3 | [3,3]
DROP TABLE
