# aclexplode() gives a row for each privilege that is granted, as clients read them.
CREATE TABLE ax (id int, n int);
CREATE ROLE ax_reader;
GRANT SELECT, INSERT ON ax TO ax_reader WITH GRANT OPTION;
GRANT UPDATE ON ax TO public;
GRANT SELECT (n) ON ax TO public;
SELECT r.rolname, a.privilege_type, a.is_grantable FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee WHERE c.relname = 'ax' AND r.rolname = 'ax_reader' ORDER BY 2;
SELECT privilege_type FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) WHERE c.relname = 'ax' AND grantee = 0;
SELECT a.attname, x.privilege_type, x.grantee FROM pg_attribute a, aclexplode(a.attacl) x WHERE attrelid = 'ax'::regclass;
SELECT privilege_type, is_grantable, grantor = grantee AS own FROM (SELECT (aclexplode(acldefault('s', 10))).*) x ORDER BY privilege_type;
SELECT privilege_type, grantee = 0 AS everybody FROM (SELECT (aclexplode(acldefault('d', 10))).*) x ORDER BY 1, 2;
SELECT count(*) FROM aclexplode(NULL);
DROP TABLE ax;
DROP ROLE ax_reader;
---
CREATE TABLE
CREATE ROLE
GRANT
GRANT
GRANT
ax_reader | INSERT | t
ax_reader | SELECT | t
UPDATE
n | SELECT | 0
SELECT | f | t
UPDATE | f | t
USAGE | f | t
CONNECT | f
CONNECT | t
CREATE | f
TEMPORARY | f
TEMPORARY | t
0
DROP TABLE
DROP ROLE
