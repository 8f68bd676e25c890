# A generated column is what its expression is in each row, whatever writes the row; nothing else gives it a value.
CREATE TABLE g (a int PRIMARY KEY, b int GENERATED ALWAYS AS (a * 2) STORED, c text DEFAULT ('x' || 'y'), d text GENERATED ALWAYS AS (upper(c)) STORED NOT NULL UNIQUE);
INSERT INTO g (a, c) VALUES (1, 'p'), (2, 'q') RETURNING *;
INSERT INTO g VALUES (3, DEFAULT, 'r', DEFAULT) RETURNING b, d;
INSERT INTO g (a) SELECT 4 RETURNING *;
INSERT INTO g VALUES (5, 7);
INSERT INTO g (a, d) VALUES (5, 'x');
INSERT INTO g OVERRIDING SYSTEM VALUE VALUES (5, 7);
INSERT INTO g OVERRIDING USER VALUE VALUES (5, 7);
INSERT INTO g SELECT 5, 7;
INSERT INTO g (a, c) VALUES (6, 'q');
INSERT INTO g (a, c) VALUES (6, NULL);
INSERT INTO g (a, c) VALUES (6, 'q') ON CONFLICT (d) DO UPDATE SET c = 'qq' RETURNING *;
INSERT INTO g (a, c) VALUES (6, 'q2') ON CONFLICT (a) DO UPDATE SET b = 5;
INSERT INTO g (a, c) VALUES (1, 'p2') ON CONFLICT (a) DO UPDATE SET c = excluded.d, b = DEFAULT RETURNING *;
UPDATE g SET c = c || a, b = DEFAULT WHERE b > 4 RETURNING *;
UPDATE g SET b = 1;
UPDATE g SET a = a + 10 WHERE a = 2 RETURNING a, b;
UPDATE g SET c = 'same' WHERE a > 2;
SELECT * FROM g WHERE b = 6 AND d LIKE 'R%' ORDER BY b DESC;
DELETE FROM g WHERE b = 24 RETURNING d;
SELECT attname, attgenerated, atthasdef, pg_get_expr(adbin, adrelid) FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = 'g'::regclass AND attnum > 0 ORDER BY attnum;
SELECT column_name, is_generated, generation_expression FROM information_schema.columns WHERE table_name = 'g' ORDER BY ordinal_position;
CREATE INDEX ON g (b);
SELECT a FROM g WHERE b BETWEEN 2 AND 6 ORDER BY a;
ALTER TABLE g ADD COLUMN e bigint GENERATED ALWAYS AS (a + length(c)) STORED;
ALTER TABLE g ADD COLUMN f int GENERATED ALWAYS AS (1 / (a - 1)) STORED;
SELECT a, e FROM g ORDER BY a;
ALTER TABLE g RENAME COLUMN a TO "A 1";
ALTER TABLE g ALTER COLUMN "A 1" TYPE bigint;
ALTER TABLE g ALTER COLUMN b TYPE bigint USING 1;
ALTER TABLE g ALTER COLUMN b TYPE numeric(5, 1);
INSERT INTO g ("A 1", c) VALUES (20, 'yy') RETURNING *;
ALTER TABLE g ALTER COLUMN b SET DEFAULT 1;
ALTER TABLE g ALTER COLUMN b DROP DEFAULT;
ALTER TABLE g ALTER COLUMN c DROP EXPRESSION;
ALTER TABLE g ALTER COLUMN c DROP EXPRESSION IF EXISTS;
ALTER TABLE g ALTER COLUMN b DROP EXPRESSION;
UPDATE g SET b = 99 WHERE "A 1" = 20 RETURNING b, e;
ALTER TABLE g DROP COLUMN c;
ALTER TABLE g DROP COLUMN c CASCADE;
INSERT INTO g ("A 1") VALUES (30) RETURNING *;
CREATE TABLE h (a int, b int GENERATED ALWAYS AS (a) STORED);
CREATE TABLE h1 (LIKE h INCLUDING GENERATED);
CREATE TABLE h2 (LIKE h INCLUDING DEFAULTS);
INSERT INTO h1 (a) VALUES (1) RETURNING *;
INSERT INTO h2 (a) VALUES (1) RETURNING *;
DROP TABLE h1, h2;
DROP TABLE g, h;
CREATE TABLE g (a int, b int GENERATED ALWAYS AS (b) STORED);
CREATE TABLE g (a int, b int GENERATED ALWAYS AS (a) STORED, c int GENERATED ALWAYS AS (b) STORED);
CREATE TABLE g (a int, b int DEFAULT 1 GENERATED ALWAYS AS (a) STORED);
CREATE TABLE g (a int, b int GENERATED ALWAYS AS IDENTITY GENERATED ALWAYS AS (a) STORED);
CREATE TABLE g (a int, b timestamptz GENERATED ALWAYS AS (now()) STORED);
CREATE TABLE g (a int, b int GENERATED ALWAYS AS (random()) STORED);
CREATE TABLE g (a int, b int GENERATED ALWAYS AS (count(a)) STORED);
CREATE TABLE g (a int, b int GENERATED ALWAYS AS (nope) STORED);
CREATE TABLE g (a int, b bool GENERATED ALWAYS AS (a) STORED);
CREATE TABLE g (a int, b int GENERATED ALWAYS AS (generate_series(1, a)) STORED);
---
CREATE TABLE
1 | 2 | p | P
2 | 4 | q | Q
INSERT 0 2
6 | R
INSERT 0 1
4 | 8 | xy | XY
INSERT 0 1
ERROR 428C9: cannot insert a non-DEFAULT value into column "b"
DETAIL: Column "b" is a generated column.
ERROR 428C9: cannot insert a non-DEFAULT value into column "d"
DETAIL: Column "d" is a generated column.
ERROR 428C9: cannot insert a non-DEFAULT value into column "b"
DETAIL: Column "b" is a generated column.
ERROR 428C9: cannot insert a non-DEFAULT value into column "b"
DETAIL: Column "b" is a generated column.
ERROR 428C9: cannot insert a non-DEFAULT value into column "b"
DETAIL: Column "b" is a generated column.
ERROR 23505: duplicate key value violates unique constraint "g_d_key"
DETAIL: Key (d)=(Q) already exists.
ERROR 23502: null value in column "d" of relation "g" violates not-null constraint
DETAIL: Failing row contains (6, 12, null, null).
2 | 4 | qq | QQ
INSERT 0 1
ERROR 428C9: column "b" can only be updated to DEFAULT
DETAIL: Column "b" is a generated column.
1 | 2 | P2 | P2
INSERT 0 1
3 | 6 | r3 | R3
4 | 8 | xy4 | XY4
UPDATE 2
ERROR 428C9: column "b" can only be updated to DEFAULT
DETAIL: Column "b" is a generated column.
12 | 24
UPDATE 1
ERROR 23505: duplicate key value violates unique constraint "g_d_key"
DETAIL: Key (d)=(SAME) already exists.
3 | 6 | r3 | R3
QQ
DELETE 1
a |  | f | NULL
b | s | t | (a * 2)
c |  | t | ('x' || 'y')
d | s | t | upper(c)
a | NEVER | NULL
b | ALWAYS | (a * 2)
c | NEVER | NULL
d | ALWAYS | upper(c)
CREATE INDEX
1, 3
ALTER TABLE
ERROR 22012: division by zero
1 | 3
3 | 5
4 | 7
ALTER TABLE
ERROR 0A000: cannot alter type of a column used by a generated column
DETAIL: Column "A 1" is used by generated column "b".
ERROR 42611: cannot specify USING when altering type of generated column at 28
DETAIL: Column "b" is a generated column.
ALTER TABLE
20 | 40.0 | yy | YY | 22
INSERT 0 1
ERROR 42601: column "b" of relation "g" is a generated column
HINT: Use ALTER TABLE ... ALTER COLUMN ... SET EXPRESSION instead.
ERROR 42601: column "b" of relation "g" is a generated column
HINT: Use ALTER TABLE ... ALTER COLUMN ... DROP EXPRESSION instead.
ERROR 55000: column "c" of relation "g" is not a generated column
ALTER TABLE
ALTER TABLE
99.0 | 22
UPDATE 1
ERROR 2BP01: cannot drop column c of table g because other objects depend on it
DETAIL: column d of table g depends on column c of table g
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ALTER TABLE
30 | NULL
INSERT 0 1
CREATE TABLE
CREATE TABLE
CREATE TABLE
1 | 1
INSERT 0 1
1 | NULL
INSERT 0 1
DROP TABLE
DROP TABLE
ERROR 42P17: cannot use generated column "b" in column generation expression at 51
DETAIL: A generated column cannot reference another generated column.
ERROR 42P17: cannot use generated column "b" in column generation expression at 89
DETAIL: A generated column cannot reference another generated column.
ERROR 42601: both default and generation expression specified for column "b" of table "g" at 40
ERROR 42601: both identity and generation expression specified for column "b" of table "g" at 59
ERROR 42P17: generation expression is not immutable
ERROR 42P17: generation expression is not immutable
ERROR 42803: aggregate functions are not allowed in column generation expressions at 51
ERROR 42703: column "nope" does not exist at 51
ERROR 42804: column "b" is of type boolean but default expression is of type integer
HINT: You will need to rewrite or cast the expression.
ERROR 0A000: set-returning functions are not allowed in column generation expressions at 51
