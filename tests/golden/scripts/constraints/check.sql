# A condition is false of no row; NULL is not false. Of several the first by name is told.
CREATE TABLE c1 (id int PRIMARY KEY, price int CHECK (price > 0), name text CONSTRAINT said CHECK (name <> 'x)') DEFAULT 'a', CHECK (price < length(name) + 10));
INSERT INTO c1 VALUES (1, 5, 'hello'), (2, NULL, 'b'), (3, 3, NULL);
INSERT INTO c1 VALUES (4, 2, 'ok'), (5, -5, 'x)');
INSERT INTO c1 VALUES (4, 100, 'hello');
INSERT INTO c1 (id, price) VALUES (4, 50);
INSERT INTO c1 SELECT 5, -1;
UPDATE c1 SET price = price - 5;
UPDATE c1 SET price = 4 WHERE id = 1;
INSERT INTO c1 VALUES (1, 1, 'b') ON CONFLICT (id) DO UPDATE SET price = -excluded.price;
SELECT * FROM c1 ORDER BY id;
---
CREATE TABLE
INSERT 0 3
ERROR 23514: new row for relation "c1" violates check constraint "c1_price_check"
DETAIL: Failing row contains (5, -5, x)).
ERROR 23514: new row for relation "c1" violates check constraint "c1_check"
DETAIL: Failing row contains (4, 100, hello).
ERROR 23514: new row for relation "c1" violates check constraint "c1_check"
DETAIL: Failing row contains (4, 50, a).
ERROR 23514: new row for relation "c1" violates check constraint "c1_price_check"
DETAIL: Failing row contains (5, -1, a).
ERROR 23514: new row for relation "c1" violates check constraint "c1_price_check"
DETAIL: Failing row contains (1, 0, hello).
UPDATE 1
ERROR 23514: new row for relation "c1" violates check constraint "c1_price_check"
DETAIL: Failing row contains (1, -1, hello).
1 | 4 | hello
2 | NULL | b
3 | 3 | NULL

# Conditions come and go; rows there are looked at, unless NOT VALID says later.
ALTER TABLE c1 ADD CHECK (price <> 4);
ALTER TABLE c1 ADD CHECK (price <> 7);
ALTER TABLE c1 ADD CONSTRAINT small CHECK (price < 4) NOT VALID;
INSERT INTO c1 VALUES (9, 5, 'abc');
ALTER TABLE c1 VALIDATE CONSTRAINT small;
SELECT conname, contype, convalidated, conkey FROM pg_constraint WHERE conrelid = 'c1'::regclass AND contype <> 'n' ORDER BY 1;
UPDATE c1 SET price = 2 WHERE price = 4;
ALTER TABLE c1 VALIDATE CONSTRAINT small;
ALTER TABLE c1 VALIDATE CONSTRAINT nope;
ALTER TABLE c1 VALIDATE CONSTRAINT c1_pkey;
ALTER TABLE c1 DROP CONSTRAINT small, ADD CONSTRAINT said2 CHECK (price < 1000);
ALTER TABLE c1 DROP CONSTRAINT small;
ALTER TABLE c1 DROP CONSTRAINT IF EXISTS small;
ALTER TABLE c1 ADD CONSTRAINT said CHECK (true);
---
ERROR 23514: check constraint "c1_price_check1" of relation "c1" is violated by some row
ALTER TABLE
ALTER TABLE
ERROR 23514: new row for relation "c1" violates check constraint "small"
DETAIL: Failing row contains (9, 5, abc).
ERROR 23514: check constraint "small" of relation "c1" is violated by some row
c1_check | c | t | {2,3}
c1_pkey | p | t | {1}
c1_price_check | c | t | {2}
c1_price_check1 | c | t | {2}
said | c | t | {3}
small | c | f | {2}
UPDATE 1
ALTER TABLE
ERROR 42704: constraint "nope" of relation "c1" does not exist
ERROR 42809: cannot validate constraint "c1_pkey" of relation "c1"
DETAIL: This operation is not supported for this type of constraint.
ALTER TABLE
ERROR 42704: constraint "small" of relation "c1" does not exist
ALTER TABLE
ERROR 42710: constraint "said" for relation "c1" already exists

# A column that is renamed is renamed in them; one that goes takes those along that name it.
ALTER TABLE c1 RENAME COLUMN price TO "The price";
INSERT INTO c1 VALUES (9, -3, 'c');
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname IN ('c1_price_check', 'said2') ORDER BY 1;
ALTER TABLE c1 ALTER COLUMN "The price" TYPE text;
ALTER TABLE c1 ALTER COLUMN "The price" TYPE numeric;
INSERT INTO c1 VALUES (9, -0.5, 'c');
ALTER TABLE c1 RENAME CONSTRAINT said TO told;
ALTER TABLE c1 RENAME CONSTRAINT said TO told;
ALTER TABLE c1 RENAME CONSTRAINT told TO said2;
ALTER TABLE c1 DROP COLUMN "The price";
SELECT conname FROM pg_constraint WHERE conrelid = 'c1'::regclass AND contype <> 'n' ORDER BY 1;
---
ALTER TABLE
ERROR 23514: new row for relation "c1" violates check constraint "c1_price_check"
DETAIL: Failing row contains (9, -3, c).
CHECK (("The price" < 1000)), CHECK (("The price" > 0))
ERROR 42883: operator does not exist: text > integer
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
ALTER TABLE
ERROR 23514: new row for relation "c1" violates check constraint "c1_price_check"
DETAIL: Failing row contains (9, -0.5, c).
ALTER TABLE
ERROR 42704: constraint "said" for table "c1" does not exist
ERROR 42710: constraint "said2" for relation "c1" already exists
ALTER TABLE
c1_pkey, told

# A condition reads the row alone, and is a truth value.
CREATE TABLE no (a int CHECK (a));
CREATE TABLE no (a int CHECK (sum(a) > 0));
CREATE TABLE no (a int CHECK (a > 1 AND EXISTS (SELECT 1)));
CREATE TABLE no (a int CHECK (b > 1));
CREATE TABLE no (a int, CHECK (a > 1) DEFERRABLE);
CREATE TABLE no (a int, CONSTRAINT x CHECK (a > 1), CONSTRAINT x CHECK (a < 2));
---
ERROR 42804: argument of CHECK must be type boolean, not type integer at 31
ERROR 42803: aggregate functions are not allowed in check constraints at 31
ERROR 0A000: cannot use subquery in check constraint at 41
ERROR 42703: column "b" does not exist at 31
ERROR 0A000: CHECK constraints cannot be marked DEFERRABLE at 39
ERROR 42710: constraint "x" for relation "no" already exists

# Names are given by the column, and copied by LIKE.
CREATE TABLE c2 (a int CHECK (a > 1) CHECK (a < 10), b int, CHECK (a <> 5), CHECK (a <> b), d date DEFAULT '2020-01-01' CHECK (d > '2000-01-01'));
CREATE TABLE c3 (LIKE c2 INCLUDING CONSTRAINTS);
SELECT conrelid::regclass, conname FROM pg_constraint WHERE conrelid IN ('c2'::regclass, 'c3'::regclass) ORDER BY 1, 2;
INSERT INTO c3 VALUES (5);
INSERT INTO c2 VALUES (3, 4, '1999-12-31');
INSERT INTO c2 VALUES (3, 4) RETURNING *;
SELECT constraint_name, check_clause FROM information_schema.check_constraints WHERE constraint_name LIKE 'c2_a_check' ORDER BY 1;
---
CREATE TABLE
CREATE TABLE
c2 | c2_a_check
c2 | c2_a_check1
c2 | c2_a_check2
c2 | c2_check
c2 | c2_d_check
c3 | c2_a_check
c3 | c2_a_check1
c3 | c2_a_check2
c3 | c2_check
c3 | c2_d_check
ERROR 23514: new row for relation "c3" violates check constraint "c2_a_check2"
DETAIL: Failing row contains (5, null, null).
ERROR 23514: new row for relation "c2" violates check constraint "c2_d_check"
DETAIL: Failing row contains (3, 4, 1999-12-31).
3 | 4 | 2020-01-01
INSERT 0 1
c2_a_check | (a > 1)
c2_a_check | (a > 1)

# Words of constraints are names where they stand for columns; NOT begins a condition.
CREATE TABLE c5 (match int, enforced int, "check" int, b bool CHECK (not b), CHECK (not (enforced > 5)), CHECK (not coalesce(b, false)));
INSERT INTO c5 VALUES (1, 6, 1, NULL);
INSERT INTO c5 VALUES (1, 2, 1, true);
INSERT INTO c5 VALUES (1, 2, 1, false);
ALTER TABLE c5 ADD CHECK (not lower('X') = "check"::text) NOT VALID;
DROP TABLE c5;
---
CREATE TABLE
ERROR 23514: new row for relation "c5" violates check constraint "c5_enforced_check"
DETAIL: Failing row contains (1, 6, 1, null).
ERROR 23514: new row for relation "c5" violates check constraint "c5_b_check"
DETAIL: Failing row contains (1, 2, 1, t).
INSERT 0 1
ALTER TABLE
DROP TABLE

# A condition over vectors, arrays and texts; COPY and many rows at once are looked at as one row is.
CREATE TABLE c4 (id int, v vector(2) CHECK (vector_norm(v) < 2), tags text[] CHECK (cardinality(tags) < 3), code text CHECK (code ~ '^[A-Z]+$'));
INSERT INTO c4 VALUES (1, '[1,1]', '{a}', 'AB');
INSERT INTO c4 VALUES (2, '[3,3]', '{a}', 'AB');
INSERT INTO c4 VALUES (2, '[0,0]', '{a,b,c}', 'AB');
INSERT INTO c4 SELECT g, '[0,0]', '{}', CASE WHEN g = 700 THEN 'no' ELSE 'YES' END FROM generate_series(1, 1000) g;
SELECT count(*) FROM c4;
---
CREATE TABLE
INSERT 0 1
ERROR 23514: new row for relation "c4" violates check constraint "c4_v_check"
DETAIL: Failing row contains (2, [3,3], {a}, AB).
ERROR 23514: new row for relation "c4" violates check constraint "c4_tags_check"
DETAIL: Failing row contains (2, [0,0], {a,b,c}, AB).
ERROR 23514: new row for relation "c4" violates check constraint "c4_code_check"
DETAIL: Failing row contains (700, [0,0], {}, no).
1
