# A transaction that asks has one number, which grows; what has become of others, and which are seen, is said by it.
CREATE TABLE xi (n int PRIMARY KEY, id bigint);
SELECT txid_current() < txid_current() AS less, txid_current() > 2, pg_typeof(pg_current_xact_id()), pg_typeof(pg_current_snapshot()), pg_typeof(txid_current_snapshot());
INSERT INTO xi VALUES (1, txid_current());
INSERT INTO xi SELECT 2, txid_current();
SELECT count(*) FROM xi a JOIN xi b ON a.n < b.n WHERE a.id < b.id AND b.id < txid_current();
BEGIN;
SELECT txid_current_if_assigned(), pg_current_xact_id_if_assigned();
SAVEPOINT s;
INSERT INTO xi VALUES (3, txid_current());
ROLLBACK TO s;
INSERT INTO xi VALUES (3, txid_current());
UPDATE xi SET id = id WHERE n = 3 AND id = txid_current();
INSERT INTO xi VALUES (4, txid_current_if_assigned()), (5, pg_current_xact_id()::text::bigint);
SELECT count(DISTINCT id), bool_and(id = txid_current()) FROM xi WHERE n > 2;
SELECT txid_status(txid_current()), pg_xact_status(pg_current_xact_id());
SELECT pg_current_xact_id() = id::text::xid8, pg_current_xact_id()::xid = id::text::xid, txid_snapshot_xmin(txid_current_snapshot()) <= id FROM xi WHERE n = 3;
COMMIT;
SELECT n, txid_status(id), txid_visible_in_snapshot(id, txid_current_snapshot()) FROM xi WHERE n > 1 ORDER BY n;
SELECT count(*) FROM xi WHERE n IN (3, 4, 5) AND id < txid_snapshot_xmin(txid_current_snapshot());
BEGIN;
SELECT txid_current() > 0;
SELECT locktype, mode, granted, database, relation FROM pg_locks WHERE transactionid = pg_current_xact_id()::xid;
INSERT INTO xi VALUES (1, 0) ON CONFLICT (n) DO UPDATE SET id = 9 RETURNING xmax = pg_current_xact_id()::xid AS ours, xmax = 0 AS new;
ROLLBACK;
BEGIN;
INSERT INTO xi VALUES (6, txid_current());
SELECT set_config('xi.id', txid_current()::text, false) IS NULL;
ROLLBACK;
SELECT txid_status(current_setting('xi.id')::bigint);
BEGIN;
SELECT set_config('xi.id', txid_current()::text, false) IS NULL;
COMMIT;
SELECT txid_status(current_setting('xi.id')::bigint), txid_status(current_setting('xi.id')::bigint) = pg_xact_status(current_setting('xi.id')::xid8);
BEGIN READ ONLY;
SELECT txid_current() > current_setting('xi.id')::bigint;
COMMIT;
SELECT txid_status(0), txid_status(1), txid_status(2), txid_status(NULL);
SELECT txid_status(4611686018427387999);
SELECT pg_snapshot_xmin(s), pg_snapshot_xmax(s), array(SELECT pg_snapshot_xip(s)), pg_visible_in_snapshot('13', s), pg_visible_in_snapshot('14', s), s FROM (SELECT '10:20:10,14,14,15'::pg_snapshot) q(s);
SELECT txid_snapshot_xmin(s), txid_snapshot_xmax(s), pg_typeof(txid_snapshot_xmax(s)), txid_visible_in_snapshot(20, s) FROM (SELECT '10:20:'::txid_snapshot) q(s);
SELECT txid_snapshot_xip('10:20:10,14,15') AS x;
SELECT '20:10:'::pg_snapshot;
SELECT '10:20:9'::pg_snapshot;
SELECT '10:20'::txid_snapshot;
SELECT '0:1:'::pg_snapshot;
SELECT '12'::xid8 < '13'::xid8, '12'::xid8 = '12', '4294967299'::xid8::xid, max(x), min(x) FROM (VALUES ('1'::xid8), ('3')) v(x);
SELECT '-1x'::xid8;
SELECT '4294967296'::xid8;
CREATE TABLE xo (id xid8 PRIMARY KEY DEFAULT pg_current_xact_id(), said text);
INSERT INTO xo (said) VALUES ('a');
INSERT INTO xo (said) VALUES ('b');
SELECT said FROM xo WHERE id < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY id;
SELECT count(*) FROM xo WHERE id = pg_current_xact_id();
DROP TABLE xo;
DROP TABLE xi;
---
CREATE TABLE
f | t | xid8 | pg_snapshot | txid_snapshot
INSERT 0 1
INSERT 0 1
1
BEGIN
NULL | NULL
SAVEPOINT
INSERT 0 1
ROLLBACK
INSERT 0 1
UPDATE 1
INSERT 0 2
1 | t
in progress | in progress
t | t | t
COMMIT
2 | committed | t
3 | committed | t
4 | committed | t
5 | committed | t
3
BEGIN
t
transactionid | ExclusiveLock | t | NULL | NULL
t | f
INSERT 0 1
ROLLBACK
BEGIN
INSERT 0 1
f
ROLLBACK
ERROR 42704: unrecognized configuration parameter "xi.id"
BEGIN
f
COMMIT
committed | t
BEGIN
t
COMMIT
NULL | committed | committed | NULL
ERROR 22023: transaction ID 4611686018427387999 is in the future
10 | 20 | {10,14,15} | t | f | 10:20:10,14,15
10 | 20 | bigint | f
10, 14, 15
ERROR 22P02: invalid input syntax for type pg_snapshot: "20:10:" at 8
ERROR 22P02: invalid input syntax for type pg_snapshot: "10:20:9" at 8
ERROR 22P02: invalid input syntax for type txid_snapshot: "10:20" at 8
ERROR 22P02: invalid input syntax for type pg_snapshot: "0:1:" at 8
t | t | 3 | 3 | 1
ERROR 22P02: invalid input syntax for type xid8: "-1x" at 8
4294967296
CREATE TABLE
INSERT 0 1
INSERT 0 1
a, b
0
DROP TABLE
DROP TABLE
