# A minus sign before a number is the constant's own; operators before their operand may stand in operands of others.
SELECT -2147483648, -2147483649, -9223372036854775808, -9223372036854775809, - 2147483648, -(2147483648), - -2147483648;
SELECT pg_typeof(-2147483648), pg_typeof(-2147483649), pg_typeof(-9223372036854775808), pg_typeof(- -2147483648), pg_typeof(-2147483648::int8);
SELECT -2147483648 / 2, -2147483648 * 1.0, -0.0, - 0.00, -0;
SELECT -2147483648 - 1;
SELECT pg_typeof(-2147483648), 3;
SELECT pg_typeof(-2147483647), 4;
CREATE TABLE least (id int PRIMARY KEY, b bigint DEFAULT -9223372036854775808, n numeric DEFAULT -0.5);
INSERT INTO least VALUES (-2147483648, -9223372036854775808, -0.0), (-2147483647, -1, -1.50), (0, 2147483648, - -2);
SELECT * FROM least WHERE id = -2147483648;
SELECT id FROM least WHERE id > -2147483648 AND n > -2 ORDER BY -id;
SELECT b - -2147483648, pg_typeof(b + -2147483648), n * -1 FROM least WHERE id < 0 ORDER BY id;
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'least'::regclass ORDER BY adnum;
SELECT id FROM least ORDER BY -1;
SELECT 3 * @ -5, 3 + @ -5, - @ - 3, 2 * |/ 4.0, 3 * ~ 5, 2 ^ @ -3;
SELECT 2 * @ -5 + 1, 2 * @ - 5 * 3 - 1, 1 - @ -5 - 2, 1 + 2 * @ -3 * 4, 2 ^ |/ 4.0 * 2;
SELECT 'a' || @ -5 || 'b', 3 * @ -5 = 15, 3 * @ -5 BETWEEN @ -14 AND 16, 1 + ~ 5 & 3;
SELECT -5 !=-3;
SELECT id, 1 - @ n FROM least WHERE 2 * @ n > 1 - @ -0.5 ORDER BY 1;
DROP TABLE least;
---
-2147483648 | -2147483649 | -9223372036854775808 | -9223372036854775809 | -2147483648 | -2147483648 | 2147483648
integer | bigint | bigint | bigint | bigint
-1073741824 | -2147483648.0 | 0.0 | 0.00 | 0
ERROR 22003: integer out of range
integer | 3
integer | 4
CREATE TABLE
INSERT 0 3
-2147483648 | -9223372036854775808 | 0.0
0, -2147483647
ERROR 22003: bigint out of range
'-9223372036854775808'::bigint, '-0.5'::numeric
ERROR 42P10: ORDER BY position -1 is not in select list at 31
15 | 8 | -3 | 4 | -18 | 8
8 | 32 | -6 | 25 | 7.102993301316016
a5b | t | t | 3
ERROR 42883: operator does not exist: integer !=- integer at 11
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
-2147483647 | -0.50
0 | -1
DROP TABLE
