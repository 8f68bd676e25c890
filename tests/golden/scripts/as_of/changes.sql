# VERSIONS BETWEEN gives the rows that were inserted and deleted from one moment to another, each with what it was.
CREATE TABLE feed (id int PRIMARY KEY, brand text, vec vector(2), twice int GENERATED ALWAYS AS (id * 2) STORED);
CREATE SNAPSHOT feed_begin;
INSERT INTO feed VALUES (1, 'x', '[1,1]'), (2, 'y', '[2,2]');
[moment] before;
UPDATE feed SET brand = 'z' WHERE id = 1;
BEGIN;
DELETE FROM feed WHERE id = 2;
INSERT INTO feed VALUES (3, 'w', NULL), (4, 'w', '[4,4]');
DELETE FROM feed WHERE id = 4;
CREATE SNAPSHOT feed_end;
COMMIT;
---
CREATE TABLE
CREATE SNAPSHOT
INSERT 0 2
UPDATE 1
BEGIN
DELETE 1
INSERT 0 2
DELETE 1
CREATE SNAPSHOT
COMMIT

SELECT id, brand, vec, twice, change_type FROM feed VERSIONS BETWEEN SNAPSHOT 'feed_begin' AND now();
SELECT id, brand, change_type FROM feed VERSIONS BETWEEN $before AND now();
SELECT id, brand, change_type FROM feed VERSIONS BETWEEN $before AND SNAPSHOT 'feed_end' AS f WHERE brand <> 'w' ORDER BY id DESC, change_type;
SELECT count(*) FROM feed VERSIONS BETWEEN SNAPSHOT 'feed_end' AND now();
[header] SELECT * FROM feed VERSIONS BETWEEN now() AND now();
---
1 | x | [1,1] | 2 | insert
2 | y | [2,2] | 4 | insert
1 | x | [1,1] | 2 | delete
1 | z | [1,1] | 2 | insert
2 | y | [2,2] | 4 | delete
3 | w | NULL | 6 | insert
1 | x | delete
1 | z | insert
2 | y | delete
3 | w | insert
2 | y | delete
1 | x | delete
1 | z | insert
0
id integer | brand text | vec vector | twice integer | change_type text | change_version bigint | change_time timestamptz
(no rows)

# Versions count in at both ends; an UPDATE is a delete and an insert of one.
SELECT set_config('feed.v', version::text, false) IS NULL FROM vql_snapshots WHERE name = 'feed_begin';
SELECT id, change_type, change_version - current_setting('feed.v')::bigint, change_time = time
    FROM feed VERSIONS BETWEEN VERSION current_setting('feed.v')::bigint + 1 AND VERSION current_setting('feed.v')::bigint + 2
    JOIN vql_versions v ON v.version = change_version;
SELECT change_version - current_setting('feed.v')::bigint AS v, count(*) FILTER (WHERE change_type = 'insert') AS inserted,
    count(*) FILTER (WHERE change_type = 'delete') AS deleted
    FROM feed VERSIONS BETWEEN SNAPSHOT 'feed_begin' AND now() GROUP BY change_version ORDER BY change_version;
SELECT count(*) FROM feed VERSIONS BETWEEN VERSION current_setting('feed.v')::bigint + 2 AND VERSION current_setting('feed.v')::bigint + 1;
SELECT count(*) FROM feed VERSIONS BETWEEN VERSION 1000000000 AND now();
---
f
2 | insert | 1 | t
1 | insert | 2 | t
1 | insert | 1 | t
1 | delete | 2 | t
1 | 2 | 0
2 | 1 | 1
3 | 1 | 1
0
0

# Changes are rows as any: joined with the table, searched, counted, kept.
SELECT c.id, c.change_type, f.brand FROM feed VERSIONS BETWEEN $before AND now() c LEFT JOIN feed f USING (id) ORDER BY 1, 2;
SELECT id, change_type FROM feed VERSIONS BETWEEN SNAPSHOT 'feed_begin' AND now() ORDER BY vec <-> '[2,2]', change_type LIMIT 3;
SELECT (SELECT count(*) FROM feed VERSIONS BETWEEN $before AND now()) FROM feed WHERE id = 1;
WITH last AS (SELECT * FROM feed VERSIONS BETWEEN SNAPSHOT 'feed_begin' AND now())
    SELECT brand, count(*) FROM last WHERE change_type = 'insert' GROUP BY brand ORDER BY brand;
CREATE TABLE feed_log AS SELECT id, change_type FROM feed VERSIONS BETWEEN SNAPSHOT 'feed_begin' AND now();
INSERT INTO feed_log SELECT id, change_type FROM feed VERSIONS BETWEEN $before AND now() WHERE id = 1;
SELECT change_type, count(*) FROM feed_log GROUP BY 1 ORDER BY 1;
PREPARE feed_since (bigint) AS SELECT count(*) FROM feed VERSIONS BETWEEN VERSION $1 AND now();
EXECUTE feed_since (1000000000);
---
1 | delete | z
1 | insert | z
2 | delete | NULL
3 | insert | w
2 | delete
2 | insert
1 | delete
4
w | 1
x | 1
y | 1
z | 1
SELECT 6
INSERT 0 2
delete | 3
insert | 5
PREPARE
0

# Sealed rows tell the same, and what an open transaction has done is no version yet.
VACUUM feed;
BEGIN;
DELETE FROM feed;
SELECT id, change_type FROM feed VERSIONS BETWEEN SNAPSHOT 'feed_begin' AND now();
ROLLBACK;
---
VACUUM
BEGIN
DELETE 2
1 | insert
2 | insert
1 | delete
1 | insert
2 | delete
3 | insert
ROLLBACK

# TRUNCATE deletes what there was.
TRUNCATE feed;
INSERT INTO feed VALUES (5, 'v', NULL);
SELECT id, change_type FROM feed VERSIONS BETWEEN SNAPSHOT 'feed_begin' AND now();
SELECT id, change_type FROM feed VERSIONS BETWEEN SNAPSHOT 'feed_end' AND now();
SELECT tables, inserted, deleted FROM vql_versions WHERE 'feed' = ANY (tables) ORDER BY version DESC LIMIT 2;
---
TRUNCATE TABLE
INSERT 0 1
1 | insert
2 | insert
1 | delete
1 | insert
2 | delete
3 | insert
1 | delete
3 | delete
5 | insert
1 | delete
3 | delete
5 | insert
{feed} | 1 | 0
{feed} | 0 | 0

# Columns that came later are read as AS OF reads them; what had another type is refused.
ALTER TABLE feed ADD COLUMN size int DEFAULT 7, DROP COLUMN twice;
SELECT id, size, change_type FROM feed VERSIONS BETWEEN SNAPSHOT 'feed_end' AND now();
ALTER TABLE feed ALTER COLUMN size TYPE text USING size::text || '!';
SELECT id, size FROM feed VERSIONS BETWEEN SNAPSHOT 'feed_end' AND now();
SELECT id, size FROM feed VERSIONS BETWEEN now() AND now();
SELECT id, size, change_type FROM feed VERSIONS BETWEEN VERSION 1000000000 AND now();
CREATE SNAPSHOT feed_typed;
UPDATE feed SET size = 'big';
SELECT id, size, change_type FROM feed VERSIONS BETWEEN SNAPSHOT 'feed_typed' AND now();
---
ALTER TABLE
1 | 7 | delete
3 | 7 | delete
5 | 7 | insert
ALTER TABLE
ERROR 0A000: changes of table "feed" from before column "size" had its type are not supported
HINT: Begin behind VERSION N.
(no rows)
(no rows)
CREATE SNAPSHOT
UPDATE 1
5 | 7! | delete
5 | big | insert

# Refused: views, relations of the catalog, the unknown, columns called so, what NULL begins.
CREATE VIEW feed_view AS SELECT id FROM feed;
SELECT * FROM feed_view VERSIONS BETWEEN SNAPSHOT 'feed_typed' AND now();
CREATE VIEW feed_changes AS SELECT id FROM feed VERSIONS BETWEEN SNAPSHOT 'feed_typed' AND now();
DROP VIEW feed_view;
SELECT * FROM pg_class VERSIONS BETWEEN SNAPSHOT 'feed_typed' AND now();
SELECT * FROM feed VERSIONS BETWEEN SNAPSHOT 'feed_none' AND now();
SELECT * FROM feed VERSIONS BETWEEN NULL AND now();
SELECT * FROM feed VERSIONS BETWEEN now() AND '2901-01-01';
SELECT * FROM feed VERSIONS BETWEEN now() AND now() FOR UPDATE;
SELECT * FROM feed VERSIONS BETWEEN now();
SELECT change_type FROM feed;
ALTER TABLE feed ADD COLUMN change_type int;
SELECT * FROM feed VERSIONS BETWEEN SNAPSHOT 'feed_typed' AND now();
---
CREATE VIEW
ERROR 42809: "feed_view" is not a table at 15
DETAIL: VERSIONS BETWEEN reads the changes of tables.
ERROR 0A000: AS OF in a view is not supported
HINT: Write AS OF where the view is read.
DROP VIEW
ERROR 0A000: AS OF a moment of its own is not supported for the system catalog
ERROR 42704: snapshot "feed_none" does not exist
ERROR 22023: VERSIONS BETWEEN must not be NULL
ERROR 22023: AS OF time is in the future
ERROR 0A000: FOR UPDATE is not allowed with AS OF at 53
ERROR 42601: syntax error at end of input at 42
HINT: expected AND
ERROR 42703: column "change_type" does not exist at 8
ALTER TABLE
ERROR 42701: column "change_type" of table "feed" is called as one that its changes have
HINT: Rename the column.

# A column may be called so.
CREATE TABLE feed_names (versions int, version int, snapshot int);
INSERT INTO feed_names VALUES (2, 3, 4);
SELECT versions BETWEEN 1 AND version AND snapshot = 4 FROM feed_names WHERE versions BETWEEN version - 1 AND version AND version = 3
    ORDER BY versions BETWEEN 1 AND 2;
DROP TABLE feed_names, feed_log;
---
CREATE TABLE
INSERT 0 1
t
DROP TABLE

# What was made anew under the name of another is not the same table.
DROP TABLE feed;
CREATE TABLE feed (id int, other text);
INSERT INTO feed VALUES (1, 'new');
SELECT other, change_type FROM feed VERSIONS BETWEEN now() AND now();
SELECT other, change_type FROM feed VERSIONS BETWEEN SNAPSHOT 'feed_end' AND now();
DROP SNAPSHOT feed_begin;
DROP SNAPSHOT feed_end;
DROP SNAPSHOT feed_typed;
---
DROP TABLE
CREATE TABLE
INSERT 0 1
(no rows)
ERROR 72000: table "feed" was made anew within these versions
HINT: Begin with VERSION N.
DROP SNAPSHOT
DROP SNAPSHOT
DROP SNAPSHOT

# Who may read the table reads its changes, of the rows that policies let through.
CREATE ROLE feed_reader;
GRANT USAGE ON SCHEMA public TO feed_reader;
SET ROLE feed_reader;
SELECT count(*) FROM feed VERSIONS BETWEEN now() AND now();
RESET ROLE;
CREATE SNAPSHOT feed_policies;
INSERT INTO feed VALUES (2, 'mine');
DELETE FROM feed;
CREATE POLICY feed_policy ON feed USING (other = 'mine');
ALTER TABLE feed ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON feed TO feed_reader;
SET ROLE feed_reader;
SELECT id, change_type FROM feed VERSIONS BETWEEN SNAPSHOT 'feed_policies' AND now();
SELECT f.id, f.change_type FROM feed VERSIONS BETWEEN SNAPSHOT 'feed_policies' AND now() f JOIN (VALUES (2)) v(id) USING (id);
RESET ROLE;
DROP SNAPSHOT feed_policies;
DROP TABLE feed;
DROP OWNED BY feed_reader;
DROP ROLE feed_reader;
---
CREATE ROLE
GRANT
SET
ERROR 42501: permission denied for table feed
RESET
CREATE SNAPSHOT
INSERT 0 1
DELETE 2
CREATE POLICY
ALTER TABLE
GRANT
SET
2 | insert
2 | delete
2 | insert
2 | delete
RESET
DROP SNAPSHOT
DROP TABLE
DROP OWNED
DROP ROLE
