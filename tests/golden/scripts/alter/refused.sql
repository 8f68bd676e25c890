# What is not there is refused by its name.
CREATE TABLE t (a int, b int);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
ALTER TABLE t INHERIT u;
ALTER TABLE t CLUSTER ON i;
ALTER TABLE ALL IN TABLESPACE x SET TABLESPACE y;
ALTER INDEX t SET (fillfactor = 70);
---
CREATE TABLE
ALTER TABLE
ERROR 0A000: ALTER TABLE ... INHERIT is not supported yet at 15
ERROR 0A000: ALTER TABLE ... CLUSTER is not supported yet at 15
ERROR 0A000: ALTER TABLE ALL is not supported yet at 1
ERROR 42809: "t" is not an index

# What no grammar has.
ALTER TABLE t;
ALTER TABLE t ADD;
ALTER TABLE t ADD c;
ALTER TABLE t ADD c int,;
ALTER TABLE t ADD (c int);
ALTER TABLE t FROB a;
ALTER TABLE t ALTER a;
ALTER TABLE t ALTER a FROB;
ALTER TABLE t ALTER a b TYPE int;
ALTER TABLE t ALTER a TYPE int b;
ALTER TABLE t SET DEFAULT 5;
ALTER TABLE t RENAME a b;
ALTER TABLE t DROP a b;
ALTER;
---
ERROR 42601: syntax error at end of input at 14
ERROR 42601: syntax error at end of input at 18
ERROR 42601: syntax error at end of input at 20
HINT: expected AS, ON COMMIT, WITH
ERROR 42601: syntax error at end of input at 25
ERROR 42601: syntax error at or near "(" at 19
HINT: expected ")", CHECK, CONSTRAINT, FOREIGN KEY, LIKE, PRIMARY KEY, UNIQUE, a name
ERROR 42601: syntax error at or near "frob" at 15
ERROR 42601: syntax error at end of input at 22
ERROR 42601: syntax error at or near "frob" at 23
ERROR 42601: syntax error at or near "b" at 23
ERROR 42601: syntax error at or near "b" at 32
HINT: expected ")", ",", CHECK, COLLATE, CONSTRAINT, DEFAULT, GENERATED, IDENTITY
ERROR 42601: syntax error at or near "default" at 19
ERROR 42601: syntax error at or near "b" at 24
ERROR 42601: syntax error at or near "b" at 22
ERROR 42601: syntax error at end of input at 6

# Any word may be a column's.
CREATE TABLE w (type text, data text, owner int, set int);
INSERT INTO w VALUES ('5', 'x', 1, 2);
ALTER TABLE w ALTER type TYPE int USING type::int, ALTER set SET DEFAULT 9, DROP owner;
ALTER TABLE w RENAME data TO rename;
ALTER TABLE w ADD add int DEFAULT 3;
SELECT * FROM w;
---
CREATE TABLE
INSERT 0 1
ALTER TABLE
ALTER TABLE
ALTER TABLE
5 | x | 2 | 3
