# Sums of floats and vectors begin with their first: of minus zeros they are one; what overflows is an error, in DuckDB too.
CREATE TABLE sof (id int, g int, x float8, y float4, v vector(2), h halfvec(2));
INSERT INTO sof VALUES (1, 1, '-0', '-0', '[-0,0]', '[-0,0]'), (2, 1, '-0', '-0', '[-0,-0]', '[-0,0]'), (3, 2, NULL, NULL, NULL, NULL);
SELECT sum(x), avg(x), sum(y), avg(y), sum(v), avg(v), sum(h), avg(h) FROM sof;
SELECT g, sum(x), avg(x), sum(y), avg(y), sum(v), avg(v), sum(h), avg(h) FROM sof GROUP BY ROLLUP (g) ORDER BY g;
SELECT id, sum(x) OVER (ORDER BY id), avg(x) OVER (ORDER BY id), sum(v) OVER (ORDER BY id), avg(h) OVER (ORDER BY id) FROM sof ORDER BY id;
UPDATE sof SET v = '[0.1,1e7]', x = 1e308::float8 + 0.0 * id WHERE id = 2;
INSERT INTO sof VALUES (4, 1, 2, 2, '[0.2,0.5]', '[1,2]'), (5, 1, 3, 3, '[0.3,0.5]', '[1,2]');
SELECT g, sum(x) FILTER (WHERE id <> 2), sum(v), avg(v) FROM sof GROUP BY ROLLUP (g) ORDER BY g;
INSERT INTO sof VALUES (6, 1, 1e308, 3, '[0.3,0.5]', '[1,2]');
SELECT sum(x) FROM sof GROUP BY ROLLUP (g);
SELECT avg(x) FROM sof GROUP BY ROLLUP (g);
SELECT sum(x) OVER () FROM sof;
UPDATE sof SET x = id WHERE x > 2;
INSERT INTO sof VALUES (7, 1, '-inf', 3, '[0.3,0.5]', '[1,2]');
SELECT g, sum(x), avg(x) FROM sof GROUP BY ROLLUP (g) ORDER BY g;
# A join that no row can meet computes nothing else.
SELECT 1 FROM (VALUES ('a')) t (x) JOIN (VALUES ('b')) u (y) ON NULL WHERE '{"a": 1}'::jsonb ?| x::text[];
SELECT count(*) FROM sof a JOIN sof b ON a.id = b.id AND NULL::boolean;
DROP TABLE sof;
---
CREATE TABLE
INSERT 0 3
-0 | 0 | -0 | 0 | [-0,0] | [-0,0] | [-0,0] | [-0,0]
1 | -0 | 0 | -0 | 0 | [-0,0] | [-0,0] | [-0,0] | [-0,0]
2 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL
NULL | -0 | 0 | -0 | 0 | [-0,0] | [-0,0] | [-0,0] | [-0,0]
1 | -0 | 0 | [-0,0] | [-0,0]
2 | -0 | 0 | [-0,0] | [-0,0]
3 | -0 | 0 | [-0,0] | [-0,0]
UPDATE 1
INSERT 0 2
1 | 5 | [0.6,1e+07] | [0.15,2.5000002e+06]
2 | NULL | NULL | NULL
NULL | 5 | [0.6,1e+07] | [0.15,2.5000002e+06]
INSERT 0 1
ERROR 22003: value out of range: overflow
ERROR 22003: value out of range: overflow
ERROR 22003: value out of range: overflow
UPDATE 3
INSERT 0 1
1 | -Infinity | -Infinity
2 | NULL | NULL
NULL | -Infinity | -Infinity
(no rows)
0
DROP TABLE
