CREATE TABLE c (id int PRIMARY KEY, brand text, price float8, vec vector(2));
INSERT INTO c VALUES (1, 'x', 1.5, '[1,2]'), (2, 'y', 2, NULL), (3, NULL, NULL, '[0,0]');
---
CREATE TABLE
INSERT 0 3

# INSERT: column lists, RETURNING, SELECT as source, keys that exist.
INSERT INTO c (id) VALUES (4) RETURNING id, brand;
INSERT INTO c (price, id) SELECT price, id FROM c WHERE id = 99;
INSERT INTO c (id, brand) SELECT 10, brand FROM c WHERE id = 1;
INSERT INTO c VALUES (1);
INSERT INTO c VALUES (20), (20);
INSERT INTO c (id) VALUES (NULL);
INSERT INTO c (id, nope) VALUES (1, 2);
INSERT INTO c (id, brand) VALUES (1);
INSERT INTO c (id) VALUES (1, 2);
---
4 | NULL
INSERT 0 1
INSERT 0 0
INSERT 0 1
ERROR 23505: duplicate key value violates unique constraint "c_pkey"
DETAIL: Key (id)=(1) already exists.
ERROR 23505: duplicate key value violates unique constraint "c_pkey"
DETAIL: Key (id)=(20) already exists.
ERROR 23502: null value in column "id" of relation "c" violates not-null constraint
DETAIL: Failing row contains (null, null, null, null).
ERROR 42703: column "nope" of relation "c" does not exist at 20
ERROR 42601: INSERT has more target columns than expressions at 20
ERROR 42601: INSERT has more expressions than target columns at 31

# ON CONFLICT.
INSERT INTO c (id, brand) VALUES (1, 'other'), (5, 'five') ON CONFLICT DO NOTHING;
INSERT INTO c (id, brand) VALUES (1, 'new'), (6, 'six') ON CONFLICT (id) DO UPDATE SET brand = EXCLUDED.brand;
SELECT id, brand, price FROM c ORDER BY id;
---
INSERT 0 1
INSERT 0 2
1 | new | 1.5
2 | y | 2
3 | NULL | NULL
4 | NULL | NULL
5 | five | NULL
6 | six | NULL
10 | x | NULL

# UPDATE: by key, by predicate, of the key, from the row itself.
UPDATE c SET price = price * 2 WHERE id = 1 RETURNING price;
UPDATE c SET brand = NULL, price = 0 WHERE brand LIKE '_i%';
UPDATE c SET id = 100 WHERE id = 10;
UPDATE c SET id = 1 WHERE id = 2;
UPDATE c SET vec = '[3,4]' WHERE vec IS NULL;
UPDATE c SET vec = '[3]' WHERE id = 1;
UPDATE c SET nope = 1;
SELECT * FROM c ORDER BY id;
---
3
UPDATE 1
UPDATE 2
UPDATE 1
ERROR 23505: duplicate key value violates unique constraint "c_pkey"
DETAIL: Key (id)=(1) already exists.
UPDATE 5
ERROR 22000: expected 2 dimensions, not 1
ERROR 42703: column "nope" of relation "c" does not exist at 14
1 | new | 3 | [1,2]
2 | y | 2 | [3,4]
3 | NULL | NULL | [0,0]
4 | NULL | NULL | [3,4]
5 | NULL | 0 | [3,4]
6 | NULL | 0 | [3,4]
100 | x | NULL | [3,4]

# DELETE.
DELETE FROM c WHERE id = 100 RETURNING *;
DELETE FROM c WHERE price > 1000;
DELETE FROM c WHERE price = 0 OR id = 4;
SELECT id FROM c ORDER BY id;
DELETE FROM c;
SELECT id FROM c;
---
100 | x | NULL | [3,4]
DELETE 1
DELETE 0
DELETE 3
1, 2, 3
DELETE 3
(no rows)

# A key may be used again.
INSERT INTO c (id) VALUES (1);
DROP TABLE c;
---
INSERT 0 1
DROP TABLE
