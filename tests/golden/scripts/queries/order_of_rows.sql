# Rows order field by field, also inside of arrays and of other rows.

SELECT a FROM (VALUES (ARRAY[(2, 4), (1, 3)]), (ARRAY[(1, 5)]), (ARRAY[(2, 3)]), (NULL)) x(a) ORDER BY a
---
{"(1,5)"}, {"(2,3)"}, {"(2,4)","(1,3)"}, NULL

SELECT a FROM (VALUES (((2, 4), 1)), (((1, 5), NULL::int)), (((1, 5), 5))) x(a) ORDER BY a DESC
---
("(2,4)",1), ("(1,5)",), ("(1,5)",5)

SELECT DISTINCT ARRAY[(n % 2, 7)] FROM generate_series(1, 4) AS n ORDER BY 1
---
{"(0,7)"}, {"(1,7)"}

SELECT count(*) FROM generate_series(1, 4) AS n GROUP BY ARRAY[((n % 3, 1), 2)] ORDER BY 1
---
1, 1, 2
