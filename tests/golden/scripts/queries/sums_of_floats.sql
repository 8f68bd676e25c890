# Sums of vectors begin with their first, in their own precision, in DuckDB too: of minus zeros they are one.
CREATE TABLE sof (id int, g int, x float8, y float4, v vector(2), h halfvec(2));
INSERT INTO sof VALUES (1, 1, '-0', '-0', '[-0,0]', '[-0,0]'), (2, 1, '-0', '-0', '[-0,-0]', '[-0,0]'), (3, 2, NULL, NULL, NULL, NULL);
SELECT sum(x), avg(x), sum(y), avg(y), sum(v), avg(v), sum(h), avg(h) FROM sof;
SELECT g, sum(y), avg(y), sum(v), avg(v), sum(h), avg(h) FROM sof GROUP BY ROLLUP (g) ORDER BY g;
SELECT id, sum(v) OVER (ORDER BY id), avg(h) OVER (ORDER BY id) FROM sof ORDER BY id;
UPDATE sof SET v = '[0.1,1e7]', x = 1e308::float8 + 0.0 * id WHERE id = 2;
INSERT INTO sof VALUES (4, 1, 2, 2, '[0.2,0.5]', '[1,2]'), (5, 1, 3, 3, '[0.3,0.5]', '[1,2]');
SELECT g, sum(x) FILTER (WHERE id <> 2), sum(v), avg(v) FROM sof GROUP BY ROLLUP (g) ORDER BY g;
UPDATE sof SET x = id WHERE x > 2;
INSERT INTO sof VALUES (7, 1, '-inf', 3, '[0.3,0.5]', '[1,2]');
SELECT g, sum(x), avg(x) FROM sof GROUP BY ROLLUP (g) ORDER BY g;
# Its sums of double precision have no end.
SELECT sum(x) FROM (VALUES (1, 1e308::float8), (1, 1e308)) t (g, x) GROUP BY ROLLUP (g);
# A join that no row can meet computes nothing else.
SELECT 1 FROM (VALUES ('a')) t (x) JOIN (VALUES ('b')) u (y) ON NULL WHERE '{"a": 1}'::jsonb ?| x::text[];
SELECT count(*) FROM sof a JOIN sof b ON a.id = b.id AND NULL::boolean;
DROP TABLE sof;
---
CREATE TABLE
INSERT 0 3
-0 | 0 | -0 | 0 | [-0,0] | [-0,0] | [-0,0] | [-0,0]
1 | -0 | 0 | [-0,0] | [-0,0] | [-0,0] | [-0,0]
2 | NULL | NULL | NULL | NULL | NULL | NULL
NULL | -0 | 0 | [-0,0] | [-0,0] | [-0,0] | [-0,0]
1 | [-0,0] | [-0,0]
2 | [-0,0] | [-0,0]
3 | [-0,0] | [-0,0]
UPDATE 1
INSERT 0 2
1 | 5 | [0.6,1e+07] | [0.15,2.5000002e+06]
2 | NULL | NULL | NULL
NULL | 5 | [0.6,1e+07] | [0.15,2.5000002e+06]
UPDATE 2
INSERT 0 1
1 | -Infinity | -Infinity
2 | NULL | NULL
NULL | -Infinity | -Infinity
Infinity, Infinity
(no rows)
0
DROP TABLE
