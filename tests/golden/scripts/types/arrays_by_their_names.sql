# The arrays of a type that is made go by its name behind a line, too; names of objects are read in arrays.
CREATE TYPE abn_mood AS ENUM ('a', 'b');
CREATE DOMAIN abn_small AS int CHECK (VALUE < 10);
CREATE TABLE abn (id serial, m _abn_mood, n public._abn_small);
INSERT INTO abn (m, n) VALUES ('{a,b}', '{1,2}');
SELECT m, n, pg_typeof(m) FROM abn;
INSERT INTO abn (n) VALUES ('{10}');
SELECT '_abn_mood'::regtype, '"public"."_abn_small"'::regtype::text, to_regtype('_abn_none'), to_regtype('_');
SELECT 23 = ANY ('{int,int8,int2}'::regtype[]), '{abn,pg_class}'::regclass[], '{int4,NULL}'::regtype[];
SELECT '{abn_none}'::regtype[];
SELECT pg_get_serial_sequence('abn', 'id'), pg_get_serial_sequence('abn', 'm');
DROP TABLE abn;
DROP DOMAIN abn_small;
DROP TYPE abn_mood;
---
CREATE TYPE
CREATE DOMAIN
CREATE TABLE
INSERT 0 1
{a,b} | {1,2} | abn_mood[]
ERROR 23514: value for domain abn_small violates check constraint "abn_small_check"
abn_mood[] | abn_small[] | NULL | NULL
t | {abn,pg_class} | {integer,NULL}
ERROR 42704: type "abn_none" does not exist
public.abn_id_seq | NULL
DROP TABLE
DROP DOMAIN
DROP TYPE
