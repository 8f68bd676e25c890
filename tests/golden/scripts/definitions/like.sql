# A table has the columns of another, and what else is said.
CREATE TABLE a (id serial PRIMARY KEY, n int NOT NULL DEFAULT 5, g int GENERATED ALWAYS AS IDENTITY, t text DEFAULT 'x');
CREATE INDEX a_t ON a (t);
INSERT INTO a (n) VALUES (1);
CREATE TABLE b (LIKE a);
INSERT INTO b (id, n, g) VALUES (1, 2, 3);
INSERT INTO b (n) VALUES (2);
SELECT * FROM b;
CREATE TABLE c (x int, LIKE a INCLUDING DEFAULTS, y int);
INSERT INTO c (x, g) VALUES (1, 1);
SELECT * FROM c;
CREATE TABLE d (LIKE a INCLUDING ALL);
INSERT INTO d DEFAULT VALUES;
SELECT * FROM d;
INSERT INTO d (id) VALUES (2);
CREATE TABLE e (LIKE a INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY);
INSERT INTO e (id, g) VALUES (2, 7);
INSERT INTO e (id, g) VALUES (2, 7);
SELECT * FROM e;
CREATE TABLE f (LIKE nope);
---
CREATE TABLE
CREATE INDEX
INSERT 0 1
CREATE TABLE
INSERT 0 1
ERROR 23502: null value in column "id" of relation "b" violates not-null constraint
DETAIL: Failing row contains (null, 2, null, null).
1 | 2 | 3 | NULL
CREATE TABLE
INSERT 0 1
1 | 2 | 5 | 1 | x | NULL
CREATE TABLE
INSERT 0 1
3 | 5 | 1 | x
INSERT 0 1
CREATE TABLE
INSERT 0 1
INSERT 0 1
2 | 5 | 7 | x
2 | 5 | 7 | x
ERROR 42P01: relation "nope" does not exist at 22

# What is not there.
CREATE TABLE f (LIKE a, n int);
CREATE TABLE f (LIKE a INCLUDING nonsense);
CREATE TABLE f (LIKE a INCLUDING);
CREATE TABLE f (LIKE a INCLUDING IDENTITY);
---
ERROR 42701: column "n" specified more than once
ERROR 42601: syntax error at or near "nonsense" at 34
ERROR 42601: syntax error at or near ")" at 33
HINT: expected ALL, a name
CREATE TABLE

# Identities have sequences of their own, indexes names of their own.
INSERT INTO f (id, n) VALUES (1, 1);
SELECT * FROM f;
CREATE TABLE h (LIKE a INCLUDING INDEXES, PRIMARY KEY (n));
CREATE TABLE i (LIKE a INCLUDING INDEXES);
SELECT indexname FROM pg_indexes WHERE tablename IN ('d', 'i') ORDER BY 1;
CREATE TABLE j (LIKE public.a INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMMENTS INCLUDING STATISTICS INCLUDING GENERATED INCLUDING COMPRESSION);
SELECT count(*) FROM j;
---
INSERT 0 1
1 | 1 | 1 | NULL
ERROR 42P16: multiple primary keys for table "h" are not allowed
CREATE TABLE
d_pkey, d_t_idx, i_pkey, i_t_idx
CREATE TABLE
0
