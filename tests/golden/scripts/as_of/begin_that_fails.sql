# A block that could not begin at a moment leaves the session as it was: it writes on, outside of any block.

CREATE TABLE t (id int PRIMARY KEY)
---
CREATE TABLE

BEGIN AS OF '2999-01-01'
---
ERROR 22023: AS OF time is in the future

INSERT INTO t VALUES (1)
---
INSERT 0 1

BEGIN AS OF SNAPSHOT 'none'
---
ERROR 42704: snapshot "none" does not exist

INSERT INTO t VALUES (2)
---
INSERT 0 1

BEGIN;
INSERT INTO t VALUES (3);
COMMIT
---
BEGIN
INSERT 0 1
COMMIT

SELECT * FROM t
---
1, 2, 3
