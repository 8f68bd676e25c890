# A select list has as many columns as PostgreSQL's may have: `*` of joins of themselves doubles them each time.

WITH a AS (SELECT 1, 2, 3), b AS (SELECT * FROM a, a a2), c AS (SELECT * FROM b, b b2), d AS (SELECT * FROM c, c c2), e AS (SELECT * FROM d, d d2), f AS (SELECT * FROM e, e e2), g AS (SELECT * FROM f, f f2), h AS (SELECT * FROM g, g g2), i AS (SELECT * FROM h, h h2), j AS (SELECT * FROM i, i i2), k AS (SELECT * FROM j, j j2), l AS (SELECT * FROM k, k k2), m AS (SELECT * FROM l, l l2), n AS (SELECT * FROM m, m m2) SELECT count(*) FROM n
---
ERROR 54011: target lists can have at most 1664 entries

WITH a AS (SELECT 1, 2, 3), b AS (SELECT * FROM a, a a2), c AS (SELECT * FROM b, b b2), d AS (SELECT * FROM c, c c2) SELECT count(*) FROM d
---
1
