# RETURNING gives bit strings of several lengths where their type has none.
CREATE TABLE rbi (id int PRIMARY KEY, b bit(4), f float8);
INSERT INTO rbi VALUES (1, NULL, 1), (2, B'0000', 2), (3, NULL, 3);
UPDATE rbi SET f = rbi.f FROM rbi AS s WHERE rbi.id = s.id RETURNING coalesce(s.b, '1111'::bit);
UPDATE rbi SET f = f RETURNING coalesce(b, '1111'::bit), CASE WHEN id = 1 THEN NULL ELSE b || b END;
INSERT INTO rbi VALUES (4, B'0101', 1), (5, NULL, 1) RETURNING coalesce(b, '11'::bit(2));
DELETE FROM rbi RETURNING id, coalesce(b, '1111'::bit);
---
CREATE TABLE
INSERT 0 3
1
0000
1
UPDATE 3
1 | NULL
0000 | 00000000
1 | NULL
UPDATE 3
0101
11
INSERT 0 2
1 | 1
2 | 0000
3 | 1
4 | 0101
5 | 1
DELETE 5
