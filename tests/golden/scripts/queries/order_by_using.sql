# ORDER BY ... USING takes the operators that order.
CREATE TABLE obu (a int, b text);
INSERT INTO obu VALUES (1, 'a'), (2, 'b'), (NULL, 'c');
SELECT a FROM obu ORDER BY a USING <;
SELECT a FROM obu ORDER BY a USING > NULLS LAST;
SELECT array_agg(b ORDER BY b USING OPERATOR(pg_catalog.>)) FROM obu;
SELECT a FROM obu ORDER BY a USING <=;
SELECT a FROM obu ORDER BY a USING > DESC;
DROP TABLE obu;
---
CREATE TABLE
INSERT 0 3
1, 2, NULL
2, 1, NULL
{c,b,a}
ERROR 42809: operator <= is not a valid ordering operator at 36
HINT: Ordering operators must be "<" or ">" members of btree operator families.
ERROR 42601: syntax error at or near "DESC" at 38
DROP TABLE
