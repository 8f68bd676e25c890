# ROWS FROM puts functions side by side, each with the columns that it has or that are said of it.
SELECT * FROM ROWS FROM (json_to_recordset('[{"a":1,"b":"x"},{"a":2}]') AS (a int, b text));
SELECT * FROM ROWS FROM (json_to_recordset('[{"a":1,"b":"x"}]') AS (a int, b text), generate_series(1, 3)) WITH ORDINALITY;
SELECT m, o FROM ROWS FROM (json_to_record('{"a":1}') AS (a int, b text), generate_series(1, 2)) AS q(m, n, o);
SELECT * FROM ROWS FROM (generate_series(1, 3) AS (a int));
SELECT * FROM ROWS FROM (json_to_record('{}'), generate_series(1, 2));
SELECT * FROM ROWS FROM (json_to_record('{}'), generate_series(1, 2)) AS q(a int);
SELECT * FROM json_to_record('{}') WITH ORDINALITY AS q(a int);
SELECT (x).f1 FROM (SELECT (SELECT ROW(1, 2)) AS x) s;
SELECT (x).f2 FROM (SELECT ROW(1, 2) AS x) s;
---
1 | x
2 | NULL
1 | x | 1 | 1
NULL | NULL | 2 | 2
NULL | NULL | 3 | 3
1 | 1
NULL | 2
ERROR 42601: a column definition list is only allowed for functions returning "record" at 52
ERROR 42601: a column definition list is required for functions returning "record" at 26
ERROR 42601: ROWS FROM() with multiple functions cannot have a column definition list at 76
HINT: Put a separate column definition list for each function inside ROWS FROM().
ERROR 42601: WITH ORDINALITY cannot be used with a column definition list at 57
HINT: Put the column definition list inside ROWS FROM().
ERROR 42809: record type has not been registered
2
