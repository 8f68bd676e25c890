# What stands before a k-NN join is any relation, and what it gives decides how many searches there are.
CREATE TABLE lb_items (id int PRIMARY KEY, kind int, vec vector(2));
INSERT INTO lb_items VALUES (1, 1, '[0,0]'), (2, 1, '[1,0]'), (3, 2, '[5,0]'), (4, 2, '[6,0]'), (5, 1, NULL);
SELECT q.n, s.id FROM unnest('{"[0,0]","[6,0]"}'::vector(2)[]) WITH ORDINALITY AS q(v, n), LATERAL (SELECT id FROM lb_items i ORDER BY i.vec <-> q.v LIMIT 2) s ORDER BY 1, 2;
SELECT q.n, s.id FROM (VALUES (1, '[0,1]'::vector(2)), (2, '[6,1]'), (3, NULL)) AS q(n, v), LATERAL (SELECT id FROM lb_items i WHERE vec IS NOT NULL ORDER BY i.vec <-> q.v, id LIMIT 1) s ORDER BY 1, 2;
SELECT a.id, s.id FROM lb_items a, LATERAL (SELECT b.id FROM lb_items b WHERE b.vec <> a.vec ORDER BY b.vec <-> a.vec LIMIT 1) s ORDER BY 1;
SELECT a.id, s.id, s.d FROM lb_items a LEFT JOIN LATERAL (SELECT b.id, b.vec <-> a.vec AS d FROM lb_items b WHERE b.kind = a.kind + 1 ORDER BY b.vec <-> a.vec LIMIT 1) s ON true ORDER BY 1;
DROP TABLE lb_items;
---
CREATE TABLE
INSERT 0 5
1 | 1
1 | 2
2 | 3
2 | 4
1 | 1
2 | 4
3 | 1
1 | 2
2 | 1
3 | 4
4 | 3
1 | 3 | 5
2 | 3 | 4
3 | NULL | NULL
4 | NULL | NULL
5 | 3 | NULL
DROP TABLE
