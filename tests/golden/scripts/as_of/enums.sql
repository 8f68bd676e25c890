# A table of an earlier moment shows the labels of that moment.
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE e (id int, m mood);
INSERT INTO e VALUES (1, 'sad'), (2, 'happy');
CREATE SNAPSHOT labelled;
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
ALTER TYPE mood ADD VALUE 'ok' BEFORE 'happy';
INSERT INTO e VALUES (3, 'ok');
SELECT * FROM e ORDER BY m;
SELECT * FROM e AS OF SNAPSHOT 'labelled' ORDER BY m DESC;
SELECT id FROM e AS OF SNAPSHOT 'labelled' AS old WHERE m = 'sad';
DROP SNAPSHOT labelled;
---
CREATE TYPE
CREATE TABLE
INSERT 0 2
CREATE SNAPSHOT
ALTER TYPE
ALTER TYPE
INSERT 0 1
1 | blue
3 | ok
2 | happy
2 | happy
1 | sad
1
DROP SNAPSHOT
