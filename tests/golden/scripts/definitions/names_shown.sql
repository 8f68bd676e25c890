# What definitions name is shown as the search path finds it.
CREATE SCHEMA ns_s;
CREATE TABLE ns_s.a (id serial PRIMARY KEY);
CREATE TABLE ns_s.b (id int REFERENCES ns_s.a);
SET search_path = ns_s, public;
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'a'::regclass;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'b'::regclass;
SET search_path = '';
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'ns_s.a'::regclass;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'ns_s.b'::regclass;
RESET search_path;
DROP SCHEMA ns_s CASCADE;
---
CREATE SCHEMA
CREATE TABLE
CREATE TABLE
SET
nextval('a_id_seq'::regclass)
FOREIGN KEY (id) REFERENCES a(id)
SET
nextval('ns_s.a_id_seq'::regclass)
FOREIGN KEY (id) REFERENCES ns_s.a(id)
RESET
DROP SCHEMA
