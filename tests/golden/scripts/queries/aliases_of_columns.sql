# Rows go by a name in DuckDB that no column has: a.x is never the field x of a nearer column a.
CREATE TABLE aoc (id int, x int, t text, a text[], "A" int, r jsonb);
INSERT INTO aoc VALUES (1, 0, 'a', '{p}', 7, '{"x": 5}'), (2, 1, NULL, NULL, 8, '{"id": 9}'), (3, 2, '', '{}', 9, NULL);
SELECT a.id FROM aoc a CROSS JOIN LATERAL (SELECT 1 / a.x AS q0, b.id FROM aoc b WHERE b.id <= a.id ORDER BY b.id LIMIT 1) s ORDER BY 1;
SELECT a.id, s.* FROM aoc a CROSS JOIN LATERAL (SELECT a.x AS q0, b.id FROM aoc b WHERE b.id <= a.id ORDER BY b.id LIMIT 1) s ORDER BY 1;
SELECT r.id, (SELECT count(*) FROM aoc b WHERE b.id < r.id) FROM aoc r ORDER BY 1;
SELECT r.id FROM aoc r WHERE EXISTS (SELECT 1 FROM aoc b WHERE r.x = b.x AND b.r IS NOT NULL) ORDER BY 1;
SELECT a.id, "A".id FROM aoc a JOIN aoc "A" ON a.id = "A".id ORDER BY 1;
SELECT t.t, t.id, (SELECT max(t.x) FROM aoc b) FROM aoc t ORDER BY 2;
SELECT id.id, id.x FROM aoc id WHERE id.id IN (SELECT b.id FROM aoc b WHERE b.x = id.x) ORDER BY 1;
WITH a AS (SELECT id, x FROM aoc) SELECT a.id, q.n FROM a JOIN (SELECT a.x AS n, b.id FROM a JOIN aoc b ON a.id = b.id) q ON q.id = a.id ORDER BY 1;
SELECT a FROM aoc a ORDER BY a.id;
SELECT x FROM (SELECT id, x FROM aoc) x ORDER BY 1;
SELECT x.x FROM (SELECT id, x FROM aoc) x ORDER BY 1;
SELECT count(a), count(*) FROM aoc a LEFT JOIN aoc b ON b.id = a.id + 1;
SELECT g, g.g FROM generate_series(1, 3) g;
SELECT g.a, g.b FROM unnest(ARRAY[1, 2], ARRAY['x', 'y']) g(a, b);
SELECT (a).x, (a.r)->>'x' FROM aoc a ORDER BY a.id;
SELECT row_to_json(r) FROM (SELECT id, x FROM aoc) r ORDER BY 1::text;
SELECT a.id FROM aoc AS a (id) NATURAL JOIN aoc b ORDER BY 1;
DROP TABLE aoc;
---
CREATE TABLE
INSERT 0 3
1, 2, 3
1 | 0 | 1
2 | 1 | 1
3 | 2 | 1
1 | 0
2 | 1
3 | 2
1, 2
1 | 1
2 | 2
3 | 3
ERROR 42803: column "t.t" must appear in the GROUP BY clause or be used in an aggregate function at 8
1 | 0
2 | 1
3 | 2
1 | 0
2 | 1
3 | 2
{p}, NULL, {}
0, 1, 2
0, 1, 2
ERROR 42702: column reference "a" is ambiguous at 14
1 | 1
2 | 2
3 | 3
1 | x
2 | y
ERROR 42809: column notation .x applied to type text[], which is not a composite type at 9
{"id":1,"x":0}, {"id":2,"x":1}, {"id":3,"x":2}
1
DROP TABLE
