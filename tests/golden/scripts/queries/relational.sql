CREATE TABLE items (id int PRIMARY KEY, brand text, price numeric, vec vector(2));
CREATE TABLE brands (name text PRIMARY KEY, country text);
INSERT INTO items VALUES (1, 'x', 10.50, '[0,0]'), (2, 'y', 20, '[1,0]'), (3, 'x', 30, '[0,2]'), (4, NULL, 5, NULL), (5, 'y', NULL, '[3,3]');
INSERT INTO brands VALUES ('x', 'DE'), ('y', 'FR'), ('z', 'IT');
---
CREATE TABLE
CREATE TABLE
INSERT 0 5
INSERT 0 3

# Expressions without a table.
SELECT 1;
[header] SELECT 1 + 1 AS two, 7 / 2 AS whole, 7.0 / 2 AS part, 'a' || 'b' AS text, NULL AS nothing;
SELECT '3'::int * 2, CAST('2026-01-31' AS date) + 1, upper('x'), coalesce(NULL, 5);
SELECT CASE WHEN 1 > 2 THEN 'a' ELSE 'b' END;
SELECT 1 / 0;
VALUES (1, 'a'), (2, 'b');
---
1
two integer | whole integer | part numeric | text text | nothing text
2 | 3 | 3.5000000000000000 | ab | NULL
6 | 2026-02-01 | X | 5
b
ERROR 22012: division by zero
1 | a
2 | b

# Aggregates.
[header] SELECT count(*), count(price), sum(price), min(price), max(brand) FROM items;
SELECT brand, count(*) FROM items GROUP BY brand ORDER BY brand;
SELECT brand, count(*) AS n FROM items GROUP BY 1 HAVING count(*) > 1 ORDER BY n, 1;
SELECT count(DISTINCT brand) FROM items;
SELECT sum(id) FROM items WHERE id > 99;
SELECT brand FROM items GROUP BY price;
SELECT DISTINCT brand FROM items ORDER BY brand;
---
count bigint | count bigint | sum numeric | min numeric | max text
5 | 4 | 65.50 | 5 | y
x | 2
y | 2
NULL | 1
x | 2
y | 2
2
NULL
ERROR 42803: column "items.brand" must appear in the GROUP BY clause or be used in an aggregate function at 8
x, y, NULL

# Joins.
SELECT i.id, b.country FROM items i JOIN brands b ON i.brand = b.name ORDER BY i.id;
SELECT b.name, i.id FROM brands b LEFT JOIN items i ON i.brand = b.name ORDER BY b.name, i.id;
SELECT a.id, b.id FROM items a, items b WHERE a.id < b.id AND a.brand = b.brand ORDER BY 1, 2;
SELECT name FROM brands JOIN items USING (name);
SELECT id FROM items i JOIN brands b ON i.brand = b.name WHERE nope = 1;
---
1 | DE
2 | FR
3 | DE
5 | FR
x | 1
x | 3
y | 2
y | 5
z | NULL
1 | 3
2 | 5
ERROR 42703: column "name" specified in USING clause does not exist in right table
ERROR 42703: column "nope" does not exist at 64
HINT: Perhaps you meant to reference the column "b.name".

# Subqueries, CTEs, set operations, windows.
SELECT id FROM items WHERE brand IN (SELECT name FROM brands WHERE country = 'FR') ORDER BY id;
SELECT id FROM items i WHERE EXISTS (SELECT 1 FROM brands b WHERE b.name = i.brand) ORDER BY id;
SELECT id, (SELECT country FROM brands WHERE name = brand) FROM items ORDER BY id;
WITH dear AS (SELECT * FROM items WHERE price > 10) SELECT brand, count(*) FROM dear GROUP BY brand ORDER BY brand;
SELECT brand FROM items UNION SELECT name FROM brands ORDER BY 1;
SELECT id, row_number() OVER (PARTITION BY brand ORDER BY id DESC) FROM items WHERE brand IS NOT NULL ORDER BY id;
---
2, 5
1, 2, 3, 5
1 | DE
2 | FR
3 | DE
4 | NULL
5 | FR
x | 2
y | 1
x, y, z, NULL
1 | 2
2 | 2
3 | 1
5 | 1

# Vector blocks inside run as they do alone.
SELECT n.id, b.country FROM (SELECT id, brand FROM items ORDER BY vec <-> '[0,0]' LIMIT 3) n JOIN brands b ON b.name = n.brand ORDER BY n.id;
WITH near AS (SELECT id, brand, vec <-> '[0,0]' AS d FROM items ORDER BY d LIMIT 2) SELECT brand, count(*), min(d) FROM near GROUP BY brand ORDER BY brand;
SELECT avg(vec <-> '[0,0]') FROM items;
SELECT id, upper(brand) FROM items ORDER BY vec <-> '[0,0]' LIMIT 2;
SELECT id FROM items ORDER BY vec <-> '[0,0]' LIMIT 3 WHERE length(brand) = 1;
---
1 | DE
2 | FR
3 | DE
x | 1 | 0
y | 1 | 1
1.8106601717798212
1 | X
2 | Y
1, 2, 3

# A table beside its own past.
[moment] before;
UPDATE items SET price = 11 WHERE id = 1;
SELECT new.id, old.price, new.price FROM items AS OF $before AS old JOIN items AS new ON new.id = old.id WHERE old.price <> new.price;
SELECT sum(price) FROM items AS OF $before;
SELECT sum(price) FROM items;
---
UPDATE 1
1 | 10.50 | 11
65.50
66

# Inside a transaction its own changes are seen.
BEGIN;
DELETE FROM items WHERE brand = 'x';
SELECT brand, count(*) FROM items GROUP BY brand ORDER BY brand;
ROLLBACK;
SELECT count(*) FROM items;
---
BEGIN
DELETE 2
y | 2
NULL | 1
ROLLBACK
5

# Changes may read other tables.
INSERT INTO items (id, brand) SELECT 10 + length(country), name FROM brands WHERE name = 'z';
UPDATE items SET brand = upper(brand) WHERE id = 12 RETURNING brand;
DELETE FROM items WHERE brand IN (SELECT upper(name) FROM brands) RETURNING id;
DROP TABLE items, brands;
---
INSERT 0 1
Z
UPDATE 1
12
DELETE 1
DROP TABLE
