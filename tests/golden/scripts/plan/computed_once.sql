# Values that no row changes are computed once: rows are found by them as by constants.
CREATE TABLE events (id int PRIMARY KEY, name text, at timestamptz, kind int, v vector(2));
INSERT INTO events SELECT g, 'n' || g, '2024-01-01 00:00:00+00'::timestamptz + g * interval '1 hour', g % 3, ARRAY[g, 0]::real[]::vector FROM generate_series(1, 40) g;
CREATE INDEX ON events (name);
CREATE INDEX ON events (at);
SELECT id FROM events WHERE name = lower('N12');
SELECT id FROM events WHERE lower('N12') = name;
SELECT id FROM events WHERE id = abs(-7);
SELECT id FROM events WHERE id IN (abs(-7), 3, length('four')) ORDER BY id;
SELECT id FROM events WHERE id = ANY (string_to_array('1,2,3', ',')::int[]) ORDER BY id;
SELECT id FROM events WHERE at > date_trunc('day', '2024-01-02 12:00:00+00'::timestamptz) + interval '15 hours' ORDER BY id;
SELECT count(*) FROM events WHERE at < now() - interval '1 day';
SELECT id FROM events WHERE id BETWEEN length('abc') AND greatest(4, 5) ORDER BY id;
SELECT id FROM events WHERE kind + abs(-1) = 3 AND id < 9 ORDER BY id;
SELECT id, upper('x'), now() IS NULL FROM events WHERE id = 1;
SELECT id FROM events WHERE name = NULLIF('n1', 'n1');
SELECT id FROM events WHERE id = CASE WHEN 'a' < 'b' THEN 2 ELSE 3 END;
SELECT id FROM events WHERE lower('A') = 'a' AND id < 3 ORDER BY id;
SELECT id FROM events ORDER BY v <-> '[3,0]'::vector * '[2,1]'::vector LIMIT 2;
SELECT id FROM events WHERE random() < 2 AND id < 3 ORDER BY id;
SELECT id FROM events WHERE name LIKE lower('N3') || '%' AND id < 32 ORDER BY id;
SELECT upper('a') AS u, count(*) FROM events GROUP BY u;
SELECT id FROM events WHERE id = 1 / 0;
SELECT id FROM events WHERE id = lower(1);
SELECT id FROM events WHERE name = no_such_function('x');
SELECT id FROM events WHERE id = count(1);
UPDATE events SET name = upper(name) || lower('-Z'), kind = length(name) + abs(-1) WHERE id = 5 RETURNING name, kind;
UPDATE events SET name = (SELECT max(e.name) FROM events e WHERE e.kind = events.kind) WHERE id < 3 RETURNING id, name;
DELETE FROM events WHERE reverse(name) = '81n' OR id = abs(-19) RETURNING id;
DELETE FROM events WHERE EXISTS (SELECT FROM generate_series(20, 22) g WHERE g = events.id) RETURNING id;
INSERT INTO events VALUES (6, 'six', NULL, abs(-6)) ON CONFLICT (id) DO UPDATE SET name = concat(events.name, initcap(excluded.name)) WHERE length(events.name) > 1 RETURNING name;
[plan] SELECT id FROM events WHERE at > now() - interval '1 day';
[plan] SELECT id FROM events WHERE id = abs(-7);
[plan] SELECT id, v <-> '[3,0]'::vector * '[2,1]'::vector AS d FROM events WHERE v <-> '[3,0]'::vector * '[2,1]'::vector < 1.5 ORDER BY v <-> '[3,0]'::vector * '[2,1]'::vector LIMIT 2;
SELECT current_setting('no.such') FROM events WHERE id > 100;
DROP TABLE events;
---
CREATE TABLE
INSERT 0 40
CREATE INDEX
CREATE INDEX
12
12
7
3, 4, 7
1, 2, 3
40
40
3, 4, 5
2, 5, 8
1 | X | f
(no rows)
2
1, 2
6, 5
1, 2
3, 30, 31
A | 40
ERROR 22012: division by zero
ERROR 42883: function lower(integer) does not exist at 34
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: function no_such_function(unknown) does not exist at 36
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42803: aggregate functions are not allowed in WHERE at 34
N5-z | 3
UPDATE 1
1 | n7
2 | n8
UPDATE 2
18
19
DELETE 2
20
21
22
DELETE 3
n6Six
INSERT 0 1
> Seq Scan on events (rows=15)
>   Filter: (at > (now() - ('1 day')::interval))
(no rows)
> Index Scan using events_pkey on events (rows=1)
>   Index Cond: (id = abs(-7))
7
> Limit: 2 (rows=2)
>   ->  Vector Scan on events (rows=15)
>         Range: ((v <-> (('[3,0]')::vector * ('[2,1]')::vector)) < 1.5)
>         Exact: no index on v for l2
>         Order By: (v <-> (('[3,0]')::vector * ('[2,1]')::vector))
6 | 0
7 | 1
(no rows)
DROP TABLE
