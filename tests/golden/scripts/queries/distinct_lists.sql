# What an aggregate makes of distinct values is in their order, where it says no other.
CREATE TABLE x (id int PRIMARY KEY, s text);
INSERT INTO x VALUES (1, 'b'), (2, 'a'), (3, 'b'), (4, NULL), (5, 'C');
SELECT array_agg(DISTINCT s), string_agg(DISTINCT s, ','), json_agg(DISTINCT s), jsonb_agg(DISTINCT id % 2), array_agg(DISTINCT id % 3) FILTER (WHERE id > 1) FROM x;
SELECT array_agg(DISTINCT s ORDER BY s DESC), string_agg(DISTINCT s, ',' ORDER BY s) FROM x;
SELECT id % 2 AS odd, array_agg(DISTINCT s) FROM x GROUP BY odd ORDER BY odd;
SELECT array_agg(DISTINCT row(id % 2, s)), array_agg(DISTINCT array[id % 2]), array_agg(DISTINCT (id % 2)::numeric), array_agg(DISTINCT s::char(3)) FROM x;
SELECT array_agg(DISTINCT v) FROM unnest('{3,1,2,3}'::int[]) v;
SELECT range_agg(DISTINCT int4range(id, id + 2)), count(DISTINCT s), sum(DISTINCT id) FROM x;
SELECT array_agg(DISTINCT i % 1000) = array_agg(DISTINCT i % 1000 ORDER BY i % 1000) FROM generate_series(5000, 1, -1) i;
---
CREATE TABLE
INSERT 0 5
{C,a,b,NULL} | C,a,b | ["C", "a", "b", null] | [0, 1] | {0,1,2}
{NULL,b,a,C} | C,a,b
0 | {a,NULL}
1 | {C,b}
{"(0,a)","(0,)","(1,C)","(1,b)"} | {{0},{1}} | {0,1} | {"C  ","a  ","b  ",NULL}
{1,2,3}
{[1,7)} | 3 | 15
t
