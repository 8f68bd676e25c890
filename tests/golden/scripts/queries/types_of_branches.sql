# A query within a set operation compares its rows as they are; they become the other branch's type behind that.
CREATE TABLE nums (a bigint, f float8, c char(5), t text);
INSERT INTO nums VALUES (9007199254740993, 1.5, 'ab', 'ab'), (9007199254740992, 2.5, 'cd', 'cd ');
SELECT 1.5::float8 UNION ALL (SELECT 9007199254740993 EXCEPT SELECT 9007199254740992) ORDER BY 1;
SELECT f FROM nums UNION ALL (SELECT a FROM nums UNION SELECT 9007199254740992) ORDER BY 1;
SELECT f FROM nums UNION ALL (SELECT DISTINCT a FROM nums) ORDER BY 1;
SELECT f FROM nums UNION ALL (SELECT a FROM nums ORDER BY a DESC LIMIT 1) ORDER BY 1;
SELECT t FROM nums UNION ALL (SELECT c FROM nums INTERSECT SELECT 'ab  '::char(6)) ORDER BY 1;
SELECT NULL::macaddr UNION ALL (SELECT '08:00:2b:01:02:03:04:05'::macaddr8 EXCEPT SELECT '08:00:2b:01:02:03:04:05');
SELECT x, pg_typeof(x) FROM ((SELECT 16777217 UNION SELECT 16777216) UNION ALL SELECT 1::real) t(x) ORDER BY 1;
SELECT 1.5 UNION ALL (SELECT DISTINCT 'NaN') ORDER BY 1;
SELECT 1.5 UNION ALL (SELECT 'NaN', 1 LIMIT 1) ORDER BY 1;
SELECT 1.5, 2 UNION ALL (SELECT 'NaN', '3' ORDER BY 1 LIMIT 1) ORDER BY 1;
SELECT 1, 2 UNION ALL (SELECT '5', '3' ORDER BY 2 LIMIT 1);
SELECT 1, 2 UNION ALL (SELECT '5', '3' ORDER BY 2 + 0 LIMIT 1);
SELECT 1 UNION SELECT 1, 2;
VALUES (1) UNION VALUES (1, 2);
SELECT 1 UNION VALUES (1, 2);
# What is wrong is said where the query says it.
SELECT 1, 2 UNION SELECT 2, true;
SELECT 1 UNION SELECT * FROM (VALUES (true)) t(x);
SELECT 1, 2 UNION SELECT 3, 4 INTERSECT SELECT 2, true;
SELECT 1 UNION ALL (SELECT NULL UNION SELECT NULL);
# Literals are read where nothing asks for them, too.
SELECT CASE WHEN TRUE THEN 1 ELSE 'x'::int END;
SELECT CASE WHEN FALSE THEN 'x' ELSE 1 END;
SELECT coalesce(1, '99999999999'::int) FROM nums;
SELECT TRUE OR 'x'::int = 1;
SELECT CASE WHEN FALSE THEN 'x'::text::int ELSE 1 END;
SELECT TRUE OR 1 / 0 = 1;
# A vector that is NULL has no dimensions that could differ.
CREATE TABLE bits (id int, b bit(4));
INSERT INTO bits VALUES (1, '0101'), (2, NULL);
SELECT NULLIF('0'::bit, '0'::bit) <~> b FROM bits ORDER BY id;
# Addresses are read as PostgreSQL's scanf reads them.
SELECT '0x1:2:3:4:5:6'::macaddr, '1 2 3 4 5 6'::macaddr, '0x0x0x0x0x0x'::macaddr, '+1:2:3:4:5:6'::macaddr;
SELECT '123456789'::macaddr;
SELECT '2020-02-29'::macaddr;
SELECT '100:2:3:4:5:6'::macaddr;
---
CREATE TABLE
INSERT 0 2
1.5, 9.007199254740992e+15
1.5, 2.5, 9.007199254740992e+15, 9.007199254740992e+15
1.5, 2.5, 9.007199254740992e+15, 9.007199254740992e+15
1.5, 2.5, 9.007199254740992e+15
ab, ab, cd 
NULL
1 | real
1.6777216e+07 | real
1.6777216e+07 | real
ERROR 42804: UNION types numeric and text cannot be matched at 39
ERROR 42601: each UNION query must have the same number of columns at 30
ERROR 42804: UNION types numeric and text cannot be matched at 33
ERROR 42804: UNION types integer and text cannot be matched at 36
1 | 2
5 | 3
ERROR 42601: each UNION query must have the same number of columns at 23
ERROR 42601: each UNION query must have the same number of columns
ERROR 42601: each UNION query must have the same number of columns
ERROR 42804: UNION types integer and boolean cannot be matched at 29
ERROR 42804: UNION types integer and boolean cannot be matched at 23
ERROR 42804: INTERSECT types integer and boolean cannot be matched at 51
ERROR 42804: UNION types integer and text cannot be matched at 28
ERROR 22P02: invalid input syntax for type integer: "x" at 35
ERROR 22P02: invalid input syntax for type integer: "x" at 29
ERROR 22003: value "99999999999" is out of range for type integer at 20
ERROR 22P02: invalid input syntax for type integer: "x" at 16
1
t
CREATE TABLE
INSERT 0 2
NULL, NULL
01:02:03:04:05:06 | 01:02:03:04:05:06 | 00:00:00:00:00:00 | 01:02:03:04:05:06
ERROR 22P02: invalid input syntax for type macaddr: "123456789" at 8
ERROR 22003: invalid octet value in "macaddr" value: "2020-02-29" at 8
ERROR 22003: invalid octet value in "macaddr" value: "100:2:3:4:5:6" at 8
