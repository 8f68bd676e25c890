# Operators bind as PostgreSQL's table says; comparisons and their kin do not associate.
SELECT 1 IS NULL = false, 1 = 2 IS NULL, NOT 1 = 2 AND false, true = NOT false, 1 IN (1) = true;
SELECT 1 IN (1, 2)::text, 1 BETWEEN 0 AND 2 = true, true BETWEEN 1 = 2 AND true, 1 = ANY (ARRAY[1]) = true;
SELECT -2 ^ 2, 2 ^ -2, 2 ^ 3 ^ 2, 8 - 4 - 2, 2 * @ -3 + 1, - - 3, 1 + 2 OPERATOR(pg_catalog.*) 3, -2::int2;
SELECT true IS DISTINCT FROM 2 = 1, 1 = 2 IS DISTINCT FROM false, 1 IS NULL IS NULL, 1 = 1 ISNULL;
SELECT 'a' || 'b' LIKE 'a%' AND 'abc' SIMILAR TO 'a%' ESCAPE '#' AND 'a_' LIKE 'a#_' ESCAPE '#';
SELECT timestamp '2020-01-01' AT TIME ZONE 'UTC' AT TIME ZONE 'UTC' = '2020-01-01', 1 = ANY (ARRAY[1]) IS NOT NULL;
SELECT 1 < 2 = true;
SELECT 1 < 2 < 3;
SELECT 1 IS DISTINCT FROM 2 IS NULL;
SELECT 'a' LIKE 'b' LIKE 'c';
SELECT 'a' LIKE 'b' IN (true);
SELECT true = 1 = ANY (ARRAY[1]);
SELECT 1 BETWEEN 0 AND 2 BETWEEN false AND true;
SELECT 1 BETWEEN 0 OR 2;
SELECT 1 BETWEEN 0;
CREATE TABLE defaults (a int DEFAULT 1 + 2 NOT NULL, b text DEFAULT 'x' COLLATE "C", c boolean DEFAULT 1 = 2);
INSERT INTO defaults DEFAULT VALUES;
TABLE defaults;
CREATE TABLE zoned (a timestamp DEFAULT now() AT TIME ZONE 'UTC');
CREATE TABLE listed (a boolean DEFAULT 1 IN (2));
---
t | f | f | t | t
true | t | t | t
4 | 0.25 | 64 | 2 | 4 | 3 | 9 | -2
t | f | f | f
t
t | t
ERROR 42601: syntax error at or near "=" at 14
ERROR 42601: syntax error at or near "<" at 14
ERROR 42601: syntax error at or near "IS" at 29
ERROR 42601: syntax error at or near "LIKE" at 21
ERROR 42601: syntax error at or near "IN" at 21
ERROR 42601: syntax error at or near "=" at 17
ERROR 42601: syntax error at or near "BETWEEN" at 26
ERROR 42601: syntax error at or near "OR" at 20
HINT: expected "*", "::", "=", AND, CMP, DISTINCT FROM, LSQB, MINUS
ERROR 42601: syntax error at end of input at 19
HINT: expected AND
CREATE TABLE
INSERT 0 1
3 | x | f
ERROR 42601: syntax error at or near "AT" at 47
ERROR 42601: syntax error at or near "IN" at 42
HINT: expected ")", ",", CHECK, COLLATE, CONSTRAINT, CONSTRAINT ATTRIBUTE, DEFAULT, GENERATED
