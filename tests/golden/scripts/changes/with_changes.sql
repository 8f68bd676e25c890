# Queries of WITH that change rows: all parts see the start of the statement, and each row is changed once.
CREATE TABLE wa (id int PRIMARY KEY, v text);
CREATE TABLE wb (id int PRIMARY KEY, v text);
INSERT INTO wa VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd');
[header] WITH d AS (DELETE FROM wa WHERE id <= 2 RETURNING *) INSERT INTO wb SELECT * FROM d RETURNING *;
WITH d AS (DELETE FROM wa WHERE id = 3) SELECT count(*) FROM wa;
SELECT * FROM wa;
WITH u AS (UPDATE wb SET v = v || 'y' RETURNING id, v), i AS (INSERT INTO wa SELECT id + 10, v FROM u RETURNING *) SELECT i.id, i.v, wb.v, u.v FROM i JOIN u ON u.id = i.id - 10 JOIN wb ON wb.id = u.id ORDER BY 1;
WITH u AS (UPDATE wb SET v = 'z' WHERE id = 1 RETURNING *) SELECT wb.*, u.v FROM wb LEFT JOIN u USING (id) ORDER BY 1;
WITH a AS (UPDATE wb SET v = 'one' WHERE id = 1), b AS (UPDATE wb SET v = 'two' WHERE id = 1) SELECT 1;
SELECT * FROM wb ORDER BY id;
WITH a (x) AS (DELETE FROM wb WHERE id = 1 RETURNING id, v) SELECT x, v FROM a;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3), d AS (INSERT INTO wb SELECT i + 100, 'n' FROM n RETURNING id) SELECT * FROM d ORDER BY 1;
WITH RECURSIVE a AS (SELECT * FROM b), b AS (DELETE FROM wb WHERE id > 100 RETURNING id) SELECT count(*) FROM a;
WITH x AS (WITH a AS (SELECT 7 AS id) INSERT INTO wb SELECT id, 'w' FROM a RETURNING *) SELECT * FROM x;
WITH d AS (DELETE FROM wb WHERE id = 7 RETURNING *) INSERT INTO wb SELECT id, v || '!' FROM d RETURNING *;
WITH d AS (INSERT INTO wb VALUES (7, 'twice') RETURNING *) SELECT 1;
WITH d AS (INSERT INTO wb VALUES (8, 'q') RETURNING *), e AS (INSERT INTO wb VALUES (8, 'q') RETURNING *) SELECT 1;
WITH m AS (MERGE INTO wb USING (VALUES (7), (8)) s(id) ON wb.id = s.id WHEN MATCHED THEN UPDATE SET v = 'M' WHEN NOT MATCHED THEN INSERT VALUES (s.id, 'N') RETURNING merge_action() AS act, wb.id, wb.v) SELECT * FROM m ORDER BY id;
WITH s AS (SELECT 7 AS id), m AS (DELETE FROM wb USING s WHERE s.id = wb.id RETURNING wb.id) MERGE INTO wb USING m ON wb.id = m.id WHEN MATCHED THEN UPDATE SET v = 'q';
WITH d AS (DELETE FROM wa RETURNING *) UPDATE wb SET v = d.v FROM d WHERE d.id - 10 = wb.id RETURNING wb.*;
WITH d AS (INSERT INTO wb VALUES (8, 'x') ON CONFLICT DO NOTHING RETURNING *) SELECT count(*) FROM d;
WITH d AS (INSERT INTO wb VALUES (8, 'x') ON CONFLICT (id) DO UPDATE SET v = 'up' RETURNING *) TABLE d;
SELECT * FROM wb ORDER BY id;
DROP TABLE wa, wb;
---
CREATE TABLE
CREATE TABLE
INSERT 0 4
id integer | v text
1 | a
2 | b
INSERT 0 2
2
4 | d
11 | ay | a | ay
12 | by | b | by
1 | ay | z
2 | by | NULL
1
1 | two
2 | by
1 | two
101, 102, 103
3
7 | w
7 | w!
INSERT 0 1
ERROR 23505: duplicate key value violates unique constraint "wb_pkey"
DETAIL: Key (id)=(7) already exists.
ERROR 23505: duplicate key value violates unique constraint "wb_pkey"
DETAIL: Key (id)=(8) already exists.
UPDATE | 7 | M
INSERT | 8 | N
ERROR 21000: MERGE command cannot affect row a second time
HINT: Ensure that not more than one source row matches any one target row.
2 | by
UPDATE 1
0
8 | up
2 | by
7 | M
8 | up
DROP TABLE

# Foreign keys are looked at when all parts are done.
CREATE TABLE wp (id int PRIMARY KEY);
CREATE TABLE wq (id int REFERENCES wp);
WITH c AS (INSERT INTO wq VALUES (1) RETURNING *) INSERT INTO wp SELECT id FROM c;
WITH c AS (INSERT INTO wq VALUES (2) RETURNING *) INSERT INTO wp SELECT id + 5 FROM c;
WITH c AS (DELETE FROM wp RETURNING *) DELETE FROM wq;
SELECT count(*) FROM wp, wq;
DROP TABLE wq, wp;
---
CREATE TABLE
CREATE TABLE
INSERT 0 1
ERROR 23503: insert or update on table "wq" violates foreign key constraint "wq_id_fkey"
DETAIL: Key (id)=(2) is not present in table "wp".
DELETE 1
0
DROP TABLE

# What WITH queries that change rows are refused for.
CREATE TABLE wb (id int PRIMARY KEY, v text);
WITH a AS (DELETE FROM wb) SELECT * FROM a;
WITH a AS (DELETE FROM wb RETURNING id), a AS (DELETE FROM wb) SELECT 1;
WITH a (x, y, z) AS (DELETE FROM wb RETURNING id, v) SELECT x FROM a;
WITH RECURSIVE a AS (DELETE FROM wb USING a RETURNING wb.id) SELECT * FROM a;
SELECT * FROM (WITH a AS (DELETE FROM wb RETURNING *) SELECT * FROM a) x;
SELECT (WITH a AS (DELETE FROM wb RETURNING id) SELECT id FROM a);
INSERT INTO wb WITH a AS (DELETE FROM wb RETURNING *) SELECT * FROM a;
CREATE VIEW wv AS WITH a AS (DELETE FROM wb RETURNING *) SELECT * FROM a;
WITH x AS (WITH a AS (DELETE FROM wb RETURNING id) SELECT id FROM a) SELECT * FROM x;
WITH d AS (DELETE FROM nowhere) SELECT 1;
BEGIN READ ONLY;
WITH d AS (DELETE FROM wb RETURNING *) SELECT * FROM d;
ROLLBACK;
DROP TABLE wb;
---
CREATE TABLE
ERROR 0A000: WITH query "a" does not have a RETURNING clause at 42
ERROR 42712: WITH query name "a" specified more than once at 42
ERROR 42P10: WITH query "a" has 2 columns available but 3 columns specified at 6
ERROR 42P19: recursive query "a" must not contain data-modifying statements at 16
ERROR 0A000: WITH clause containing a data-modifying statement must be at the top level at 21
ERROR 0A000: WITH clause containing a data-modifying statement must be at the top level at 14
ERROR 0A000: WITH clause containing a data-modifying statement must be at the top level at 21
ERROR 0A000: views must not contain data-modifying statements in WITH
ERROR 0A000: WITH clause containing a data-modifying statement must be at the top level at 17
ERROR 42P01: relation "nowhere" does not exist at 24
BEGIN
ERROR 25006: cannot change data in a read-only transaction or the past
ROLLBACK
DROP TABLE

# Beside what changes rows nothing is read AS OF, and a row is not met by two steps.
CREATE TABLE wb (id int PRIMARY KEY, v text);
WITH d AS (DELETE FROM wb RETURNING *) SELECT * FROM wb AS OF now();
WITH d AS (INSERT INTO wb VALUES (1, 'a')) INSERT INTO wb VALUES (1, 'b') ON CONFLICT (id) DO UPDATE SET v = 'c';
[plan] WITH d AS (DELETE FROM wb RETURNING *) SELECT v FROM d;
DROP TABLE wb;
---
CREATE TABLE
ERROR 0A000: AS OF beside a WITH query that changes rows is not supported at 57
ERROR 0A000: ON CONFLICT DO UPDATE beside another change of its table is not supported yet
> Seq Scan on d (rows=0)
>   ->  CTE d
>         ->  Delete on wb
>               ->  Seq Scan on wb (rows=0)
(no rows)
DROP TABLE
