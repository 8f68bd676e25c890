SELECT count()
---
ERROR 42809: count(*) must be used to call a parameterless aggregate function at 8

SELECT count() OVER ()
---
ERROR 42809: count(*) must be used to call a parameterless aggregate function at 8

SELECT count(DISTINCT)
---
ERROR 42601: syntax error at or near ")" at 22

SELECT count(ALL)
---
ERROR 42601: syntax error at or near ")" at 17

SELECT sum()
---
ERROR 42883: function sum() does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.

SELECT mode()
---
ERROR 42883: function mode() does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.

SELECT mode() WITHIN GROUP (ORDER BY x) FROM (VALUES (2), (1)) v(x)
---
1

SELECT NULL::regclass, NULL::regoper
---
NULL | NULL

DO $$ BEGIN RAISE NOTICE; END $$
---
ERROR 42601: syntax error at or near ";" at 25

DO LANGUAGE plpgsql '   BEGIN ;; END'
---
ERROR 42601: syntax error at or near ";" at 31
