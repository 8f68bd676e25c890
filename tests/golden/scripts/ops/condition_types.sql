# A condition is of type boolean, also where no row has a value.

CREATE TABLE t (id int PRIMARY KEY, s text);
INSERT INTO t (id) VALUES (1), (2)
---
CREATE TABLE
INSERT 0 2

DELETE FROM t WHERE s || 'x'
---
ERROR 42804: argument of WHERE must be type boolean, not type text at 21

DELETE FROM t WHERE (s || '')::vector
---
ERROR 42804: argument of WHERE must be type boolean, not type vector at 22

UPDATE t SET s = 'x' WHERE NULL::text::vector
---
ERROR 42804: argument of WHERE must be type boolean, not type vector at 28

DELETE FROM t WHERE (SELECT NULL)
---
ERROR 42804: argument of WHERE must be type boolean, not type text

DELETE FROM t WHERE (s || '')::boolean
---
DELETE 0

SELECT count(*) FROM t
---
2
