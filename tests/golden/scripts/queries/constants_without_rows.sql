# What constants raise is raised whether there are rows or not, but for what constants before it keep from being looked at.
CREATE TABLE e (id int, t text);
SELECT 1 FROM e WHERE 1/0 = 1;
SELECT 1/0 FROM e;
SELECT id + 1/0 FROM e;
SELECT id FROM e WHERE id = 1/0;
SELECT id FROM e WHERE id > 5 AND id = 1/0;
SELECT id FROM e WHERE false AND id = 1/0;
SELECT id FROM e WHERE false AND 1/0 = 1;
SELECT id FROM e WHERE 1/0 = 1 AND false;
SELECT id FROM e WHERE true OR 1/0 = 1;
SELECT id FROM e WHERE 1/0 = 1 OR true;
SELECT CASE WHEN true THEN 1 ELSE 1/0 END FROM e;
SELECT CASE WHEN false THEN 1/0 ELSE 1 END FROM e;
SELECT CASE WHEN id = 1 THEN 1/0 ELSE 1 END FROM e;
SELECT CASE id WHEN 1 THEN 1/0 ELSE 1 END FROM e;
SELECT CASE 1 WHEN 1 THEN 2 WHEN 2 THEN 1/0 END FROM e;
SELECT coalesce(1, 1/0) FROM e;
SELECT coalesce(id, 1/0) FROM e;
SELECT coalesce(NULL, 1/0) FROM e;
SELECT nullif(1/0, 1) FROM e;
SELECT greatest(1, 1/0) FROM e;
SELECT sqrt(-1) FROM e;
SELECT sqrt(-1) FROM e WHERE id = 1;
SELECT id FROM e WHERE t = repeat('a', -1) || (1/0)::text;
SELECT 'a'::int FROM e;
SELECT 'a'::text::int FROM e;
SELECT id FROM e WHERE id = 'a'::text::int;
SELECT count(*) FROM e WHERE 1/0 = 1;
SELECT count(1/0) FROM e;
SELECT id FROM e ORDER BY 1/0;
SELECT id FROM e GROUP BY id HAVING 1/0 = 1;
SELECT id FROM e LIMIT 1/0;
UPDATE e SET id = 1/0;
DELETE FROM e WHERE 1/0 = 1;
INSERT INTO e SELECT 1/0 FROM e;
SELECT 1/0 WHERE false;
SELECT 1 WHERE false AND 1/0 = 1;
SELECT (SELECT 1/0) FROM e;
SELECT * FROM (SELECT 1/0 AS x FROM e) s;
SELECT 1 FROM (SELECT 1/0 AS x FROM e) s;
SELECT id FROM e a JOIN e b USING (id) WHERE a.id = 1/0;
SELECT id IN (1, 1/0) FROM e;
SELECT id = ANY (ARRAY[1, 1/0]) FROM e;
SELECT EXISTS (SELECT 1/0 FROM e);
SELECT ln(0) FROM e;
SELECT 9223372036854775807 + 1 FROM e;
SELECT 2147483647 + 1 FROM e;
SELECT id FROM e WHERE id = 2147483647 + 1;
SELECT ('2024-01-01'::text)::date FROM e WHERE id = 1;
SELECT ('2024-13-01'::text)::date FROM e;
SELECT ('x'::text)::numeric FROM e;
SELECT 1/0::numeric FROM e;
SELECT mod(1, 0) FROM e;
SELECT substr('abc', 1, -1) FROM e;
SELECT chr(-1) FROM e;
SELECT 5 / (1 - 1) FROM e;
SELECT (1/0) IS NULL FROM e;
SELECT ARRAY[1/0] FROM e;
SELECT ROW(1/0) FROM e;
SELECT 1/0 = ANY (ARRAY[id]) FROM e;
SELECT '{"a":1}'::jsonb ->> (1/0) FROM e;
SELECT regexp_replace('a', '(', 'b') FROM e;
SELECT 'a' ~ '(' FROM e;
SELECT t ~ '(' FROM e;
SELECT lpad('a', 1/0) FROM e;
SELECT id FROM e WHERE NOT (1/0 = 1);
SELECT id FROM e WHERE id BETWEEN 1 AND 1/0;
SELECT sum(id) FILTER (WHERE 1/0 = 1) FROM e;
SELECT sum(id) OVER (PARTITION BY 1/0) FROM e;
SELECT id::text || (1/0)::text FROM e;
DROP TABLE e;
CREATE TABLE e (id int PRIMARY KEY, t text, v vector(2));
SELECT id FROM e WHERE id = 3 AND false AND t = (1/0)::text;
SELECT id FROM e WHERE id = 3 AND t = (1/0)::text AND false;
SELECT id FROM e WHERE id = 3 OR true OR t = (1/0)::text;
SELECT id FROM e WHERE t > 'a' AND (id = 1 OR 1/0 = 1);
SELECT id FROM e WHERE t > 'a' AND (id = 1 OR (true OR 1/0 = 1));
SELECT id FROM e WHERE id = 1 AND t = chr(0);
SELECT id FROM e WHERE id = 5/0;
INSERT INTO e VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET t = (1/0)::text;
INSERT INTO e VALUES (2, 'a') RETURNING 1/0;
SELECT count(*) FROM e;
DELETE FROM e WHERE id = 7 RETURNING 1/0;
UPDATE e SET t = chr(0) WHERE id = 9;
UPDATE e SET t = CASE WHEN id = 1 THEN chr(0) END WHERE id = 9;
UPDATE e SET t = 'a' WHERE t = chr(0) RETURNING id;
DELETE FROM e USING generate_series(1, 0) g WHERE 1/0 = 1;
WITH x AS (DELETE FROM e WHERE 1/0 = 1 RETURNING id) SELECT * FROM x;
WITH x AS (SELECT 1/0 AS a FROM e) SELECT 1;
MERGE INTO e USING (SELECT 1 AS i WHERE false) s ON e.id = s.i WHEN MATCHED THEN UPDATE SET t = (1/0)::text;
SELECT id FROM e ORDER BY v <-> ('[1,' || repeat('2', 0) || ']')::vector LIMIT 3;
SELECT id FROM e ORDER BY v <-> array[1,2,1/0]::vector LIMIT 3;
SELECT id FROM e FOR UPDATE;
SELECT id FROM e WHERE 1/0 = 1 FOR UPDATE;
SELECT id FROM e WHERE EXISTS (SELECT 1 FROM e WHERE 1/0 = 1);
SELECT id FROM e WHERE id IN (SELECT id FROM e WHERE 1/0 = 1);
SELECT id FROM e WHERE id = (SELECT id FROM e WHERE 1/0 = 1);
SELECT id FROM e WHERE (SELECT 1/0) = 1;
SELECT id FROM e UNION ALL SELECT 1/0 FROM e;
DROP TABLE e;
---
CREATE TABLE
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
(no rows)
(no rows)
ERROR 22012: division by zero
(no rows)
ERROR 22012: division by zero
(no rows)
(no rows)
ERROR 22012: division by zero
ERROR 22012: division by zero
(no rows)
(no rows)
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 2201F: cannot take square root of a negative number
ERROR 2201F: cannot take square root of a negative number
ERROR 22012: division by zero
ERROR 22P02: invalid input syntax for type integer: "a" at 8
ERROR 22P02: invalid input syntax for type integer: "a"
ERROR 22P02: invalid input syntax for type integer: "a"
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
(no rows)
ERROR 22012: division by zero
ERROR 22012: division by zero
(no rows)
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
f
ERROR 2201E: cannot take logarithm of zero
ERROR 22003: bigint out of range
ERROR 22003: integer out of range
ERROR 22003: integer out of range
(no rows)
(no rows)
ERROR 22P02: invalid input syntax for type numeric: "x"
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22011: negative substring length not allowed
ERROR 22023: character number must be positive
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 2201B: invalid regular expression: parentheses () not balanced
ERROR 2201B: invalid regular expression: parentheses () not balanced
(no rows)
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
DROP TABLE
CREATE TABLE
(no rows)
ERROR 22012: division by zero
(no rows)
ERROR 22012: division by zero
(no rows)
ERROR 54000: null character not permitted
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
0
ERROR 22012: division by zero
ERROR 54000: null character not permitted
UPDATE 0
ERROR 54000: null character not permitted
ERROR 22012: division by zero
ERROR 22012: division by zero
1
ERROR 22012: division by zero
ERROR 22P02: invalid input syntax for type vector: "[1,]"
ERROR 22012: division by zero
(no rows)
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
ERROR 22012: division by zero
DROP TABLE
