# Aggregates of every number over windows, with FILTER, and in grouping sets, where DuckDB computes them.
CREATE TABLE aon (id int, y float4, x float8, n numeric, i int2, b bool);
INSERT INTO aon VALUES (1, 1.5, 2.5, 1, 1, true), (2, 2.25, 3, 2.5, 2, false), (3, NULL, NULL, NULL, NULL, NULL);
SELECT avg(y) OVER (ORDER BY id), avg(x) OVER (ORDER BY id), avg(n) OVER (ORDER BY id), avg(i) OVER (ORDER BY id), sum(y) OVER (ORDER BY id), sum(i) OVER (ORDER BY id), sum(n) OVER (ORDER BY id), count(b) OVER (ORDER BY id), bool_and(b) OVER (ORDER BY id) FROM aon ORDER BY id;
SELECT avg('2.25'::float4) OVER (ORDER BY s1.n) AS a2 FROM generate_series(1, 6) AS s1(n);
SELECT avg(y) FILTER (WHERE id > 1) OVER (ORDER BY id), avg(y + 1) OVER (PARTITION BY b), max(y) OVER (), stddev(y) OVER (ORDER BY id), var_pop(i) OVER (ORDER BY id) FROM aon ORDER BY id;
SELECT b, avg(y), avg(DISTINCT y), avg(y) FILTER (WHERE id > 1) FROM aon GROUP BY ROLLUP (b) ORDER BY 1, 2;
SELECT every(b) OVER (ORDER BY id), bit_and(i) OVER (ORDER BY id), string_agg(y::text, ',') OVER (ORDER BY id), array_agg(y) OVER (ORDER BY id), json_agg(y) OVER (ORDER BY id), min(b::text) OVER (ORDER BY id), regr_count(x, y) OVER (ORDER BY id), corr(x, y) OVER (ORDER BY id) FROM aon ORDER BY id;
DROP TABLE aon;
---
CREATE TABLE
INSERT 0 3
1.5 | 2.5 | 1.00000000000000000000 | 1.00000000000000000000 | 1.5 | 1 | 1 | 1 | t
1.875 | 2.75 | 1.7500000000000000 | 1.5000000000000000 | 3.75 | 3 | 3.5 | 2 | f
1.875 | 2.75 | 1.7500000000000000 | 1.5000000000000000 | 3.75 | 3 | 3.5 | 2 | f
2.25, 2.25, 2.25, 2.25, 2.25, 2.25
NULL | 2.5 | 2.25 | NULL | 0
2.25 | 3.25 | 2.25 | 0.5303300858899106 | 0.25000000000000000000
2.25 | NULL | 2.25 | 0.5303300858899106 | 0.25000000000000000000
f | 2.25 | 2.25 | 2.25
t | 1.5 | 1.5 | NULL
NULL | 1.875 | 1.875 | 2.25
NULL | NULL | NULL | NULL
t | 1 | 1.5 | {1.5} | [1.5] | true | 1 | NULL
f | 0 | 1.5,2.25 | {1.5,2.25} | [1.5, 2.25] | false | 2 | 1
f | 0 | 1.5,2.25 | {1.5,2.25,NULL} | [1.5, 2.25, null] | false | 2 | 1
DROP TABLE
