# Partial indexes: unique ones of the rows for which their condition is true, and ON CONFLICT by them; INCLUDE.
CREATE TABLE t(id int primary key, email text, active bool, kind int, e vector(3), deleted_at timestamptz, tags text[]);
INSERT INTO t SELECT i, 'u' || i % 20, i % 2 = 0 AND i <= 20, i % 3, array[i,1,i%7]::vector, NULL FROM generate_series(1,40) i;
CREATE UNIQUE INDEX ue ON t (email) WHERE active;
CREATE UNIQUE INDEX ue2 ON t (email);
INSERT INTO t VALUES (100, 'u2', true);
INSERT INTO t VALUES (100, 'u2', false);
INSERT INTO t VALUES (101, 'u2', NULL);
UPDATE t SET active = true WHERE id = 100;
UPDATE t SET active = false WHERE id = 2;
UPDATE t SET active = true WHERE id = 100;
INSERT INTO t VALUES (102, 'u2', true) ON CONFLICT (email) WHERE active DO NOTHING;
INSERT INTO t VALUES (102, 'u2', true) ON CONFLICT (email) WHERE active DO UPDATE SET kind = 77 RETURNING id, kind;
INSERT INTO t VALUES (102, 'u2', true) ON CONFLICT (email) DO NOTHING;
INSERT INTO t VALUES (102, 'u2', true) ON CONFLICT (email) WHERE NOT active DO NOTHING;
INSERT INTO t VALUES (102, 'u2', true) ON CONFLICT (email) WHERE active AND id > 3 DO NOTHING;
INSERT INTO t VALUES (102, 'u2', true) ON CONFLICT DO NOTHING;
INSERT INTO t VALUES (102, 'u2', false) ON CONFLICT (email) WHERE active DO NOTHING;
CREATE UNIQUE INDEX uk ON t (kind, lower(email)) WHERE kind = 77 AND deleted_at IS NULL;
INSERT INTO t VALUES (103, 'U2', false, 77);
INSERT INTO t VALUES (103, 'U2', false, 77) ON CONFLICT (kind, lower(email)) WHERE kind = 77 AND deleted_at IS NULL DO UPDATE SET email = 'changed' RETURNING id, email;
INSERT INTO t VALUES (103, 'U2', false, 77, NULL, now());
CREATE INDEX ON t (kind) WHERE kind > 1;
CREATE INDEX ON t USING hnsw (e vector_l2_ops) WHERE (kind = 1);
CREATE INDEX ON t USING hnsw (e vector_l2_ops) WHERE kind = 2;
CREATE INDEX inc ON t (kind, email) INCLUDE (active, id);
CREATE UNIQUE INDEX inc2 ON t (id) INCLUDE (email) WHERE id > 0;
CREATE INDEX ON t (email) INCLUDE (nope);
CREATE INDEX ON t (email) WHERE nope > 1;
CREATE INDEX ON t (email) WHERE kind;
CREATE INDEX ON t (email) WHERE random() < 1;
CREATE INDEX ON t (email) WHERE sum(id) > 1;
CREATE INDEX ON t USING hnsw (e vector_l2_ops) INCLUDE (id);
SELECT id FROM t WHERE kind = 1 ORDER BY e <-> '[3,1,2]', id LIMIT 3;
SELECT id FROM t WHERE kind = 2 ORDER BY e <-> '[3,1,2]', id LIMIT 100;
SELECT id FROM t WHERE kind = 0 ORDER BY e <-> '[3,1,2]', id LIMIT 3;
SELECT indexdef FROM pg_indexes WHERE tablename = 't' ORDER BY indexname;
SELECT c.relname, indkey::text, indnatts, indnkeyatts, pg_get_expr(indpred, indrelid) FROM pg_index join pg_class c ON c.oid = indexrelid WHERE indrelid = 't'::regclass ORDER BY 1;
SELECT id FROM t WHERE email = 'u2' AND active;
ALTER TABLE t RENAME COLUMN kind TO sort;
SELECT indexdef FROM pg_indexes WHERE tablename = 't' ORDER BY indexname;
CREATE TABLE l (LIKE t INCLUDING ALL);
INSERT INTO l(id, email, active) VALUES (1, 'a', true), (2, 'a', false);
INSERT INTO l(id, email, active) VALUES (3, 'a', true);
ALTER TABLE t DROP COLUMN active;
drop INDEX uk;
INSERT INTO t(id, email, sort) VALUES (104, 'changed', 77);
CREATE UNIQUE INDEX nn ON t (email) NULLS NOT DISTINCT WHERE sort = 5;
INSERT INTO t(id, email, sort) VALUES (105, NULL, 5);
INSERT INTO t(id, email, sort) VALUES (106, NULL, 5);
INSERT INTO t(id, email, sort) VALUES (107, NULL, 4);
DROP TABLE t;
DROP TABLE l;
---
CREATE TABLE
INSERT 0 40
CREATE INDEX
ERROR 23505: could not create unique index "ue2"
DETAIL: Key (email)=(u1) is duplicated.
ERROR 23505: duplicate key value violates unique constraint "ue"
DETAIL: Key (email)=(u2) already exists.
INSERT 0 1
INSERT 0 1
ERROR 23505: duplicate key value violates unique constraint "ue"
DETAIL: Key (email)=(u2) already exists.
UPDATE 1
UPDATE 1
INSERT 0 0
100 | 77
INSERT 0 1
ERROR 42P10: there is no unique or exclusion constraint matching the ON CONFLICT specification
ERROR 42P10: there is no unique or exclusion constraint matching the ON CONFLICT specification
INSERT 0 0
INSERT 0 0
INSERT 0 1
CREATE INDEX
ERROR 23505: duplicate key value violates unique constraint "uk"
DETAIL: Key (kind, lower(email))=(77, u2) already exists.
100 | changed
INSERT 0 1
INSERT 0 1
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
ERROR 42703: column "nope" does not exist
ERROR 42703: column "nope" does not exist at 33
ERROR 42804: argument of WHERE must be type boolean, not type integer
ERROR 42P17: functions in index predicate must be marked IMMUTABLE
ERROR 42803: aggregate functions are not allowed in index predicates at 33
ERROR 0A000: access method "hnsw" does not support included columns
1, 4, 7
2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 32, 35, 38
3, 6, 9
CREATE INDEX inc ON public.t USING btree (kind, email) INCLUDE (active, id), CREATE UNIQUE INDEX inc2 ON public.t USING btree (id) INCLUDE (email) WHERE (id > 0), CREATE INDEX t_e_idx ON public.t USING hnsw (e vector_l2_ops) WHERE (kind = 1), CREATE INDEX t_e_idx1 ON public.t USING hnsw (e vector_l2_ops) WHERE (kind = 2), CREATE INDEX t_kind_idx ON public.t USING btree (kind) WHERE (kind > 1), CREATE UNIQUE INDEX t_pkey ON public.t USING btree (id), CREATE UNIQUE INDEX ue ON public.t USING btree (email) WHERE active, CREATE UNIQUE INDEX uk ON public.t USING btree (kind, lower(email)) WHERE ((kind = 77) AND (deleted_at IS NULL))
inc | 4 2 3 1 | 4 | 2 | NULL
inc2 | 1 2 | 2 | 1 | (id > 0)
t_e_idx | 5 | 1 | 1 | (kind = 1)
t_e_idx1 | 5 | 1 | 1 | (kind = 2)
t_kind_idx | 4 | 1 | 1 | (kind > 1)
t_pkey | 1 | 1 | 1 | NULL
ue | 2 | 1 | 1 | active
uk | 4 0 | 2 | 2 | ((kind = 77) AND (deleted_at IS NULL))
(no rows)
ALTER TABLE
CREATE INDEX inc ON public.t USING btree (sort, email) INCLUDE (active, id), CREATE UNIQUE INDEX inc2 ON public.t USING btree (id) INCLUDE (email) WHERE (id > 0), CREATE INDEX t_e_idx ON public.t USING hnsw (e vector_l2_ops) WHERE (sort = 1), CREATE INDEX t_e_idx1 ON public.t USING hnsw (e vector_l2_ops) WHERE (sort = 2), CREATE INDEX t_kind_idx ON public.t USING btree (sort) WHERE (sort > 1), CREATE UNIQUE INDEX t_pkey ON public.t USING btree (id), CREATE UNIQUE INDEX ue ON public.t USING btree (email) WHERE active, CREATE UNIQUE INDEX uk ON public.t USING btree (sort, lower(email)) WHERE ((sort = 77) AND (deleted_at IS NULL))
CREATE TABLE
INSERT 0 2
ERROR 23505: duplicate key value violates unique constraint "l_email_idx"
DETAIL: Key (email)=(a) already exists.
ALTER TABLE
DROP INDEX
INSERT 0 1
CREATE INDEX
INSERT 0 1
ERROR 23505: duplicate key value violates unique constraint "nn"
DETAIL: Key (email)=(null) already exists.
INSERT 0 1
DROP TABLE
DROP TABLE
