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
# What overflows is an error there too, and what was infinite is none.
SELECT sum(x) FROM (VALUES (1, 1e308::float8), (1, 1e308)) t (g, x) GROUP BY ROLLUP (g);
CREATE TABLE sof_far (id int, g int, x float8);
INSERT INTO sof_far SELECT i, i % 5, CASE i % 5 WHEN 0 THEN 'inf' WHEN 1 THEN 'nan' WHEN 2 THEN -1e308 WHEN 3 THEN i END FROM generate_series(1, 10) i;
SELECT g, sum(x), avg(x) FROM sof_far WHERE g <> 2 GROUP BY ROLLUP (g) ORDER BY g;
SELECT g, sum(x) FROM sof_far GROUP BY ROLLUP (g) ORDER BY g;
SELECT g, sum(DISTINCT x), sum(x) FILTER (WHERE g = 0) FROM sof_far GROUP BY ROLLUP (g) ORDER BY g;
SELECT sum(x ORDER BY id) FROM sof_far WHERE g IN (2, 3) GROUP BY ROLLUP (g) ORDER BY g;
SELECT id, sum(x) OVER (PARTITION BY g ORDER BY id) FROM sof_far WHERE g <> 2 ORDER BY id;
SELECT id, sum(x) OVER (ORDER BY id) FROM sof_far WHERE g = 2;
SELECT id, sum(x) OVER (ORDER BY id ROWS 1 PRECEDING) FROM (VALUES (1, 1.7e308), (2, -1e308::float8), (3, 1e308)) t (id, x) ORDER BY id;
SELECT g, CASE WHEN g = 2 THEN 0 ELSE sum(x) END FROM sof_far GROUP BY GROUPING SETS ((g)) ORDER BY g;
SELECT a.id, l.s FROM sof_far a, LATERAL (SELECT sum(b.x) s FROM sof_far b WHERE b.g = a.g) l WHERE a.g <> 2 ORDER BY a.id;
SELECT count(*) FROM (SELECT i, sum(CASE WHEN i = 40000 THEN 'inf'::float8 ELSE i END) OVER (PARTITION BY i % 20000) AS s FROM generate_series(1, 60000) i) t WHERE s = 'inf';
SELECT id % 2, sum('inf'::float8), pg_advisory_lock(7707) IS NULL FROM sof_far GROUP BY ROLLUP (id % 2) ORDER BY 1;
SELECT pg_advisory_unlock(7707), pg_advisory_unlock(7707), pg_advisory_unlock(7707), pg_advisory_unlock(7707);
DROP TABLE sof_far;
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
ERROR 22003: value out of range: overflow
CREATE TABLE
INSERT 0 10
0 | Infinity | Infinity
1 | NaN | NaN
3 | 11 | 5.5
4 | NULL | NULL
NULL | NaN | NaN
ERROR 22003: value out of range: overflow
0 | Infinity | Infinity
1 | NaN | NULL
2 | -1e+308 | NULL
3 | 11 | NULL
4 | NULL | NULL
NULL | NaN | Infinity
ERROR 22003: value out of range: overflow
1 | NaN
3 | 3
4 | NULL
5 | Infinity
6 | NaN
8 | 11
9 | NULL
10 | Infinity
ERROR 22003: value out of range: overflow
1 | 1.7e+308
2 | 6.999999999999999e+307
3 | 0
ERROR 22003: value out of range: overflow
1 | NaN
3 | 11
4 | NULL
5 | Infinity
6 | NaN
8 | 11
9 | NULL
10 | Infinity
3
0 | Infinity | f
1 | Infinity | f
NULL | Infinity | f
t | t | t | f
DROP TABLE
(no rows)
0
DROP TABLE
