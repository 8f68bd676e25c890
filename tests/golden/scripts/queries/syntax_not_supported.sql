# What PostgreSQL's grammar has and ours has not is refused by its name.
SELECT * FROM (VALUES (1)) t TABLESAMPLE system (1);
SELECT '1' IS JSON, 2;
SELECT '1' IS NOT JSON OBJECT;
SELECT json_value('{"a":1}', '$.a');
SELECT json_object('a': 1);
SELECT 1 + json_array(1, (2) ABSENT ON NULL);
SELECT * FROM json_table('[1]', '$[*]' COLUMNS (a int PATH '$')) t;
SELECT json_object('{a,1}'), (1 +;
WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SEARCH DEPTH FIRST BY n SET o SELECT * FROM t;
WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n % 3 + 1 FROM t) CYCLE n SET c USING p SELECT * FROM t;
DELETE FROM t WHERE CURRENT OF c;
---
ERROR 0A000: TABLESAMPLE is not supported yet at 30
ERROR 0A000: IS JSON is not supported yet at 15
ERROR 0A000: IS JSON is not supported yet at 15
ERROR 0A000: JSON_VALUE() is not supported yet at 8
ERROR 0A000: JSON_OBJECT with its clauses is not supported yet at 23
ERROR 0A000: JSON_ARRAY with its clauses is not supported yet at 30
ERROR 0A000: JSON_TABLE with its clauses is not supported yet at 40
ERROR 42601: syntax error at end of input at 34
ERROR 0A000: SEARCH is not supported yet at 78
ERROR 0A000: CYCLE is not supported yet at 70
ERROR 0A000: WHERE CURRENT OF is not supported yet at 29
