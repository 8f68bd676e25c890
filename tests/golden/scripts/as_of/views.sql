# A view at another moment is what it was then, over its tables as they were.
CREATE TABLE t (id int PRIMARY KEY, v vector(2));
INSERT INTO t VALUES (1, '[1,1]'), (2, '[2,2]');
CREATE VIEW w AS SELECT id, v FROM t WHERE id > 1;
CREATE VIEW deep AS SELECT id FROM w;
CREATE SNAPSHOT before_views;
INSERT INTO t VALUES (3, '[3,3]');
CREATE OR REPLACE VIEW w AS SELECT id, v FROM t WHERE id > 2;
SELECT id FROM w ORDER BY id;
SELECT id FROM w ORDER BY id AS OF SNAPSHOT 'before_views';
SELECT id FROM deep ORDER BY id AS OF SNAPSHOT 'before_views';
SELECT new.id, old.id FROM w AS new, w AS OF SNAPSHOT 'before_views' AS old;
SELECT id FROM w ORDER BY v <-> '[9,9]' LIMIT 1 AS OF SNAPSHOT 'before_views';
ALTER TABLE t RENAME COLUMN id TO key;
ALTER TABLE t RENAME TO u;
SELECT * FROM w;
SELECT * FROM w AS OF SNAPSHOT 'before_views';
DROP TABLE u CASCADE;
SELECT * FROM w;
SELECT * FROM w AS OF SNAPSHOT 'before_views';
DROP SNAPSHOT before_views;
---
CREATE TABLE
INSERT 0 2
CREATE VIEW
CREATE VIEW
CREATE SNAPSHOT
INSERT 0 1
CREATE VIEW
3
2
2
3 | 2
2
ALTER TABLE
ALTER TABLE
3 | [3,3]
2 | [2,2]
DROP TABLE
ERROR 42P01: relation "w" does not exist at 15
2 | [2,2]
DROP SNAPSHOT
