# Rows order field by field, also inside of arrays and of other rows.

SELECT a FROM (VALUES (ARRAY[(2, 'b'), (1, 'a')]), (ARRAY[(1, 'c')]), (ARRAY[(2, 'a')]), (NULL)) x(a) ORDER BY a
---
{"(1,c)"}, {"(2,a)"}, {"(2,b)","(1,a)"}, NULL

SELECT a FROM (VALUES (((2, 'b'), 1)), (((1, 'c'), NULL)), (((1, 'c'), 5))) x(a) ORDER BY a DESC
---
("(2,b)",1), ("(1,c)",), ("(1,c)",5)

SELECT DISTINCT ARRAY[(n % 2, 'x')] FROM generate_series(1, 4) AS n ORDER BY 1
---
{"(0,x)"}, {"(1,x)"}

SELECT count(*) FROM generate_series(1, 4) AS n GROUP BY ARRAY[((n % 3, 1), 2)] ORDER BY 1
---
1, 1, 2
