CREATE TABLE t (id int PRIMARY KEY, brand text, vec vector(2));
INSERT INTO t VALUES (1, 'x', '[0,0]'), (2, 'x', '[1,0]'), (3, 'y', '[2,0]');
[moment] before;
DELETE FROM t WHERE id = 1;
UPDATE t SET brand = 'x', vec = '[0,1]' WHERE id = 3;
INSERT INTO t VALUES (4, 'x', '[5,5]');
---
CREATE TABLE
INSERT 0 3
DELETE 1
UPDATE 1
INSERT 0 1

# Now, and as it was.
SELECT id, brand FROM t ORDER BY id;
SELECT id, brand FROM t ORDER BY id AS OF $before;
SELECT id FROM t ORDER BY l2(vec, '[0,0]') LIMIT 10 WHERE brand = 'x';
SELECT id FROM t ORDER BY l2(vec, '[0,0]') LIMIT 10 WHERE brand = 'x' AS OF $before;
---
2 | x
3 | x
4 | x
1 | x
2 | x
3 | y
2, 3, 4
1, 2

# Other spellings of the same moment.
SELECT id FROM t AS OF $before WHERE brand = 'x' ORDER BY id;
SELECT id FROM t FOR SYSTEM_TIME AS OF $before ORDER BY id;
SELECT id FROM t AS OF SYSTEM TIME $before ORDER BY id;
SELECT id, brand FROM t WHERE id = 3 AS OF $before;
SELECT id FROM t WHERE id = 1;
SELECT id FROM t WHERE id = 1 AS OF $before;
---
1, 2
1, 2, 3
1, 2, 3
3 | y
(no rows)
1

# A session in the past reads and does not write.
SET vql.as_of = $before;
SELECT id FROM t ORDER BY id;
DELETE FROM t;
RESET vql.as_of;
SELECT id FROM t ORDER BY id;
---
SET
1, 2, 3
ERROR 25006: cannot change data in a read-only transaction or the past
RESET
2, 3, 4

# A transaction in the past.
BEGIN AS OF $before;
SELECT id FROM t ORDER BY id;
DELETE FROM t;
ROLLBACK;
---
BEGIN
1, 2, 3
ERROR 25006: cannot change data in a read-only transaction or the past
ROLLBACK

# Named snapshots hold their version.
CREATE SNAPSHOT release;
DELETE FROM t WHERE id = 2;
SELECT id FROM t ORDER BY id;
SELECT id FROM t ORDER BY id AS OF SNAPSHOT 'release';
DROP SNAPSHOT release;
SELECT id FROM t AS OF SNAPSHOT 'release';
---
CREATE SNAPSHOT
DELETE 1
3, 4
2, 3, 4
DROP SNAPSHOT
ERROR 42704: snapshot "release" does not exist

# Moments that cannot be.
SELECT id FROM t AS OF '2901-01-01';
SELECT id FROM t AS OF 'yesterday-ish';
SELECT id FROM t AS OF NULL;
---
ERROR 22023: AS OF time is in the future
ERROR 22007: invalid input syntax for type timestamp with time zone: "yesterday-ish" at 24
ERROR 22023: AS OF must not be NULL

# A table that is gone, and one of the same name: the catalog of that time counts.
[moment] made;
DROP TABLE t;
SELECT id FROM t;
SELECT id, brand FROM t ORDER BY id AS OF $made;
CREATE TABLE t (name text);
SELECT * FROM t;
SELECT * FROM t ORDER BY id AS OF $made;
SELECT brand FROM t WHERE id = 3 AS OF $made;
DROP TABLE t;
---
DROP TABLE
ERROR 42P01: relation "t" does not exist at 16
3 | x
4 | x
CREATE TABLE
(no rows)
3 | x | [0,1]
4 | x | [5,5]
x
DROP TABLE
