# Named snapshots and versions can be listed: what was committed, which tables it touched, how many rows.
CREATE TABLE history_t (id int PRIMARY KEY, brand text);
INSERT INTO history_t VALUES (1, 'x'), (2, 'y');
CREATE SNAPSHOT history_first;
UPDATE history_t SET brand = 'z' WHERE id = 1;
BEGIN;
DELETE FROM history_t WHERE id = 2;
INSERT INTO history_t VALUES (3, 'w'), (4, 'w'), (5, 'w');
CREATE SNAPSHOT history_second;
COMMIT;
---
CREATE TABLE
INSERT 0 2
CREATE SNAPSHOT
UPDATE 1
BEGIN
DELETE 1
INSERT 0 3
CREATE SNAPSHOT
COMMIT

SELECT tables, inserted, deleted FROM vql_versions WHERE 'history_t' = ANY (tables) ORDER BY version;
SELECT count(*) = 1 + max(version) - min(version), bool_and(time <= now()) FROM vql_versions;
SELECT s.name, v.tables, s.time = v.time FROM vql_snapshots s JOIN vql_versions v USING (version)
    WHERE name LIKE 'history_%' ORDER BY version;
[header] SELECT * FROM vql_versions LIMIT 0;
[header] SELECT * FROM vql_snapshots LIMIT 0;
---
{history_t} | 0 | 0
{history_t} | 2 | 0
{history_t} | 1 | 1
{history_t} | 3 | 1
t | t
history_first | {} | t
history_second | {history_t} | t
version bigint | time timestamptz | tables text[] | inserted bigint | deleted bigint
(no rows)
name text | version bigint | time timestamptz
(no rows)

# What a name holds is what AS OF its version shows.
SELECT id FROM history_t AS OF VERSION (SELECT version FROM vql_snapshots WHERE name = 'history_first') ORDER BY id;
SELECT id FROM history_t AS OF SNAPSHOT 'history_first' ORDER BY id;
SELECT name FROM vql_snapshots WHERE name LIKE 'history_%' AS OF SNAPSHOT 'history_first';
---
1, 2
1, 2
history_first

# A transaction sees what it names; the version comes with its commit.
BEGIN;
DROP SNAPSHOT history_first;
CREATE SNAPSHOT history_third;
SELECT name, version IS NULL, time IS NULL FROM vql_snapshots WHERE name LIKE 'history_%' ORDER BY name;
ROLLBACK;
SELECT name FROM vql_snapshots WHERE name LIKE 'history_%' ORDER BY name;
---
BEGIN
DROP SNAPSHOT
CREATE SNAPSHOT
history_second | f | f
history_third | t | t
ROLLBACK
history_first, history_second

# Sealing and merging change no count, and a table that was dropped is still told of.
VACUUM history_t;
DROP TABLE history_t;
SELECT tables, inserted, deleted FROM vql_versions WHERE 'history_t' = ANY (tables) ORDER BY version;
CREATE SCHEMA history_s;
CREATE TABLE history_s.t (a int);
SELECT tables FROM vql_versions ORDER BY version DESC LIMIT 1;
DROP SCHEMA history_s CASCADE;
---
VACUUM
DROP TABLE
{history_t} | 0 | 0
{history_t} | 2 | 0
{history_t} | 1 | 1
{history_t} | 3 | 1
{history_t} | 0 | 0
CREATE SCHEMA
CREATE TABLE
{history_s.t}
DROP SCHEMA

INSERT INTO vql_snapshots VALUES ('mine', 1);
DROP SNAPSHOT history_first;
DROP SNAPSHOT history_second;
SELECT count(*) FROM vql_snapshots WHERE name LIKE 'history_%';
---
ERROR 42P01: relation "vql_snapshots" does not exist at 13
DROP SNAPSHOT
DROP SNAPSHOT
0
