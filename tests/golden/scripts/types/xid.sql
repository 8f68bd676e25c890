# Numbers of transactions have equality, with integers too, and no order.
SELECT '5'::xid, '-1'::xid, '0x10'::xid, NULL::xid, '{1,NULL,4294967295}'::xid[];
SELECT 'abc'::xid;
SELECT '4294967296'::xid;
SELECT '5'::xid = 5, '5'::xid = '5'::xid, '5'::xid <> 5, '5'::xid <> '6', '5'::xid::text::int, '-1'::xid = -1;
SELECT '5'::xid < '6'::xid;
SELECT '5'::xid = 5::bigint;
SELECT min(x) FROM (VALUES ('5'::xid)) s(x);
SELECT x FROM (VALUES ('5'::xid)) s(x) ORDER BY x;
SELECT x, count(*) FROM (VALUES ('5'::xid), ('6'), ('5')) s(x) GROUP BY x ORDER BY 2;
CREATE TABLE tx (x xid, n int);
INSERT INTO tx VALUES ('7', 1), ('8', 2), (NULL, 3), ('4294967295', 4);
INSERT INTO tx VALUES (7, 1);
SELECT n FROM tx WHERE x = '7';
SELECT n FROM tx WHERE x = 8;
SELECT n, x FROM tx WHERE x IN ('7', '-1') ORDER BY n;
SELECT n FROM tx WHERE x <> 7 ORDER BY n;
SELECT a.n FROM tx a JOIN tx b ON a.x = b.x ORDER BY 1;
SELECT n FROM tx ORDER BY x;
CREATE INDEX ON tx (x);
CREATE TABLE ty (x xid PRIMARY KEY);
SELECT pg_typeof(relfrozenxid), pg_typeof(relminmxid) FROM pg_class WHERE relname = 'tx';
SELECT typname, typlen, typcategory, typarray FROM pg_type WHERE oid IN (28, 1011) ORDER BY 1;
DROP TABLE tx;
---
5 | 4294967295 | 16 | NULL | {1,NULL,4294967295}
ERROR 22P02: invalid input syntax for type xid: "abc" at 8
ERROR 22003: value "4294967296" is out of range for type xid at 8
t | t | f | t | 5 | t
ERROR 42883: operator does not exist: xid < xid at 17
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: operator does not exist: xid = bigint at 17
HINT: No operator matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: function min(xid) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: could not identify an ordering operator for type xid at 49
HINT: Use an explicit ordering operator or modify the query.
6 | 1
5 | 2
CREATE TABLE
INSERT 0 4
ERROR 42804: column "x" is of type xid but expression is of type integer at 24
HINT: You will need to rewrite or cast the expression.
1
2
1 | 7
4 | 4294967295
2, 4
1, 2, 4
ERROR 42883: could not identify an ordering operator for type xid at 27
HINT: Use an explicit ordering operator or modify the query.
ERROR 42704: data type xid has no default operator class for access method "btree"
HINT: You must specify an operator class for the index or define a default operator class for the data type.
ERROR 42704: data type xid has no default operator class for access method "btree"
HINT: a key needs a type whose values compare
xid | xid
_xid | -1 | A | 0
xid | 4 | U | 1011
DROP TABLE
