# A search whose query vector is another row's, in every place that row can stand.
CREATE TABLE near (id int PRIMARY KEY, a text, v vector(2));
INSERT INTO near VALUES (1, 'x', '[0,0]'), (2, 'y', '[1,0]'), (3, NULL, '[3,0]'), (4, 'x', NULL), (5, 'z', '[6,1]');
WITH q AS (SELECT v FROM near WHERE id = 2) SELECT id FROM near ORDER BY v <-> (SELECT v FROM q), id LIMIT 3;
WITH q AS (SELECT v AS w, a FROM near WHERE id = 3) SELECT id, v <-> w AS d, q.a, near.a FROM near, q ORDER BY d, id LIMIT 4;
WITH q AS (SELECT v AS w FROM near WHERE id = 99) SELECT id FROM near, q ORDER BY v <-> w LIMIT 4;
WITH q AS (SELECT v AS w FROM near WHERE id = 4) SELECT id FROM near, q ORDER BY v <-> w, id LIMIT 4;
WITH q AS (SELECT v FROM near WHERE id = 99) SELECT id FROM near ORDER BY v <-> (SELECT v FROM q), id LIMIT 4;
WITH q AS (SELECT v FROM near) SELECT id FROM near ORDER BY v <-> (SELECT v FROM q) LIMIT 4;
WITH q AS (SELECT v FROM near WHERE id = 2) SELECT id FROM near, q ORDER BY v <-> v LIMIT 4;
WITH q (w) AS (VALUES ('[5,1]'::vector)) SELECT id, w FROM q, near ORDER BY near.v <-> q.w, id LIMIT 2;
SELECT b.id FROM near a, near b WHERE a.id = 1 AND b.id <> a.id AND b.a IS DISTINCT FROM a.a ORDER BY b.v <-> a.v, b.id LIMIT 3;
SELECT b.*, a.id FROM near a CROSS JOIN near b WHERE a.id = 5 ORDER BY a.v <-> b.v, b.id LIMIT 2 OFFSET 1;
SELECT near.id FROM near JOIN (SELECT v AS w FROM near WHERE id = 2) q ON near.id > 2 ORDER BY v <-> w, id LIMIT 2;
WITH q AS (SELECT v AS w FROM near WHERE id = 2) SELECT count(*) FROM near, q ORDER BY 1 LIMIT 1;
WITH near AS (SELECT 7 AS id, '[1,1]'::vector AS v) SELECT id FROM near ORDER BY v <-> (SELECT v FROM near) LIMIT 1;
DROP TABLE near;
---
CREATE TABLE
INSERT 0 5
2, 1, 3
3 | 0 | NULL | NULL
2 | 2 | NULL | y
1 | 3 | NULL | x
5 | 3.1622776601683795 | NULL | z
(no rows)
1, 2, 3, 4
1, 2, 3, 4
ERROR 21000: more than one row returned by a subquery used as an expression
ERROR 42702: column reference "v" is ambiguous at 77
5 | [5,1]
3 | [5,1]
2, 3, 5
3 | NULL | [3,0] | 5
2 | y | [1,0] | 5
3, 5
5
7
DROP TABLE
