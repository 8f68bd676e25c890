# The fields of records that a sub-query or a common table offers are known by what made them.
CREATE TABLE fr (id int PRIMARY KEY, a int, b text, UNIQUE (b, a));
SELECT (q.k).key, (q.k).value, (q.k).* FROM (SELECT jsonb_each('{"a":1,"b":2}') AS k) q;
SELECT (q.r).f1, (q.r).f2 FROM (SELECT ROW(1, 'x'::text) AS r) q;
WITH w AS (SELECT ROW(1, 2.5, a) AS r FROM generate_series(1, 2) a) SELECT (r).f2, (r).f3 FROM w ORDER BY 2;
SELECT (q.r).f3 FROM (SELECT ROW(1, 'x') AS r) q;
SELECT (information_schema._pg_expandarray('{5,7}'::int2[])).*;
SELECT x.relname, a.attname, (x.keys).n
FROM (SELECT i.indrelid, c.relname, information_schema._pg_expandarray(i.indkey) AS keys
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 'fr'::regclass) x
JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = (x.keys).x ORDER BY 1, 3;
DROP TABLE fr;
---
CREATE TABLE
a | 1 | a | 1
b | 2 | b | 2
1 | x
2.5 | 1
2.5 | 2
ERROR 42703: could not identify column "f3" in record data type at 9
5 | 1
7 | 2
fr_b_a_key | b | 1
fr_b_a_key | a | 2
fr_pkey | id | 1
DROP TABLE
