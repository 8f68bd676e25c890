# Columns keep their numbers; those that went are told.
CREATE TABLE t (a int PRIMARY KEY, b text, c int NOT NULL, d int DEFAULT 4);
CREATE INDEX t_d ON t (d);
ALTER TABLE t DROP COLUMN b;
ALTER TABLE t ADD COLUMN b bigint DEFAULT 7;
ALTER TABLE t ALTER c TYPE text;
ALTER TABLE t RENAME d TO dd;
SELECT attnum, attname, atttypid::regtype, attnotnull, atthasdef, attisdropped FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY 1;
SELECT column_name, ordinal_position, column_default, is_nullable, data_type FROM information_schema.columns WHERE table_name = 't' ORDER BY 2;
SELECT relnatts FROM pg_class WHERE relname = 't';
SELECT c.relname, i.indkey FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname LIKE 't%' ORDER BY 1;
SELECT conname, conkey FROM pg_constraint WHERE conrelid = 't'::regclass AND contype = 'p';
SELECT adnum, pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 't'::regclass ORDER BY 1;
---
CREATE TABLE
CREATE INDEX
ALTER TABLE
ALTER TABLE
ALTER TABLE
ALTER TABLE
1 | a | integer | t | f | f
2 | ........pg.dropped.2........ | - | f | f | t
3 | c | text | t | f | f
4 | dd | integer | f | t | f
5 | b | bigint | f | t | f
a | 1 | NULL | NO | integer
c | 3 | NULL | NO | text
dd | 4 | 4 | YES | integer
b | 5 | 7 | YES | bigint
5
t_d | 4
t_pkey | 1
t_pkey | {1}
4 | 4
5 | 7

# The same under another name.
ALTER TABLE t RENAME TO u;
SELECT attname FROM pg_attribute WHERE attrelid = 'u'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum;
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1;
ALTER TABLE u DROP COLUMN a;
SELECT conname FROM pg_constraint WHERE contype = 'p' AND conrelid = 'u'::regclass;
SELECT is_identity, identity_generation FROM information_schema.columns WHERE table_name = 'u' AND column_name = 'b';
ALTER TABLE u ALTER b DROP DEFAULT, ALTER b SET NOT NULL;
ALTER TABLE u ALTER b ADD GENERATED ALWAYS AS IDENTITY;
SELECT is_identity, identity_generation FROM information_schema.columns WHERE table_name = 'u' AND column_name = 'b';
SELECT attidentity FROM pg_attribute WHERE attrelid = 'u'::regclass AND attname = 'b';
---
ALTER TABLE
a, c, dd, b
u
ALTER TABLE
(no rows)
NO | NULL
ALTER TABLE
ALTER TABLE
YES | ALWAYS
a
