# A literal that names an object is read before any row is, whether one needs it or not.
CREATE TABLE nlf (a int);
SELECT a FROM nlf WHERE a::oid = 'nlf_nope'::regclass;
SELECT a FROM nlf WHERE a::regclass = 'nlf_nope'::regclass;
SELECT a FROM nlf WHERE false AND a::regclass = 'nlf_nope'::regclass;
SELECT a FROM nlf WHERE a = ANY (ARRAY['nlf_nope'::regclass]);
SELECT CASE WHEN false THEN 'nlf_nope'::regclass END;
SELECT coalesce(1::oid, 'nlf_nope'::regclass);
SELECT 1 WHERE false AND 'nlf_nope'::regtype = 5;
SELECT a FROM nlf WHERE a::oid = 'nlf'::regclass;
---
CREATE TABLE
ERROR 42P01: relation "nlf_nope" does not exist at 34
ERROR 42P01: relation "nlf_nope" does not exist at 39
ERROR 42P01: relation "nlf_nope" does not exist at 49
ERROR 42P01: relation "nlf_nope" does not exist at 40
ERROR 42P01: relation "nlf_nope" does not exist at 29
ERROR 42P01: relation "nlf_nope" does not exist at 25
ERROR 42704: type "nlf_nope" does not exist at 26
(no rows)
