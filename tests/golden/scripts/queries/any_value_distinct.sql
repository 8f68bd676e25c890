# any_value(DISTINCT x) is the first in the order of its values.
CREATE TABLE avd (i int, t text, n numeric, j jsonb, d date, v interval, arr int[], e float8);
INSERT INTO avd VALUES (3, 'b', 1.50, '{"a":1}', '2020-01-02', '1 day', '{2}', 1), (1, 'a', 1.4, '[1]', '2020-01-01', '23:00', '{1}', 'NaN'), (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT any_value(DISTINCT i), any_value(DISTINCT t), any_value(DISTINCT n), any_value(DISTINCT j), any_value(DISTINCT d), any_value(DISTINCT v), any_value(DISTINCT arr), any_value(DISTINCT e) FROM avd;
SELECT any_value(DISTINCT i), any_value(DISTINCT t), any_value(DISTINCT n), any_value(DISTINCT j), any_value(DISTINCT d), any_value(DISTINCT v), any_value(DISTINCT arr), any_value(DISTINCT e) FROM avd, generate_series(1, 3000);
SELECT any_value(DISTINCT i ORDER BY i DESC), any_value(DISTINCT i) FILTER (WHERE i > 1), any_value(DISTINCT i) FILTER (WHERE false) FROM avd;
SELECT t, any_value(DISTINCT n), any_value(DISTINCT i) FROM avd GROUP BY ROLLUP (t) ORDER BY t, 2;
SELECT any_value(DISTINCT i ORDER BY t) FROM avd;
DROP TABLE avd;
---
CREATE TABLE
INSERT 0 3
1 | a | 1.4 | [1] | 2020-01-01 | 23:00:00 | {1} | 1
1 | a | 1.4 | [1] | 2020-01-01 | 23:00:00 | {1} | 1
3 | 3 | NULL
a | 1.4 | 1
b | 1.50 | 3
NULL | 1.4 | 1
NULL | NULL | NULL
ERROR 42P10: in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list at 38
DROP TABLE
