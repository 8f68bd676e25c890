# An index of an expression: a column that is computed with each row, which the same expression of a statement reads.
CREATE TABLE t (id int PRIMARY KEY, name text, e vector(3), x vector);
INSERT INTO t SELECT i, 'Name' || i, ARRAY[i, i % 3, 1]::vector, ARRAY[i % 5, i % 3, 1]::vector FROM generate_series(1, 30) i;
CREATE INDEX ON t USING hnsw ((e::halfvec(3)) halfvec_l2_ops);
CREATE INDEX ON t USING hnsw ((binary_quantize(e)::bit(3)) bit_hamming_ops);
CREATE INDEX sub ON t USING hnsw ((subvector(e, 1, 2)::vector(2)) vector_cosine_ops);
CREATE INDEX ON t USING hnsw ((x::vector(3)) vector_l2_ops);
CREATE INDEX ON t USING ivfflat ((x::halfvec(3)) halfvec_ip_ops) WITH (lists = 5);
CREATE INDEX ON t (lower(name));
CREATE UNIQUE INDEX ON t (upper(name), id);
CREATE INDEX ON t ((id + 1));
CREATE INDEX ON t ((name || 'x'));
CREATE INDEX ON t ((random()));
CREATE INDEX ON t ((now()));
CREATE INDEX ON t ((sum(id)));
CREATE INDEX ON t ((SELECT 1));
CREATE INDEX ON t (nope(id));
CREATE INDEX ON t ((lower(nope)));
CREATE INDEX ON t USING hnsw ((x::vector) vector_l2_ops);
CREATE INDEX ON t USING hnsw (x vector_l2_ops);
CREATE INDEX ON t USING hnsw ((binary_quantize(e)) bit_hamming_ops);
SELECT id, (e::halfvec(3)) <-> '[3,0,1]' AS d FROM t WHERE id > 4 ORDER BY d LIMIT 3;
SELECT indexdef FROM pg_indexes WHERE tablename = 't' ORDER BY indexname;
SELECT c.relname, i.indkey, pg_get_indexdef(i.indexrelid, 1, true), a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = 1 WHERE i.indrelid = 't'::regclass ORDER BY 1;
SELECT id FROM t ORDER BY binary_quantize(e)::bit(3) <~> '101', id LIMIT 3;
SELECT id FROM t ORDER BY subvector(e,1,2)::vector(2) <=> '[3,0]', id LIMIT 3;
SELECT id FROM t ORDER BY x::vector(3) <-> '[3,0,1]', id LIMIT 3;
SELECT * FROM t WHERE lower(name) = 'name7';
SELECT * FROM t WHERE lower(t.name) = 'name7' OR lower(name) = 'name8';
SELECT id FROM t WHERE lower(name) BETWEEN 'name2' AND 'name22' ORDER BY id;
SELECT id FROM t WHERE lower(name) LIKE 'name2%' ORDER BY id;
INSERT INTO t VALUES (31, 'NAME31', '[1,2,3]', '[1,2]');
INSERT INTO t VALUES (31, 'NAME31', '[1,2,3]', '[1,2,3]');
INSERT INTO t VALUES (31, 'name31', '[1,2,3]', '[1,2,3]');
UPDATE t SET name = 'Changed' WHERE lower(name) = 'name7' RETURNING *, lower(name);
SELECT id FROM t WHERE lower(name) = 'changed';
SELECT id FROM t WHERE lower(name) = 'name7';
UPDATE t SET name = lower(name) || '!' WHERE id = 8;
SELECT id FROM t WHERE lower(name) = 'name8!';
INSERT INTO t VALUES (8, 'n', '[1,1,1]', '[1,1,1]') ON CONFLICT (id) DO UPDATE SET name = excluded.name || lower(t.name);
SELECT name FROM t WHERE lower(name) = 'nname8!';
DELETE FROM t WHERE lower(name) = 'nname8!' RETURNING id, lower(name);
ALTER TABLE t RENAME COLUMN name TO title;
SELECT id FROM t WHERE lower(title) = 'name9';
ALTER TABLE t ALTER COLUMN title TYPE varchar(20);
SELECT id FROM t WHERE lower(title) = 'name9';
ALTER TABLE t DROP COLUMN e;
drop INDEX t_lower_idx;
SELECT id FROM t WHERE lower(title) = 'name9';
CREATE UNIQUE INDEX u ON t (lower(title));
INSERT INTO t VALUES (100, 'NAME9', '[1,1,1]');
INSERT INTO t VALUES (100, 'NAME9', '[1,1,1]') ON CONFLICT (lower(title)) DO NOTHING;
INSERT INTO t VALUES (100, 'NAME9', '[1,1,1]') ON CONFLICT (lower(title)) DO UPDATE SET x = '[9,9,9]' RETURNING *;
INSERT INTO t VALUES (100, 'NAME9', '[1,1,1]') ON CONFLICT DO NOTHING;
INSERT INTO t VALUES (101, NULL, '[1,1,1]'), (102, NULL, '[1,1,1]');
UPDATE t SET title = 'name10' WHERE id = 9;
CREATE TABLE d (a text);
INSERT INTO d VALUES ('a'), ('A');
CREATE UNIQUE INDEX ON d (lower(a));
CREATE UNIQUE INDEX ON d ((a || ''));
INSERT INTO d VALUES ('A');
TRUNCATE t;
SELECT count(*) FROM t;
INSERT INTO t VALUES (1, 'One', '[1,1,1]');
SELECT id FROM t WHERE lower(title) = 'one';
DROP TABLE t;
DROP TABLE d;
---
CREATE TABLE
INSERT 0 30
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
ERROR 42P17: functions in index expression must be marked IMMUTABLE
ERROR 42P17: functions in index expression must be marked IMMUTABLE
ERROR 42803: aggregate functions are not allowed in index expressions at 21
ERROR 42601: syntax error at or near "SELECT" at 21
ERROR 42883: function nope(integer) does not exist at 20
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42703: column "nope" does not exist at 27
HINT: Perhaps you meant to reference the column "t.name".
ERROR 22023: column does not have dimensions
ERROR 22023: column does not have dimensions
ERROR 22023: column does not have dimensions
5 | 2.8284271247461903
6 | 3
7 | 4.123105625617661
CREATE INDEX sub ON public.t USING hnsw (((subvector(e, 1, 2))::vector(2)) vector_cosine_ops), CREATE INDEX t_binary_quantize_idx ON public.t USING hnsw (((binary_quantize(e))::bit(3)) bit_hamming_ops), CREATE INDEX t_e_idx ON public.t USING hnsw (((e)::halfvec(3)) halfvec_l2_ops), CREATE INDEX t_expr_idx ON public.t USING btree (((id + 1))), CREATE INDEX t_expr_idx1 ON public.t USING btree (((name || 'x'))), CREATE INDEX t_lower_idx ON public.t USING btree (lower(name)), CREATE UNIQUE INDEX t_pkey ON public.t USING btree (id), CREATE UNIQUE INDEX t_upper_id_idx ON public.t USING btree (upper(name), id), CREATE INDEX t_x_idx ON public.t USING hnsw (((x)::vector(3)) vector_l2_ops), CREATE INDEX t_x_idx1 ON public.t USING ivfflat (((x)::halfvec(3)) halfvec_ip_ops) WITH (lists='5')
sub | 0 | (subvector(e, 1, 2)::vector(2)) | subvector | vector(2)
t_binary_quantize_idx | 0 | (binary_quantize(e)::bit(3)) | binary_quantize | bit(3)
t_e_idx | 0 | (e::halfvec(3)) | e | halfvec(3)
t_expr_idx | 0 | (id + 1) | expr | integer
t_expr_idx1 | 0 | (name || 'x') | expr | text
t_lower_idx | 0 | lower(name) | lower | text
t_pkey | 1 | id | id | integer
t_upper_id_idx | 0 1 | upper(name) | upper | text
t_x_idx | 0 | (x::vector(3)) | x | vector(3)
t_x_idx1 | 0 | (x::halfvec(3)) | x | halfvec(3)
3, 6, 9
3, 6, 9
3, 18, 9
7 | Name7 | [7,1,1] | [2,1,1]
7 | Name7 | [7,1,1] | [2,1,1]
8 | Name8 | [8,2,1] | [3,2,1]
2, 20, 21, 22
2, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
ERROR 22000: expected 3 dimensions, not 2
INSERT 0 1
ERROR 23505: duplicate key value violates unique constraint "t_pkey"
DETAIL: Key (id)=(31) already exists.
7 | Changed | [7,1,1] | [2,1,1] | changed
UPDATE 1
7
(no rows)
UPDATE 1
8
INSERT 0 1
nname8!
8 | nname8!
DELETE 1
ALTER TABLE
9
ALTER TABLE
9
ALTER TABLE
DROP INDEX
9
CREATE INDEX
ERROR 23505: duplicate key value violates unique constraint "u"
DETAIL: Key (lower(title))=(name9) already exists.
INSERT 0 0
9 | Name9 | [9,9,9]
INSERT 0 1
INSERT 0 0
INSERT 0 2
ERROR 23505: duplicate key value violates unique constraint "u"
DETAIL: Key (lower(title))=(name10) already exists.
CREATE TABLE
INSERT 0 2
ERROR 23505: could not create unique index "d_lower_idx"
DETAIL: Key (lower(a))=(a) is duplicated.
CREATE INDEX
ERROR 23505: duplicate key value violates unique constraint "d_expr_idx"
DETAIL: Key (((a || '')))=(A) already exists.
TRUNCATE TABLE
0
INSERT 0 1
1
DROP TABLE
DROP TABLE
