# What leaves the range of its type is refused by the type's name, natively and by DuckDB.
SELECT abs((-32768)::smallint);
SELECT abs((-9223372036854775808)::bigint);
SELECT (-2147483648)::int / (-1)::int;
SELECT 1e300::float8::real;
CREATE TABLE t (id int PRIMARY KEY, n numeric(8,4), f float8, s smallint);
INSERT INTO t VALUES (1, 2.9, 5.5, 32767), (2, 1.5, 1e308, -2);
SELECT id, n * f, n + 1, n / 3 FROM t WHERE n * 2 > 5;
SELECT s + s FROM t WHERE id = 1;
SELECT f * 10 FROM t WHERE id = 2;
UPDATE t SET n = n * f WHERE id = 1 RETURNING n;
UPDATE t SET n = n * f WHERE id = 2;
UPDATE t SET n = true;
INSERT INTO t VALUES (3, 0x1F, '1e400', 1_000);
INSERT INTO t VALUES (3, 0x1F, 1, 1_000) RETURNING n, s;
---
ERROR 22003: smallint out of range
ERROR 22003: bigint out of range
ERROR 22003: integer out of range
ERROR 22003: value out of range: overflow
CREATE TABLE
INSERT 0 2
1 | 15.95 | 3.9000 | 0.96666666666666666667
ERROR 22003: smallint out of range
ERROR 22003: value out of range: overflow
15.9500
UPDATE 1
ERROR 22003: numeric field overflow
DETAIL: A field with precision 8, scale 4 must round to an absolute value less than 10^4.
ERROR 42804: column "n" is of type numeric but expression is of type boolean at 18
HINT: You will need to rewrite or cast the expression.
ERROR 22003: "1e400" is out of range for type double precision at 32
31.0000 | 1000
INSERT 0 1
