# Of equal values that are written differently the first stays; 0 and -0 are such, too.
SELECT '-0'::float8 UNION SELECT 0::float8;
SELECT 0::float4 UNION SELECT '-0'::float4;
SELECT 1.0 UNION SELECT 1.00;
(SELECT 1.00 UNION ALL SELECT 1.0) EXCEPT ALL SELECT 2;
(SELECT 1.00 UNION ALL SELECT 1.0) EXCEPT ALL SELECT 1;
(SELECT 1.00 UNION ALL SELECT 1.0) EXCEPT SELECT 2;
(SELECT 1.00 UNION ALL SELECT 1.0) INTERSECT ALL (SELECT 1 UNION ALL SELECT 1.000);
(VALUES (1, interval '1 mon'), (1, '30 days'), (1, NULL), (1, NULL)) UNION (VALUES (1, interval '1 mon')) ORDER BY 1, 2;
(VALUES (1, '{"a": 1}'::jsonb), (1, '{"a": 1.0}')) EXCEPT (VALUES (1, '{"a": 2}'::jsonb)) ORDER BY 1;
WITH RECURSIVE t(n) AS (SELECT 1::float8 UNION SELECT n + 1 FROM t WHERE n < 4) SELECT * FROM t ORDER BY 1;
---
-0
0
1.0
1.00, 1.00
1.00
1.00
1.00, 1.00
1 | 1 mon
1 | NULL
1 | {"a": 1}
1, 2, 3, 4
