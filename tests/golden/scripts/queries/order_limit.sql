CREATE TABLE o (id int PRIMARY KEY, g text, p numeric, d date);
INSERT INTO o VALUES (1, 'b', 10.5, '2026-01-02'), (2, 'a', 9.95, '2025-12-31'), (3, 'b', 100, NULL), (4, 'a', NULL, '2026-01-01');
---
CREATE TABLE
INSERT 0 4

SELECT id FROM o ORDER BY g, p;
SELECT id FROM o ORDER BY g DESC, p DESC NULLS LAST;
SELECT id, p FROM o ORDER BY p;
SELECT id FROM o ORDER BY d DESC NULLS LAST;
SELECT id AS key FROM o ORDER BY key DESC;
SELECT g, id FROM o ORDER BY 1, 2 DESC;
SELECT id FROM o ORDER BY -id;
---
2, 4, 1, 3
3, 1, 2, 4
2 | 9.95
1 | 10.5
3 | 100
4 | NULL
1, 4, 2, 3
4, 3, 2, 1
a | 4
a | 2
b | 3
b | 1
4, 3, 2, 1

# LIMIT, OFFSET, FETCH; clauses in any order.
SELECT id FROM o ORDER BY id LIMIT 2;
SELECT id FROM o ORDER BY id OFFSET 3;
SELECT id FROM o ORDER BY id LIMIT 2 OFFSET 1;
SELECT id FROM o LIMIT 2 OFFSET 1 ORDER BY id;
SELECT id FROM o ORDER BY id LIMIT 1 WHERE g = 'b';
SELECT id FROM o ORDER BY id FETCH FIRST 2 ROWS ONLY;
SELECT id FROM o ORDER BY id LIMIT 0;
SELECT id FROM o ORDER BY id LIMIT ALL OFFSET 2;
SELECT id FROM o ORDER BY id LIMIT NULL;
SELECT id FROM o ORDER BY id LIMIT 1 + 1;
SELECT id FROM o LIMIT -1;
SELECT id FROM o OFFSET -1;
SELECT id FROM o LIMIT 'x';
SELECT id FROM o ORDER BY 9;
SELECT id FROM o ORDER BY nope;
DROP TABLE o;
---
1, 2
4
2, 3
2, 3
1
1, 2
(no rows)
3, 4
1, 2, 3, 4
1, 2
ERROR 2201W: LIMIT must not be negative
ERROR 2201X: OFFSET must not be negative
ERROR 22P02: invalid input syntax for type bigint: "x" at 24
ERROR 42P10: ORDER BY position 9 is not in select list at 27
ERROR 42703: column "nope" does not exist at 27
DROP TABLE
