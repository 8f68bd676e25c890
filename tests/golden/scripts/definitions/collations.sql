# Collations that order by code points are taken wherever one may be named; others do not exist.
CREATE TABLE t (id int PRIMARY KEY, n text, v varchar(5) COLLATE "C" NOT NULL DEFAULT 'x', w text COLLATE pg_catalog."default" UNIQUE);
INSERT INTO t VALUES (1, 'a', 'b', 'c'), (2, 'B', 'a', 'd') RETURNING *;
ALTER TABLE t ALTER COLUMN n TYPE varchar(30) COLLATE "C";
ALTER TABLE t ALTER COLUMN n TYPE varchar(30) COLLATE "nope" USING n;
ALTER TABLE t ADD COLUMN d text COLLATE "POSIX" DEFAULT 'e';
ALTER TABLE t ADD COLUMN e int COLLATE "C";
SELECT n COLLATE "C" FROM t ORDER BY n COLLATE "POSIX" DESC;
SELECT n FROM t ORDER BY n COLLATE "en_US";
SELECT n FROM t WHERE n COLLATE "nope" > 'a';
SELECT 1 COLLATE "C";
SELECT ARRAY['a'] COLLATE "C";
SELECT min(n COLLATE "C"), max(lower(n) COLLATE ucs_basic) FROM t;
CREATE TABLE bad (a int COLLATE "C");
CREATE TABLE bad (a text COLLATE nope);
CREATE TABLE bad (a text COLLATE public."C");
DROP TABLE t;
---
CREATE TABLE
1 | a | b | c
2 | B | a | d
INSERT 0 2
ALTER TABLE
ERROR 42704: collation "nope" for encoding "UTF8" does not exist at 47
ALTER TABLE
ERROR 42804: collations are not supported by type integer at 32
a, B
ERROR 42704: collation "en_US" for encoding "UTF8" does not exist at 28
ERROR 42704: collation "nope" for encoding "UTF8" does not exist at 25
ERROR 42804: collations are not supported by type integer at 10
{a}
B | b
ERROR 42804: collations are not supported by type integer at 25
ERROR 42704: collation "nope" for encoding "UTF8" does not exist at 26
ERROR 42704: collation "public.C" for encoding "UTF8" does not exist at 26
DROP TABLE
