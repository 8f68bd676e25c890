# Sizes, bounds and elements of arrays, of one dimension that begins at 1 by DuckDB and of others.
CREATE TABLE dfl (id int, t text[], n int[], d date[], f float8[], m numeric[], j jsonb[], i int);
INSERT INTO dfl VALUES (1, '{a,b,NULL}', '{1,2}', '{2020-01-01}', '{1.5,NaN}', '{1.50,2}', ARRAY['[1,2]'::jsonb, '{"a": 1}'], 1), (2, '{}', '{{1,2},{3,4}}', '{}', '{}', '{}', '{}', 2), (3, NULL, '[0:1]={5,6}', NULL, NULL, NULL, NULL, 0), (4, '{{a,b},{c,d}}', '[-1:0]={7,8}', '{infinity}', '{-0}', '{NaN}', NULL, -1), (5, '{"[[x","{y", "\"q\""}', '{}', NULL, NULL, NULL, NULL, NULL);
SELECT id, cardinality(t), array_length(t, 1), array_length(t, 2), array_length(t, i), array_upper(t, 1), array_lower(t, 1), array_ndims(t), array_lower(t, i), array_lower(t, 2) FROM dfl, (SELECT 1 AS one) o ORDER BY id;
SELECT id, cardinality(n), array_length(n, 1), array_length(n, 2), array_length(n, i), array_upper(n, 1), array_lower(n, 1), array_ndims(n), array_lower(n, i), array_upper(n, 2) FROM dfl, (SELECT 1 AS one) o ORDER BY id;
SELECT id, t[1], t[i], t[0], t[-1], t[99], t[NULL], n[1], n[i], n[2], n[1][2], t[2][i], t[1:2] FROM dfl, (SELECT 1 AS one) o ORDER BY id;
SELECT id, d[1], f[1], f[2], m[1], m[2], j[1], j[i], cardinality(j), cardinality(d), cardinality(f), cardinality(m) FROM dfl, (SELECT 1 AS one) o ORDER BY id;
SELECT id FROM dfl WHERE cardinality(t) = 3 AND t[1] = 'a' ORDER BY id;
SELECT id FROM dfl WHERE n[1] = 1 OR t[3] = '"q"' OR t[1] = '[[x' ORDER BY id;
SELECT cardinality(array_agg(id)), (array_agg(id ORDER BY id))[2], (array_agg(t[1] ORDER BY id))[5] FROM dfl GROUP BY ROLLUP (i) ORDER BY 1, 2;
SELECT id, cardinality(t || 'x'::text), (t || 'x'::text)[4], (string_to_array(t[1] || ',k', ','))[2] FROM dfl, (SELECT 1) o ORDER BY id;
SELECT count(*) FROM dfl GROUP BY cardinality(t), t[1] ORDER BY 1;
SELECT cardinality(NULL::int[]), ('{1,2}'::int[])[1], (ARRAY[4,5])[2], array_length('{}'::text[], 1);
SELECT id, (SELECT max(x.t[1]) FROM dfl x WHERE cardinality(x.t) = a.id) FROM dfl a ORDER BY id;
DROP TABLE dfl;
---
CREATE TABLE
INSERT 0 5
1 | 3 | 3 | NULL | 3 | 3 | 1 | 1 | 1 | NULL
2 | 0 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL
3 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL
4 | 4 | 2 | 2 | NULL | 2 | 1 | 2 | NULL | 1
5 | 3 | 3 | NULL | NULL | 3 | 1 | 1 | NULL | NULL
1 | 2 | 2 | NULL | 2 | 2 | 1 | 1 | 1 | NULL
2 | 4 | 2 | 2 | 2 | 2 | 1 | 2 | 1 | 2
3 | 2 | 2 | NULL | NULL | 1 | 0 | 1 | NULL | NULL
4 | 2 | 2 | NULL | NULL | 0 | -1 | 1 | NULL | NULL
5 | 0 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL
1 | a | a | NULL | NULL | NULL | NULL | 1 | 1 | 2 | NULL | NULL | {a,b}
2 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 2 | NULL | {}
3 | NULL | NULL | NULL | NULL | NULL | NULL | 6 | 5 | NULL | NULL | NULL | NULL
4 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 7 | NULL | NULL | NULL | {{a,b},{c,d}}
5 | [[x | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | {[[x,"{y"}
1 | 2020-01-01 | 1.5 | NaN | 1.50 | 2 | [1, 2] | [1, 2] | 2 | 1 | 2 | 2
2 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 0 | 0 | 0 | 0
3 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL
4 | infinity | -0 | NULL | NaN | NULL | NULL | NULL | NULL | 1 | 1 | 1
5 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL
1
1, 5
1 | NULL | NULL
1 | NULL | NULL
1 | NULL | NULL
1 | NULL | NULL
1 | NULL | NULL
5 | 2 | [[x
ERROR 22000: argument must be empty or one-dimensional array
1, 1, 1, 1, 1
NULL | 1 | 5 | NULL
1 | NULL
2 | NULL
3 | a
4 | NULL
5 | NULL
DROP TABLE
