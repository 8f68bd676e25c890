-- A parameter that is cast to a wider type of integers is the number it is: keys are looked up by it, searches limited.
CREATE TABLE cp (id int PRIMARY KEY, n bigint, e vector(2));
INSERT INTO cp SELECT i, i, array[i, 1]::vector FROM generate_series(1, 5) AS i;
PREPARE near(smallint) AS SELECT id FROM cp ORDER BY e <-> '[3,1]' LIMIT $1::integer;
EXECUTE near(2);
PREPARE page(smallint, smallint) AS SELECT id FROM cp ORDER BY e <-> '[1,1]' LIMIT $1::bigint OFFSET $2::integer;
EXECUTE page(2, 1);
EXECUTE page(-1, 1);
PREPARE keyed(smallint) AS SELECT n FROM cp WHERE id = $1::integer;
EXECUTE keyed(4);
EXECUTE keyed(NULL);
PREPARE listed(smallint, integer) AS SELECT id FROM cp WHERE n IN ($1::bigint, $2::bigint) ORDER BY id;
EXECUTE listed(1, 5);
PREPARE narrow(bigint) AS SELECT id FROM cp WHERE id = $1::integer;
EXECUTE narrow(2);
EXECUTE narrow(3000000000);
PREPARE number(integer) AS SELECT id FROM cp WHERE id = $1::oid;
EXECUTE number(3);
EXECUTE number(-1);
PREPARE taken(smallint) AS SELECT id FROM cp ORDER BY id LIMIT $1::integer FOR UPDATE SKIP LOCKED;
EXECUTE taken(1);
PREPARE computed(smallint) AS UPDATE cp SET n = $1::integer + 1 WHERE id = $1::integer RETURNING n, pg_typeof($1);
EXECUTE computed(2);
---
CREATE TABLE
INSERT 0 5
PREPARE
3, 2
PREPARE
2, 3
ERROR 2201W: LIMIT must not be negative
PREPARE
4
(no rows)
PREPARE
1, 5
PREPARE
2
ERROR 22003: integer out of range
PREPARE
3
(no rows)
PREPARE
1
PREPARE
3 | smallint
UPDATE 1
