# A column goes, its values stay to be read AS OF earlier.
CREATE TABLE t (id int PRIMARY KEY, a text, b int, v vector(2));
INSERT INTO t VALUES (1, 'x', 10, '[1,1]'), (2, 'y', 20, '[2,2]');
CREATE INDEX t_a ON t (a);
CREATE INDEX t_ab ON t (a, b);
CREATE INDEX t_b ON t (b);
CREATE INDEX t_v ON t USING flat (v vector_l2_ops);
[moment] before;
ALTER TABLE t DROP COLUMN a;
SELECT * FROM t ORDER BY id;
SELECT a FROM t;
SELECT * FROM t AS OF $before ORDER BY id;
SELECT id FROM t WHERE a = 'y' AS OF $before;
SELECT indexname FROM pg_indexes WHERE tablename = 't' ORDER BY 1;
INSERT INTO t VALUES (3, 30, '[3,3]');
SELECT id, b FROM t ORDER BY v <-> '[3,3]' LIMIT 2;
SELECT id FROM t WHERE b >= 20 ORDER BY id;
---
CREATE TABLE
INSERT 0 2
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
ALTER TABLE
1 | 10 | [1,1]
2 | 20 | [2,2]
ERROR 42703: column "a" does not exist at 8
1 | x | 10 | [1,1]
2 | y | 20 | [2,2]
2
t_b, t_pkey, t_v
INSERT 0 1
3 | 30
2 | 20
2, 3

# One that comes with the name of one that went is another.
ALTER TABLE t ADD COLUMN a int;
SELECT * FROM t ORDER BY id;
ALTER TABLE t DROP COLUMN a, ADD COLUMN a text DEFAULT 'new';
SELECT * FROM t ORDER BY id;
SELECT * FROM t AS OF $before ORDER BY id;
---
ALTER TABLE
1 | 10 | [1,1] | NULL
2 | 20 | [2,2] | NULL
3 | 30 | [3,3] | NULL
ALTER TABLE
1 | 10 | [1,1] | new
2 | 20 | [2,2] | new
3 | 30 | [3,3] | new
1 | x | 10 | [1,1]
2 | y | 20 | [2,2]

# What is not there.
ALTER TABLE t DROP COLUMN nope;
ALTER TABLE t DROP COLUMN IF EXISTS nope;
ALTER TABLE t DROP nope CASCADE;
ALTER TABLE t DROP COLUMN a, DROP COLUMN a;
---
ERROR 42703: column "nope" of relation "t" does not exist
ALTER TABLE
ERROR 42703: column "nope" of relation "t" does not exist
ERROR 42703: column "a" of relation "t" does not exist

# The key goes with any of its columns.
CREATE TABLE k (a int, b int, c text, PRIMARY KEY (a, b));
INSERT INTO k VALUES (1, 1, 'x'), (1, 2, 'y');
ALTER TABLE k DROP COLUMN b RESTRICT;
INSERT INTO k VALUES (1, 'z');
SELECT * FROM k ORDER BY c;
INSERT INTO k VALUES (NULL, 'w');
INSERT INTO k VALUES (1, 'z') ON CONFLICT (a) DO NOTHING;
DELETE FROM k WHERE c = 'x';
SELECT * FROM k ORDER BY c;
---
CREATE TABLE
INSERT 0 2
ALTER TABLE
INSERT 0 1
1 | x
1 | y
1 | z
ERROR 23502: null value in column "a" of relation "k" violates not-null constraint
DETAIL: Failing row contains (null, w).
ERROR 42P10: there is no unique or exclusion constraint matching the ON CONFLICT specification
DELETE 1
1 | y
1 | z

# A table has one column at least.
CREATE TABLE one (a int);
ALTER TABLE one DROP COLUMN a;
---
CREATE TABLE
ERROR 0A000: a table without columns is not supported yet
