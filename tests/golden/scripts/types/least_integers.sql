# The least integers are of their types in DuckDB, too.
CREATE TABLE lei (id int, x int2, y int8);
INSERT INTO lei SELECT g, g, g FROM generate_series(1, 3) g;
SELECT stddev_pop('-2147483648'::int4) OVER (ORDER BY id) FROM lei;
SELECT (x >> NULLIF('-2147483648'::int4, lei.id)) FROM lei FULL JOIN lei b ON lei.id = b.id;
SELECT stddev_pop('-9223372036854775808'::int8) OVER (ORDER BY id), stddev_pop('-32768'::int2) OVER (ORDER BY id) FROM lei;
SELECT y | NULLIF('-9223372036854775808'::int8, lei.id), x # NULLIF('-32768'::int2, lei.x) FROM lei FULL JOIN lei b ON lei.id = b.id;
SELECT gcd(y, '-9223372036854775808'::int8 + lei.id) FROM lei FULL JOIN lei b ON lei.id = b.id;
SELECT max('-9223372036854775808'::int8) OVER (ORDER BY id), to_hex(NULLIF('-2147483648'::int4, lei.id)) FROM lei;
SELECT array_agg('-2147483648'::int4) OVER (ORDER BY id), ARRAY['-2147483648'::int4, id] FROM lei;
SELECT -2147483648 + id, sum(-2147483648) OVER (ORDER BY id) FROM lei;
DROP TABLE lei;
---
CREATE TABLE
INSERT 0 3
0, 0, 0
ERROR 42702: column reference "x" is ambiguous at 9
0 | 0
0 | 0
0 | 0
ERROR 42702: column reference "y" is ambiguous at 8
ERROR 42702: column reference "y" is ambiguous at 12
-9223372036854775808 | 80000000
-9223372036854775808 | 80000000
-9223372036854775808 | 80000000
{-2147483648} | {-2147483648,1}
{-2147483648,-2147483648} | {-2147483648,2}
{-2147483648,-2147483648,-2147483648} | {-2147483648,3}
-2147483647 | -2147483648
-2147483646 | -4294967296
-2147483645 | -6442450944
DROP TABLE
