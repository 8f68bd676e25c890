# Joins run in DuckDB, over the rows that the conditions on each table leave.
CREATE TABLE shoes (id int PRIMARY KEY, brand text);
CREATE TABLE brands (name text PRIMARY KEY, country text);
INSERT INTO shoes VALUES (1, 'x'), (2, 'y'), (3, 'x');
INSERT INTO brands VALUES ('x', 'FR'), ('y', 'IT');
[plan] SELECT s.id, b.country FROM shoes s JOIN brands b ON b.name = s.brand WHERE b.country = 'FR' ORDER BY s.id;
[plan] SELECT b.name, count(*) FROM brands b LEFT JOIN shoes s ON s.brand = b.name GROUP BY b.name ORDER BY 1;
DROP TABLE shoes;
DROP TABLE brands;
---
CREATE TABLE
CREATE TABLE
INSERT 0 3
INSERT 0 2
> Relational (tuples or DuckDB)
>   By Tuples: up to 2000 rows gone through
1 | FR
3 | FR
> Relational (tuples or DuckDB)
>   By Tuples: up to 2000 rows gone through
x | 2
y | 1
DROP TABLE
DROP TABLE
