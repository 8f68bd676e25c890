# Fields of elements: an element of an array of rows has fields without parentheses.
CREATE TYPE foe_line AS (street text, zip int);
CREATE TABLE foe (id int, a foe_line, b foe_line[], c int[]);
INSERT INTO foe VALUES (1, ('x', 1), ARRAY[('y', 2)::foe_line, ('z', 3)::foe_line], '{{1,2},{3,4}}') RETURNING b[1].street, (a).zip;
SELECT b[1].street, foe.b[2].zip, (b)[2].zip, (foe.b)[1].street, b[id].zip, (b[1]).zip + 1, b[1].* FROM foe;
SELECT b[1].street s FROM foe WHERE b[1].zip = 2 ORDER BY b[2].zip;
SELECT (SELECT b FROM foe)[1].zip, b[3].street IS NULL FROM foe;
SELECT b[1].nope FROM foe;
SELECT c[1].nope FROM foe;
UPDATE foe SET b[1].zip = b[1].zip + 10, a.zip = b[2].zip RETURNING a, b;
---
CREATE TYPE
CREATE TABLE
y | 1
INSERT 0 1
y | 3 | 3 | y | 2 | 3 | y | 2
y
2 | t
ERROR 42703: column "nope" not found in data type foe_line at 8
ERROR 42809: column notation .nope applied to type integer, which is not a composite type at 8
(x,3) | {"(y,12)","(z,3)"}
UPDATE 1
