# MERGE does to each row of the join what the first WHEN that fits says.
CREATE TABLE mt (id int PRIMARY KEY, a int, b text DEFAULT 'dd', c int GENERATED ALWAYS AS (a * 2) STORED, CHECK (a < 1000));
CREATE TABLE ms (id int, x int, y text);
INSERT INTO mt VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c');
INSERT INTO ms VALUES (2, 200, 'two'), (3, 300, 'three'), (4, 400, 'four'), (5, NULL, 'five');
MERGE INTO mt USING ms ON mt.id = ms.id WHEN MATCHED AND ms.x > 250 THEN DELETE WHEN MATCHED THEN UPDATE SET a = ms.x, b = ms.y WHEN NOT MATCHED AND x IS NOT NULL THEN INSERT (id, a) VALUES (ms.id, x) WHEN NOT MATCHED THEN DO NOTHING;
SELECT * FROM mt ORDER BY id;
[sorted] MERGE INTO mt t USING ms s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = t.a + 1, b = DEFAULT WHEN NOT MATCHED BY TARGET THEN INSERT VALUES (s.id, s.x, s.y) WHEN NOT MATCHED BY SOURCE THEN UPDATE SET b = 'gone' RETURNING merge_action(), t.*, s.y, old.a, new.a;
[header][sorted] MERGE INTO mt t USING ms s ON t.id = s.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING merge_action(), *;
MERGE INTO mt t USING (VALUES (1, 10)) s(id, v) ON t.id = s.id WHEN NOT MATCHED AND id < 5 THEN INSERT (id, a) VALUES (id, v) RETURNING merge_action() || '!', t.id, v, (SELECT count(*) FROM ms WHERE x > t.a);
WITH s (id, v) AS (SELECT 1, 77) MERGE INTO mt t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET (a, b) = (s.v, 'with') RETURNING *;
MERGE INTO mt USING ms ON false WHEN NOT MATCHED AND ms.id = 4 THEN INSERT (id, a) VALUES (ms.id, DEFAULT);
MERGE INTO mt t USING mt s ON t.id = s.id + 3 WHEN MATCHED THEN UPDATE SET a = s.a * 2 RETURNING t.*;
DROP TABLE mt, ms;
---
CREATE TABLE
CREATE TABLE
INSERT 0 3
INSERT 0 4
MERGE 3
1 | 1 | a | 2
2 | 200 | two | 400
4 | 400 | dd | 800
INSERT | 3 | 300 | three | 600 | three | NULL | 300
INSERT | 5 | NULL | five | NULL | five | NULL | NULL
UPDATE | 1 | 1 | gone | 2 | NULL | 1 | 1
UPDATE | 2 | 201 | dd | 402 | two | 200 | 201
UPDATE | 4 | 401 | dd | 802 | four | 400 | 401
MERGE 5
merge_action text | id integer | x integer | y text | id integer | a integer | b text | c integer
DELETE | 2 | 200 | two | 2 | 201 | dd | 402
DELETE | 3 | 300 | three | 3 | 300 | three | 600
DELETE | 4 | 400 | four | 4 | 401 | dd | 802
DELETE | 5 | NULL | five | 5 | NULL | five | NULL
DELETE | NULL | NULL | NULL | 1 | 1 | gone | 2
MERGE 5
INSERT! | 1 | 10 | 3
MERGE 1
1 | 77 | 1 | 77 | with | 154
MERGE 1
MERGE 1
4 | 154 | dd | 308
MERGE 1
DROP TABLE

# What MERGE refuses.
CREATE TABLE mt (id int PRIMARY KEY, a int CHECK (a < 1000), c int GENERATED ALWAYS AS (a * 2) STORED);
INSERT INTO mt VALUES (1, 1);
MERGE INTO mt t USING (VALUES (1, 10), (1, 20)) s(id, v) ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = v;
MERGE INTO mt t USING (VALUES (1, 10), (1, 20)) s(id, v) ON t.id = s.id WHEN MATCHED AND v = 10 THEN UPDATE SET a = v WHEN MATCHED THEN DO NOTHING;
MERGE INTO mt t USING (VALUES (2, 1000)) s(id, v) ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, a) VALUES (id, v);
MERGE INTO mt t USING (VALUES (2, 1), (2, 2)) s(id, v) ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, a) VALUES (id, v);
MERGE INTO mt t USING (VALUES (2, 1)) s(id, v) ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, a) VALUES (t.id, v);
MERGE INTO mt t USING (VALUES (2, 1)) s(id, v) ON t.id = s.id WHEN NOT MATCHED BY SOURCE AND t.id = s.v THEN DELETE;
MERGE INTO mt t USING (VALUES (2, 1)) s(id, v) ON t.id = s.id WHEN NOT MATCHED AND a > 1 THEN DO NOTHING;
MERGE INTO mt t USING (VALUES (2, 1)) s(id, v) ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id) VALUES (1, 2);
MERGE INTO mt t USING (VALUES (2, 1)) s(id, v) ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, c) VALUES (1, 2);
MERGE INTO mt t USING (VALUES (2, 1)) s(id, v) ON t.id = s.id WHEN MATCHED THEN UPDATE SET c = 3;
MERGE INTO mt t USING (VALUES (2, 1)) s(id, v) ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = 'x'::text;
MERGE INTO mt t USING (VALUES (2, 1)) s(id, v) ON t.id = s.id WHEN MATCHED AND 1 THEN DELETE;
MERGE INTO mt t USING (VALUES (2, 1)) s(id, v) ON t.id = s.id WHEN MATCHED THEN DELETE WHEN MATCHED THEN DO NOTHING;
MERGE INTO mt USING mt ON true WHEN MATCHED THEN DELETE;
MERGE INTO mt USING nowhere ON true WHEN MATCHED THEN DELETE;
DELETE FROM mt RETURNING merge_action();
SELECT * FROM mt;
DROP TABLE mt;
---
CREATE TABLE
INSERT 0 1
ERROR 21000: MERGE command cannot affect row a second time
HINT: Ensure that not more than one source row matches any one target row.
MERGE 1
ERROR 23514: new row for relation "mt" violates check constraint "mt_a_check"
DETAIL: Failing row contains (2, 1000, 2000).
ERROR 23505: duplicate key value violates unique constraint "mt_pkey"
DETAIL: Key (id)=(2) already exists.
ERROR 42P01: invalid reference to FROM-clause entry for table "t" at 108
DETAIL: There is an entry for table "t", but it cannot be referenced from this part of the query.
ERROR 42P01: invalid reference to FROM-clause entry for table "s" at 101
DETAIL: There is an entry for table "s", but it cannot be referenced from this part of the query.
ERROR 42703: column "a" does not exist at 84
DETAIL: There is a column named "a" in table "t", but it cannot be referenced from this part of the query.
ERROR 42601: INSERT has more expressions than target columns at 108
ERROR 428C9: cannot insert a non-DEFAULT value into column "c"
DETAIL: Column "c" is a generated column.
ERROR 428C9: column "c" can only be updated to DEFAULT
DETAIL: Column "c" is a generated column.
ERROR 42804: column "a" is of type integer but expression is of type text at 96
HINT: You will need to rewrite or cast the expression.
ERROR 42804: argument of WHEN must be type boolean, not type integer at 80
ERROR 42601: unreachable WHEN clause specified after unconditional WHEN clause
ERROR 42712: name "mt" specified more than once
DETAIL: The name is used both as MERGE target table and data source.
ERROR 42P01: relation "nowhere" does not exist at 21
ERROR 42601: MERGE_ACTION() can only be used in the RETURNING list of a MERGE command at 26
1 | 10 | 20
DROP TABLE

# Foreign keys follow what MERGE does, and a failed one leaves nothing.
CREATE TABLE mp (id int PRIMARY KEY);
CREATE TABLE mc (id int PRIMARY KEY, p int REFERENCES mp ON UPDATE CASCADE ON DELETE CASCADE);
INSERT INTO mp VALUES (1), (2), (3);
INSERT INTO mc VALUES (10, 1), (20, 2), (30, 3);
MERGE INTO mp USING (VALUES (1), (2), (4)) s(k) ON id = k WHEN MATCHED AND k = 1 THEN UPDATE SET id = 11 WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (k);
SELECT * FROM mc ORDER BY id;
MERGE INTO mc USING (VALUES (10, 4), (40, 5)) s(k, v) ON id = k WHEN MATCHED THEN UPDATE SET p = v WHEN NOT MATCHED THEN INSERT VALUES (k, v);
SELECT * FROM mc ORDER BY id;
DROP TABLE mc, mp;
---
CREATE TABLE
CREATE TABLE
INSERT 0 3
INSERT 0 3
MERGE 3
10 | 11
30 | 3
ERROR 23503: insert or update on table "mc" violates foreign key constraint "mc_p_fkey"
DETAIL: Key (p)=(5) is not present in table "mp".
10 | 11
30 | 3
DROP TABLE
