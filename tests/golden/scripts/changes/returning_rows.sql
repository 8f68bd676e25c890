# OLD, NEW and the table's own name are whole rows in RETURNING.
CREATE TABLE rr (id int PRIMARY KEY, a int, b text DEFAULT 'd');
INSERT INTO rr VALUES (1, 1, 'x'), (2, 2, 'y') RETURNING old, new;
UPDATE rr SET a = 4 WHERE id = 2 RETURNING old, new;
UPDATE rr SET a = 5 WHERE id = 2 RETURNING old.a, new, rr, (new).*;
UPDATE rr SET a = v.x FROM (VALUES (1, 50)) v(i, x) WHERE id = v.i RETURNING rr, old, v.x;
UPDATE rr SET a = 1 WHERE id = 1 RETURNING row_to_json(old), to_jsonb(new);
UPDATE rr SET a = 2 WHERE id = 1 RETURNING WITH (OLD AS o, NEW AS n) o, n;
INSERT INTO rr VALUES (1, 30) ON CONFLICT (id) DO UPDATE SET a = excluded.a RETURNING old, new;
INSERT INTO rr VALUES (1, 31), (7, 1) ON CONFLICT (id) DO UPDATE SET a = excluded.a RETURNING old.a, new.a, old IS NULL;
MERGE INTO rr USING (VALUES (1, 3), (2, 9), (5, 1)) v(i, n) ON rr.id = v.i WHEN MATCHED AND n < 5 THEN DELETE WHEN MATCHED THEN UPDATE SET a = n WHEN NOT MATCHED THEN INSERT VALUES (i, n) RETURNING merge_action(), old, new, rr;
DELETE FROM rr WHERE id = 2 RETURNING old, new;
DROP TABLE rr;
---
CREATE TABLE
NULL | (1,1,x)
NULL | (2,2,y)
INSERT 0 2
(2,2,y) | (2,4,y)
UPDATE 1
4 | (2,5,y) | (2,5,y) | 2 | 5 | y
UPDATE 1
(1,50,x) | (1,1,x) | 50
UPDATE 1
{"id":1,"a":50,"b":"x"} | {"a": 1, "b": "x", "id": 1}
UPDATE 1
(1,1,x) | (1,2,x)
UPDATE 1
(1,2,x) | (1,30,x)
INSERT 0 1
30 | 31 | f
NULL | 1 | t
INSERT 0 2
DELETE | (1,31,x) | NULL | (1,31,x)
UPDATE | (2,5,y) | (2,9,y) | (2,9,y)
INSERT | NULL | (5,1,d) | (5,1,d)
MERGE 3
(2,9,y) | NULL
DELETE 1
DROP TABLE
