# A parameter has one type: what the first comparison makes it holds for the others.
PREPARE pot_in AS SELECT $1 IN ('1'::text, 2);
PREPARE pot_between AS SELECT $1 BETWEEN '1'::text AND 2;
PREPARE pot_not AS SELECT $1 NOT BETWEEN ARRAY['a'] AND 2;
PREPARE pot_good AS SELECT $1 BETWEEN 1 AND 2.5, $2 IN (1, 2.5);
EXECUTE pot_good(2, 2.5);
SELECT '1' IN ('1'::text, 2), '1' BETWEEN '1'::text AND 2;
---
ERROR 42P08: inconsistent types deduced for parameter $1 at 26
DETAIL: text versus integer
ERROR 42883: operator does not exist: text <= integer at 34
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: operator does not exist: text[] > integer at 30
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
PREPARE
t | t
t | t
