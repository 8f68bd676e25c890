# A literal of a kept statement is read anew where the style of intervals is another.
PREPARE kept AS SELECT extract(epoch FROM interval '-1 01:00'), now() + interval '-1 01:00' < now() - interval '1 day';
EXECUTE kept;
EXECUTE kept;
SET intervalstyle = 'sql_standard';
EXECUTE kept;
EXECUTE kept;
RESET intervalstyle;
EXECUTE kept
---
PREPARE
-82800.000000 | f
-82800.000000 | f
SET
-90000.000000 | t
-90000.000000 | t
RESET
-82800.000000 | f
