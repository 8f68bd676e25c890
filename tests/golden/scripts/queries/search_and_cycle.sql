# SEARCH and CYCLE add columns to a recursive query that say in which order its rows are found and where they meet again.
CREATE TABLE sac (id int, link int, name text);
INSERT INTO sac VALUES (1, 2, 'a'), (2, 3, 'b'), (3, 1, 'c'), (1, 4, 'd'), (4, NULL, 'e');
WITH RECURSIVE t(id, link) AS (SELECT id, link FROM sac UNION ALL SELECT g.id, g.link FROM sac g, t WHERE g.id = t.link) SEARCH DEPTH FIRST BY id, link SET ord CYCLE id SET c USING p SELECT * FROM t ORDER BY ord, p;
WITH RECURSIVE t(id, link) AS (SELECT id, link FROM sac UNION ALL SELECT g.id, g.link FROM sac g, t WHERE g.id = t.link) SEARCH BREADTH FIRST BY id, link SET ord CYCLE id, link SET c TO 'Y' DEFAULT 'N' USING p SELECT * FROM t ORDER BY ord, p;
WITH RECURSIVE t(id, link, name) AS (SELECT id, link, name FROM sac WHERE id = 1 UNION ALL SELECT g.* FROM sac g JOIN t x ON g.id = x.link) SEARCH BREADTH FIRST BY name, id SET o CYCLE id, link SET c USING p SELECT * FROM t ORDER BY o;
WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n % 3 + 1 FROM t) CYCLE n SET c USING p SELECT count(*), max(p), bool_or(c) FROM t;
WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 12) SEARCH DEPTH FIRST BY n SET o SELECT n FROM t ORDER BY o DESC;
WITH RECURSIVE t(n, d) AS (VALUES (1.50, NULL::date) UNION ALL SELECT n, d FROM t) CYCLE d, n SET c TO 5 DEFAULT 7 USING p SELECT * FROM t;
# The second part may name them, its * has none of them.
WITH RECURSIVE t(id, link) AS (SELECT id, link FROM sac WHERE id = 1 UNION ALL SELECT g.id, g.link FROM sac g, t WHERE g.id = t.link AND NOT c AND array_length(p, 1) < 3) CYCLE id SET c USING p SELECT id, c, p FROM t ORDER BY p, link;
WITH RECURSIVE t(id, link) AS (SELECT id, link FROM sac UNION ALL SELECT * FROM t WHERE false) SEARCH BREADTH FIRST BY id, link SET ord SELECT * FROM t ORDER BY ord;
SELECT q.* FROM (WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SEARCH DEPTH FIRST BY n SET o SELECT o FROM t) q ORDER BY 1;
CREATE VIEW sac_v AS WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n % 3 + 1 FROM t) CYCLE n SET is_cycle USING path SELECT n, is_cycle FROM t;
SELECT * FROM sac_v ORDER BY is_cycle, n;
INSERT INTO sac WITH RECURSIVE t(n) AS (SELECT 7 UNION ALL SELECT n % 9 + 1 FROM t) CYCLE n SET c USING p SELECT n, array_length(p, 1) FROM t WHERE c RETURNING *;
PREPARE sac_p (int) AS WITH RECURSIVE t(n) AS (SELECT $1 UNION ALL SELECT n % 3 + $1 FROM t) CYCLE n SET c USING p SELECT n, c, p FROM t;
EXECUTE sac_p (1);
SELECT cycle, search FROM (VALUES (1, 2)) v (cycle, search);
# What they may not say.
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT ord FROM t) SEARCH BREADTH FIRST BY id SET ord SELECT * FROM t;
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT id FROM t) SEARCH BREADTH FIRST BY idx SET ord SELECT * FROM t;
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT id FROM t) SEARCH BREADTH FIRST BY id, id SET ord SELECT * FROM t;
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT id FROM t) SEARCH BREADTH FIRST BY id SET id SELECT * FROM t;
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT 2 FROM t) SEARCH BREADTH FIRST BY id SET id SELECT * FROM t;
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT id FROM t) CYCLE id, id SET c USING p SELECT * FROM t;
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT id FROM t) CYCLE x SET c USING p SELECT * FROM t;
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT 2 FROM t) CYCLE id SET id USING p SELECT * FROM t;
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT 2 FROM t) CYCLE id SET c USING id SELECT * FROM t;
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT id FROM t) CYCLE id SET c USING c SELECT * FROM t;
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT id FROM t) SEARCH DEPTH FIRST BY id SET c CYCLE id SET c USING p SELECT * FROM t;
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT id FROM t) SEARCH DEPTH FIRST BY id SET p CYCLE id SET c USING p SELECT * FROM t;
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT id FROM t) CYCLE id SET c TO 1 DEFAULT 'a' USING p SELECT * FROM t;
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT id FROM t) CYCLE id SET c TO 1 DEFAULT true USING p SELECT * FROM t;
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT id FROM t) CYCLE id SET c TO json '1' DEFAULT json '2' USING p SELECT * FROM t;
WITH RECURSIVE t(id) AS (SELECT 1) CYCLE id SET c USING p SELECT * FROM t;
WITH t(id) AS (SELECT 1) SEARCH DEPTH FIRST BY id SET p SELECT * FROM t;
WITH RECURSIVE t(id) AS ((SELECT 1 UNION SELECT 2) UNION ALL SELECT id FROM t) CYCLE id SET c USING p SELECT * FROM t;
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL (SELECT id FROM t UNION SELECT 1)) CYCLE id SET c USING p SELECT * FROM t;
WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT id FROM (SELECT * FROM t) q) CYCLE id SET c USING p SELECT * FROM t;
DROP VIEW sac_v;
DROP TABLE sac;
---
CREATE TABLE
INSERT 0 5
1 | 2 | {"(1,2)"} | f | {(1)}
2 | 3 | {"(1,2)","(2,3)"} | f | {(1),(2)}
3 | 1 | {"(1,2)","(2,3)","(3,1)"} | f | {(1),(2),(3)}
1 | 2 | {"(1,2)","(2,3)","(3,1)","(1,2)"} | t | {(1),(2),(3),(1)}
1 | 4 | {"(1,2)","(2,3)","(3,1)","(1,4)"} | t | {(1),(2),(3),(1)}
1 | 4 | {"(1,4)"} | f | {(1)}
4 | NULL | {"(1,4)","(4,)"} | f | {(1),(4)}
2 | 3 | {"(2,3)"} | f | {(2)}
3 | 1 | {"(2,3)","(3,1)"} | f | {(2),(3)}
1 | 2 | {"(2,3)","(3,1)","(1,2)"} | f | {(2),(3),(1)}
2 | 3 | {"(2,3)","(3,1)","(1,2)","(2,3)"} | t | {(2),(3),(1),(2)}
1 | 4 | {"(2,3)","(3,1)","(1,4)"} | f | {(2),(3),(1)}
4 | NULL | {"(2,3)","(3,1)","(1,4)","(4,)"} | f | {(2),(3),(1),(4)}
3 | 1 | {"(3,1)"} | f | {(3)}
1 | 2 | {"(3,1)","(1,2)"} | f | {(3),(1)}
2 | 3 | {"(3,1)","(1,2)","(2,3)"} | f | {(3),(1),(2)}
3 | 1 | {"(3,1)","(1,2)","(2,3)","(3,1)"} | t | {(3),(1),(2),(3)}
1 | 4 | {"(3,1)","(1,4)"} | f | {(3),(1)}
4 | NULL | {"(3,1)","(1,4)","(4,)"} | f | {(3),(1),(4)}
4 | NULL | {"(4,)"} | f | {(4)}
1 | 2 | (0,1,2) | N | {"(1,2)"}
1 | 4 | (0,1,4) | N | {"(1,4)"}
2 | 3 | (0,2,3) | N | {"(2,3)"}
3 | 1 | (0,3,1) | N | {"(3,1)"}
4 | NULL | (0,4,) | N | {"(4,)"}
1 | 2 | (1,1,2) | N | {"(3,1)","(1,2)"}
1 | 4 | (1,1,4) | N | {"(3,1)","(1,4)"}
2 | 3 | (1,2,3) | N | {"(1,2)","(2,3)"}
3 | 1 | (1,3,1) | N | {"(2,3)","(3,1)"}
4 | NULL | (1,4,) | N | {"(1,4)","(4,)"}
1 | 2 | (2,1,2) | N | {"(2,3)","(3,1)","(1,2)"}
1 | 4 | (2,1,4) | N | {"(2,3)","(3,1)","(1,4)"}
2 | 3 | (2,2,3) | N | {"(3,1)","(1,2)","(2,3)"}
3 | 1 | (2,3,1) | N | {"(1,2)","(2,3)","(3,1)"}
4 | NULL | (2,4,) | N | {"(3,1)","(1,4)","(4,)"}
1 | 2 | (3,1,2) | Y | {"(1,2)","(2,3)","(3,1)","(1,2)"}
1 | 4 | (3,1,4) | N | {"(1,2)","(2,3)","(3,1)","(1,4)"}
2 | 3 | (3,2,3) | Y | {"(2,3)","(3,1)","(1,2)","(2,3)"}
3 | 1 | (3,3,1) | Y | {"(3,1)","(1,2)","(2,3)","(3,1)"}
4 | NULL | (3,4,) | N | {"(2,3)","(3,1)","(1,4)","(4,)"}
4 | NULL | (4,4,) | N | {"(1,2)","(2,3)","(3,1)","(1,4)","(4,)"}
1 | 2 | a | (0,a,1) | f | {"(1,2)"}
1 | 4 | d | (0,d,1) | f | {"(1,4)"}
2 | 3 | b | (1,b,2) | f | {"(1,2)","(2,3)"}
4 | NULL | e | (1,e,4) | f | {"(1,4)","(4,)"}
3 | 1 | c | (2,c,3) | f | {"(1,2)","(2,3)","(3,1)"}
1 | 2 | a | (3,a,1) | t | {"(1,2)","(2,3)","(3,1)","(1,2)"}
1 | 4 | d | (3,d,1) | f | {"(1,2)","(2,3)","(3,1)","(1,4)"}
4 | NULL | e | (4,e,4) | f | {"(1,2)","(2,3)","(3,1)","(1,4)","(4,)"}
4 | {(1),(2),(3),(1)} | t
12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1
1.50 | NULL | 7 | {"(,1.50)"}
1.50 | NULL | 5 | {"(,1.50)","(,1.50)"}
1 | f | {(1)}
1 | f | {(1)}
2 | f | {(1),(2)}
3 | f | {(1),(2),(3)}
4 | f | {(1),(4)}
1 | 2 | (0,1,2)
1 | 4 | (0,1,4)
2 | 3 | (0,2,3)
3 | 1 | (0,3,1)
4 | NULL | (0,4,)
{(1)}, {(1),(2)}, {(1),(2),(3)}
CREATE VIEW
1 | f
2 | f
3 | f
1 | t
7 | 10 | NULL
INSERT 0 1
PREPARE
1 | f | {(1)}
2 | f | {(1),(2)}
3 | f | {(1),(2),(3)}
1 | t | {(1),(2),(3),(1)}
1 | 2
ERROR 42804: UNION types integer and record cannot be matched at 52
ERROR 42601: search column "idx" not in WITH query column list at 63
ERROR 42701: search column "id" specified more than once at 63
ERROR 42702: column reference "id" is ambiguous at 52
ERROR 42601: search sequence column name "id" already used in WITH query column list at 62
ERROR 42701: cycle column "id" specified more than once at 63
ERROR 42601: cycle column "x" not in WITH query column list at 63
ERROR 42601: cycle mark column name "id" already used in WITH query column list at 62
ERROR 42601: cycle path column name "id" already used in WITH query column list at 62
ERROR 42601: cycle mark column name and cycle path column name are the same at 63
ERROR 42601: search sequence column name and cycle mark column name are the same at 63
ERROR 42601: search sequence column name and cycle path column name are the same at 63
ERROR 22P02: invalid input syntax for type integer: "a" at 91
ERROR 42804: CYCLE types integer and boolean cannot be matched at 91
ERROR 42883: could not identify an equality operator for type json
ERROR 42601: WITH query is not recursive at 16
ERROR 42601: WITH query is not recursive at 6
ERROR 0A000: with a SEARCH or CYCLE clause, the left side of the UNION must be a SELECT
ERROR 42601: with a SEARCH or CYCLE clause, the right side of the UNION must be a SELECT
ERROR 0A000: with a SEARCH or CYCLE clause, the recursive reference to WITH query "t" must be at the top level of its right-hand SELECT
DROP VIEW
DROP TABLE
