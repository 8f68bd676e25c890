# Composite types: values, fields, columns, arrays, comparisons, and other values made of them.
CREATE TYPE spot AS (x int, label text);
CREATE TYPE leg AS (a spot, b spot, costs numeric(6,2)[]);
SELECT '(1,a)'::spot, '( 2 ,"x ""y"" \\z")'::spot, '(,)'::spot, NULL::spot, ROW(3, 'c')::spot, CAST(('4', 'd') AS spot);
SELECT '(1)'::spot;
SELECT '(1,2,3)'::spot;
SELECT '(1,2'::spot;
SELECT '(1,2) x'::spot;
SELECT '(one,2)'::spot;
SELECT ROW(1)::spot;
SELECT ROW(true, 'a')::spot;
SELECT (ROW(1, 'a')::spot).label, ('(1,a)'::spot).x + 1, (NULL::spot).x, (ROW(1, 'a')::spot).*;
SELECT (ROW(1, 'a')::spot).z;
SELECT (1).x;
SELECT ROW('(1,a)'::spot, (2, 'b'), '{1.5,2}')::leg, (ROW('(1,a)'::spot, (2, 'b'), '{1.5,2}')::leg).b.label;
CREATE TABLE stops (id int PRIMARY KEY, at spot, via spot[], leg leg);
INSERT INTO stops VALUES (1, '(1,a)', '{"(5,e)","(6,\"f g\")"}'), (2, (2, 'b'), ARRAY[ROW(7, 'h')::spot, NULL]);
INSERT INTO stops VALUES (3, NULL, NULL, ((1, 'a'), NULL, '{}')), (4, (NULL, NULL), '{}', NULL);
INSERT INTO stops (id, at) VALUES (5, ROW(1));
INSERT INTO stops (id, at) VALUES (5, 7);
SELECT * FROM stops ORDER BY id;
SELECT id, (at).x, (via[1]).label, (leg).a.x FROM stops ORDER BY id;
SELECT id, at IS NULL, at IS NOT NULL, at IS NOT DISTINCT FROM NULL FROM stops ORDER BY id;
SELECT id FROM stops WHERE at = ROW(2, 'b')::spot;
SELECT id FROM stops WHERE at = '(2,b)';
SELECT id FROM stops WHERE at IN (ROW(1, 'a')::spot, ROW(3, 'z')::spot) OR (at).label > 'a' ORDER BY at DESC;
SELECT id FROM stops WHERE ROW(7, 'h')::spot = ANY(via);
SELECT at, count(*) FROM stops GROUP BY at ORDER BY at;
SELECT array_agg(at ORDER BY at), count(at), max((at).x) FROM stops;
SELECT at FROM stops UNION SELECT ROW(1, 'a')::spot ORDER BY 1;
SELECT coalesce(at, (0, 'none')::spot), CASE WHEN id = 1 THEN at END FROM stops ORDER BY id;
SELECT row_to_json(at), to_jsonb(via), row_to_json(ROW(at, via)) FROM stops WHERE id < 3 ORDER BY id;
SELECT pg_typeof(at), pg_typeof(via), at::text FROM stops WHERE id = 1;
SELECT p.x, p.label, p FROM stops, unnest(via) AS p ORDER BY 1;
SELECT * FROM unnest('{"(1,a)","(2,b)"}'::spot[]) WITH ORDINALITY AS u(n, t, place);
UPDATE stops SET at.x = (at).x + 10, at.label = 'new' WHERE id IN (1, 3);
UPDATE stops SET leg.a.label = 'deep', leg.b.x = 4 WHERE id = 3;
UPDATE stops SET at.nosuch = 1;
UPDATE stops SET id.x = 1;
UPDATE stops SET at.x = now();
SELECT id, at, leg FROM stops WHERE id IN (1, 3) ORDER BY id;
SELECT * FROM jsonb_populate_record(NULL::spot, '{"x": 1, "label": "a", "more": true}');
SELECT jsonb_populate_record(ROW(9, 'kept')::spot, '{"x": 1}'), json_populate_record(NULL::leg, '{"a": {"x": 2}, "costs": [1, 2.345]}');
SELECT * FROM json_populate_recordset(NULL::stops, '[{"id": 1, "at": {"x": 3}, "via": [{"label": "q"}, null]}, {"id": 2}]');
SELECT jsonb_populate_record(NULL::spot, '[1]');
SELECT jsonb_populate_record(1, '{}');
DELETE FROM stops WHERE (at).x = 11 RETURNING at, (at).*;
---
CREATE TYPE
CREATE TYPE
(1,a) | (2,"x ""y"" \\z") | (,) | NULL | (3,c) | (4,d)
ERROR 22P02: malformed record literal: "(1)" at 8
DETAIL: Too few columns.
ERROR 22P02: malformed record literal: "(1,2,3)" at 8
DETAIL: Too many columns.
ERROR 22P02: malformed record literal: "(1,2" at 8
DETAIL: Unexpected end of input.
ERROR 22P02: malformed record literal: "(1,2) x" at 8
DETAIL: Junk after right parenthesis.
ERROR 22P02: invalid input syntax for type integer: "one" at 8
ERROR 42846: cannot cast type record to spot at 14
DETAIL: Input has too few columns.
(1,a)
a | 2 | NULL | 1 | a
ERROR 42703: column "z" not found in data type spot at 20
ERROR 42809: column notation .x applied to type integer, which is not a composite type at 9
("(1,a)","(2,b)","{1.50,2.00}") | b
CREATE TABLE
INSERT 0 2
INSERT 0 2
ERROR 42846: cannot cast type record to spot at 39
DETAIL: Input has too few columns.
ERROR 42804: column "at" is of type spot but expression is of type integer at 39
HINT: You will need to rewrite or cast the expression.
1 | (1,a) | {"(5,e)","(6,\"f g\")"} | NULL
2 | (2,b) | {"(7,h)",NULL} | NULL
3 | NULL | NULL | ("(1,a)",,{})
4 | (,) | {} | NULL
1 | 1 | e | NULL
2 | 2 | h | NULL
3 | NULL | NULL | 1
4 | NULL | NULL | NULL
1 | f | t | f
2 | f | t | f
3 | t | f | t
4 | t | f | f
2
ERROR 0A000: input of anonymous composite types is not implemented at 33
2, 1
2
(1,a) | 1
(2,b) | 1
(,) | 1
NULL | 1
{"(1,a)","(2,b)","(,)",NULL} | 3 | 2
(1,a), (2,b), (,), NULL
(1,a) | (1,a)
(2,b) | NULL
(0,none) | NULL
(,) | NULL
{"x":1,"label":"a"} | [{"x": 5, "label": "e"}, {"x": 6, "label": "f g"}] | {"f1":{"x":1,"label":"a"},"f2":[{"x":5,"label":"e"},{"x":6,"label":"f g"}]}
{"x":2,"label":"b"} | [{"x": 7, "label": "h"}, null] | {"f1":{"x":2,"label":"b"},"f2":[{"x":7,"label":"h"},null]}
spot | spot[] | (1,a)
5 | e | (5,e)
6 | f g | (6,"f g")
7 | h | (7,h)
NULL | NULL | (,)
1 | a | 1
2 | b | 2
UPDATE 2
UPDATE 1
ERROR 42703: cannot assign to field "nosuch" of column "at" because there is no such column in data type spot at 18
ERROR 42804: cannot assign to field "x" of column "id" because its type integer is not a composite type at 18
ERROR 42804: subfield "x" is of type integer but expression is of type timestamp with time zone at 18
HINT: You will need to rewrite or cast the expression.
1 | (11,new) | NULL
3 | (,new) | ("(1,deep)","(4,)",{})
1 | a
(1,kept) | ("(2,)",,"{1.00,2.35}")
1 | (3,) | {"(,q)",NULL} | NULL
2 | NULL | NULL | NULL
ERROR 22023: cannot call populate_composite on an array
ERROR 42804: first argument of jsonb_populate_record must be a row type
(11,new) | 11 | new
DELETE 1
