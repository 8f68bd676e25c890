# What stands before a k-NN join is asked for twice, for its keys and for its rows: rows that would be others then are not.
CREATE TABLE near (id int PRIMARY KEY, v vector(2));
CREATE TABLE asked (id int PRIMARY KEY, v vector(2));
INSERT INTO near VALUES (1, '[1,2]'), (2, '[3,4]'), (3, '[5,5]'), (4, NULL);
INSERT INTO asked VALUES (1, '[1,1]'), (2, '[5,4]'), (3, NULL)
---
CREATE TABLE
CREATE TABLE
INSERT 0 4
INSERT 0 3

SELECT a.id, s.id FROM (SELECT random() AS r, id, v FROM asked WHERE id < 3) a, LATERAL (SELECT id FROM near n WHERE n.id > a.r ORDER BY n.v <-> a.v LIMIT 1) s ORDER BY 1
---
1 | 1
2 | 3

WITH a AS (SELECT random() AS r, id, v FROM asked) SELECT a.id, s.id FROM a, LATERAL (SELECT id FROM near n WHERE n.id > a.r ORDER BY n.v <-> a.v, id LIMIT 1) s ORDER BY 1
---
1 | 1
2 | 3
3 | 1

SELECT count(*) FROM (SELECT random() AS r, array[g, 1]::real[]::vector(2) AS v FROM generate_series(1, 2049) g) a, LATERAL (SELECT id FROM near n WHERE n.id > a.r ORDER BY n.v <-> a.v LIMIT 2) s
---
4098

SELECT a.id, s.id, a.r IS NULL FROM (SELECT random() AS r, id, v FROM asked) a LEFT JOIN LATERAL (SELECT id FROM near n WHERE n.id > a.r + 5 ORDER BY n.v <-> a.v LIMIT 1) s ON true ORDER BY 1
---
1 | NULL | f
2 | NULL | f
3 | NULL | f

SELECT a.id, s.id, random() < 2 FROM asked a, LATERAL (SELECT id FROM near n WHERE n.id >= a.id ORDER BY n.v <-> a.v, id LIMIT 1) s ORDER BY 1
---
1 | 1 | t
2 | 3 | t
3 | 3 | t
