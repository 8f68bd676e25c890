# A comparison with the elements of an array that is NULL is NULL, whatever computes it.
CREATE TABLE lists (id int PRIMARY KEY, n numeric, a numeric[], i int, b int[]);
INSERT INTO lists VALUES (1, 1.5, '{1,2}', 3, '{1,2}'), (2, 2, NULL, 2, NULL), (3, 2, '{}', 2, '{}'), (4, 2, '{NULL,2}', 2, '{NULL,2}')
---
CREATE TABLE
INSERT 0 4

SELECT id, lead(id) OVER (ORDER BY id), n >= ALL (a), n = ANY (a), n <> ALL (a), i = ANY (b), i <> ALL (b) FROM lists ORDER BY id
---
1 | 2 | f | f | t | f | t
2 | 3 | NULL | NULL | NULL | NULL | NULL
3 | 4 | t | f | t | f | t
4 | NULL | NULL | t | f | t | f

SELECT id, lead(id) OVER (ORDER BY id), n >= ALL (NULL::numeric[]), n = ANY (CASE WHEN id < 4 THEN a END) FROM lists ORDER BY id
---
1 | 2 | NULL | f
2 | 3 | NULL | NULL
3 | 4 | NULL | f
4 | NULL | NULL | NULL

SELECT id, n >= ALL (a), n = ANY (a), n <> ALL (NULL::numeric[]) FROM lists ORDER BY id
---
1 | f | f | NULL
2 | NULL | NULL | NULL
3 | t | f | NULL
4 | NULL | t | NULL

SELECT id, u.* FROM lists, unnest(a) WITH ORDINALITY u ORDER BY id, ordinality
---
1 | 1 | 1
1 | 2 | 2
4 | NULL | 1
4 | 2 | 2
