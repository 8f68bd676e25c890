# What definitions name is shown as the search path finds it.
CREATE SCHEMA ns_s;
CREATE TABLE ns_s.a (id serial PRIMARY KEY);
CREATE TABLE ns_s.b (id int REFERENCES ns_s.a);
SELECT set_config('search_path', 'ns_s, public', false);
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'a'::regclass;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'b'::regclass;
SELECT set_config('search_path', 'pg_catalog', false);
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'ns_s.a'::regclass;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'ns_s.b'::regclass;
SELECT set_config('search_path', 'public', false);
DROP SCHEMA ns_s CASCADE;
---
CREATE SCHEMA
CREATE TABLE
CREATE TABLE
ns_s, public
nextval('a_id_seq'::regclass)
FOREIGN KEY (id) REFERENCES a(id)
pg_catalog
nextval('ns_s.a_id_seq'::regclass)
FOREIGN KEY (id) REFERENCES ns_s.a(id)
public
DROP SCHEMA
