# What PostgreSQL's grammar has and ours has not is refused by its name.
SELECT * FROM (VALUES (1)) t TABLESAMPLE system (1);
SELECT * FROM json_table('[1]', '$[*]' COLUMNS (a int PATH '$')) t;
SELECT json_query('[1]', '$' RETURNING int[]);
SELECT json_value('"2020-01-01"', '$ ? (@ == $"d")' PASSING date '2020-01-01' AS d);
SELECT json_object('{a,1}'), (1 +;
WITH RECURSIVE t (n) AS (SELECT 1 UNION SELECT n % 3 + 1 FROM t) CYCLE n SET c USING p SELECT * FROM t;
DELETE FROM t WHERE CURRENT OF c;
SELECT * FROM json_array(1);
SELECT * FROM ROWS FROM (json_object('a': 1)) x;
---
ERROR 0A000: TABLESAMPLE is not supported yet at 30
ERROR 0A000: JSON_TABLE with its clauses is not supported yet at 40
ERROR 0A000: JSON_QUERY() RETURNING integer[] is not supported yet
ERROR 0A000: PASSING of moments is not supported yet
ERROR 42601: syntax error at end of input at 34
ERROR 0A000: a recursive UNION of type record[] is not supported yet
HINT: Use UNION ALL.
ERROR 0A000: WHERE CURRENT OF is not supported yet at 29
ERROR 0A000: JSON_ARRAY() in FROM is not supported yet at 15
ERROR 0A000: JSON_OBJECT() in FROM is not supported yet at 26
