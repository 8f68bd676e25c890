# A misspelled column is answered with the one or two columns whose names are nearest, as PostgreSQL counts it.
CREATE TABLE shoes (id int, brand text, "Size" int, ab int);
CREATE TABLE boots (id int, brand text, shaft int);
SELECT brnd FROM shoes;
SELECT s.brnd FROM shoes s;
SELECT "Brand" FROM shoes;
SELECT size FROM shoes;
---
CREATE TABLE
CREATE TABLE
ERROR 42703: column "brnd" does not exist at 8
HINT: Perhaps you meant to reference the column "shoes.brand".
ERROR 42703: column s.brnd does not exist at 8
HINT: Perhaps you meant to reference the column "s.brand".
ERROR 42703: column "Brand" does not exist at 8
HINT: Perhaps you meant to reference the column "shoes.brand".
ERROR 42703: column "size" does not exist at 8
HINT: Perhaps you meant to reference the column "shoes.Size".

# Too far, or half of the name.
SELECT zzzz FROM shoes;
SELECT a FROM shoes;
SELECT ac FROM shoes;
---
ERROR 42703: column "zzzz" does not exist at 8
ERROR 42703: column "a" does not exist at 8
ERROR 42703: column "ac" does not exist at 8
HINT: Perhaps you meant to reference the column "shoes.ab".

# Of several relations; more than two are none.
SELECT shft FROM shoes JOIN boots USING (id);
SELECT brnd FROM shoes a, boots b;
SELECT brnd FROM shoes a, shoes b, boots c;
SELECT a.brnd FROM shoes a, boots b;
---
ERROR 42703: column "shft" does not exist at 8
HINT: Perhaps you meant to reference the column "boots.shaft".
ERROR 42703: column "brnd" does not exist at 8
HINT: Perhaps you meant to reference the column "a.brand" or the column "b.brand".
ERROR 42703: column "brnd" does not exist at 8
ERROR 42703: column a.brnd does not exist at 8
HINT: Perhaps you meant to reference the column "a.brand".

# In every part of a query, of relations around it too.
SELECT 1 FROM shoes GROUP BY brnd;
SELECT (SELECT shft FROM shoes LIMIT 1) FROM boots;
SELECT id FROM shoes s WHERE EXISTS (SELECT FROM boots b WHERE b.brnd = s.brand);
WITH w AS (SELECT 1 AS value) SELECT valu FROM w;
UPDATE shoes SET brand = brnd;
DELETE FROM shoes WHERE brnd = 'x';
INSERT INTO shoes (id) VALUES (1) RETURNING idd;
---
ERROR 42703: column "brnd" does not exist at 30
HINT: Perhaps you meant to reference the column "shoes.brand".
ERROR 42703: column "shft" does not exist at 16
HINT: Perhaps you meant to reference the column "boots.shaft".
ERROR 42703: column b.brnd does not exist at 64
HINT: Perhaps you meant to reference the column "b.brand".
ERROR 42703: column "valu" does not exist at 38
HINT: Perhaps you meant to reference the column "w.value".
ERROR 42703: column "brnd" does not exist at 26
HINT: Perhaps you meant to reference the column "shoes.brand".
ERROR 42703: column "brnd" does not exist at 25
HINT: Perhaps you meant to reference the column "shoes.brand".
ERROR 42703: column "idd" does not exist at 45
HINT: Perhaps you meant to reference the column "shoes.id".
