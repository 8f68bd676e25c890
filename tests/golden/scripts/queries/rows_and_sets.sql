# Rows as values, rows beside queries, sets of groups, functions side by side.
CREATE TABLE r (id int PRIMARY KEY, n numeric(6,2), s text, tags text[]);
INSERT INTO r VALUES (1, 1.5, 'x', '{a,b}'), (2, 2.25, 'y', '{c}'), (3, NULL, NULL, NULL);
SELECT r FROM r ORDER BY id;
(TABLE r LIMIT 1) UNION ALL TABLE r ORDER BY id LIMIT 2;
SELECT (r).* FROM r WHERE id = 1;
SELECT count(b), max(b.id) FROM r LEFT JOIN (SELECT 1 AS id) b ON r.id = b.id;
SELECT row_to_json(q) FROM (SELECT id, n FROM r) q ORDER BY id;
SELECT id FROM r WHERE (id, s) IN (SELECT id, s FROM r) ORDER BY id;
SELECT id FROM r WHERE (id, s) NOT IN (SELECT id, s FROM r WHERE id = 1) ORDER BY id;
SELECT (1, NULL) NOT IN (SELECT 1, 2), (1, 2) = (SELECT 1, 2), row(1, NULL) IS DISTINCT FROM row(1, NULL);
SELECT id FROM r WHERE n > ALL (SELECT n FROM r WHERE id = 1) ORDER BY id;
SELECT id FROM r WHERE s LIKE ANY (SELECT '%' || s FROM r WHERE id = 1);
SELECT id FROM r WHERE s ~ ANY (ARRAY['x', 'z']);
SELECT s, sum(n), grouping(s) FROM r GROUP BY ROLLUP (s) ORDER BY 3, 1;
SELECT n, s, count(*) FROM r GROUP BY GROUPING SETS ((n, s), (s), ()) ORDER BY 1, 2, 3;
SELECT n, s, count(*) FROM r GROUP BY CUBE (n, s) ORDER BY 1, 2, 3;
SELECT id, count(*) FROM r GROUP BY DISTINCT ROLLUP (id), ROLLUP (id) ORDER BY 1;
SELECT n, b.x FROM r FULL JOIN (VALUES (1.5::numeric, 'b'), (9, 'c')) b(n, x) USING (n) ORDER BY 1, 2;
SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a', 'b', 'c']) WITH ORDINALITY AS u(a, b, n);
SELECT * FROM ROWS FROM (generate_series(1, 2), json_each('{"a": 1}')) AS x(i, k, v);
SELECT key, value FROM jsonb_each_text('{"a": 1, "b": [2]}');
SELECT mode() WITHIN GROUP (ORDER BY s), percentile_cont(0.5) WITHIN GROUP (ORDER BY id) FROM r;
SELECT (date '2020-01-01', date '2020-02-01') OVERLAPS (date '2020-01-15', date '2020-03-01');
SELECT '2020-01-01 00:00+00'::timestamptz AT TIME ZONE 'Europe/Berlin';
SELECT 'r'::regclass, 'int4'::regtype, pg_typeof(n), to_regclass('nope') FROM r WHERE id = 1;
SELECT jsonb_each('{"a": 1}');
SELECT lower(DISTINCT 'A');
SELECT mode(id) FROM r;
SELECT 'nope'::regclass;
SELECT id, grouping(s) FROM r GROUP BY id;
WITH RECURSIVE q AS (SELECT 1 AS n UNION ALL SELECT n + 1.5 FROM q WHERE n < 3) SELECT * FROM q;
DROP TABLE r;
---
CREATE TABLE
INSERT 0 3
(1,1.50,x,"{a,b}"), (2,2.25,y,{c}), (3,,,)
1 | 1.50 | x | {a,b}
1 | 1.50 | x | {a,b}
1 | 1.50 | x | {a,b}
1 | 1
{"id":1,"n":1.50}, {"id":2,"n":2.25}, {"id":3,"n":null}
1, 2
2, 3
NULL | t | f
2
1
1
x | 1.50 | 0
y | 2.25 | 0
NULL | NULL | 0
NULL | 3.75 | 1
1.50 | x | 1
2.25 | y | 1
NULL | x | 1
NULL | y | 1
NULL | NULL | 1
NULL | NULL | 1
NULL | NULL | 3
1.50 | x | 1
1.50 | NULL | 1
2.25 | y | 1
2.25 | NULL | 1
NULL | x | 1
NULL | y | 1
NULL | NULL | 1
NULL | NULL | 1
NULL | NULL | 1
NULL | NULL | 3
1 | 1
2 | 1
3 | 1
NULL | 3
1.50 | b
2.25 | NULL
9 | c
NULL | NULL
1 | a | 1
2 | b | 2
NULL | c | 3
1 | a | 1
2 | NULL | NULL
a | 1
b | [2]
x | 2
t
2020-01-01 01:00:00
r | integer | numeric | NULL
(a,1)
ERROR 42809: DISTINCT specified, but lower is not an aggregate function at 8
ERROR 42809: WITHIN GROUP is required for ordered-set aggregate mode at 8
ERROR 42P01: relation "nope" does not exist at 8
ERROR 42803: arguments to GROUPING must be grouping expressions of the associated query level at 21
ERROR 42804: recursive query "q" column 1 has type integer in non-recursive term but type numeric overall at 29
HINT: Cast the output of the non-recursive term to the correct type.
DROP TABLE
