# A table as of an earlier moment shows the fields that its types had then.
CREATE TYPE room AS (floor int, name text);
CREATE TABLE hotels (id int, r room);
INSERT INTO hotels VALUES (1, (2, 'blue'));
CREATE SNAPSHOT composites_before;
ALTER TYPE room RENAME ATTRIBUTE name TO colour;
ALTER TYPE room DROP ATTRIBUTE floor;
ALTER TYPE room ADD ATTRIBUTE beds int;
UPDATE hotels SET r.beds = 3;
SELECT r, (r).colour FROM hotels;
SELECT r, (r).name, (r).floor FROM hotels AS OF SNAPSHOT 'composites_before';
SELECT h FROM hotels AS OF SNAPSHOT 'composites_before' AS h;
BEGIN;
ALTER TYPE room ADD ATTRIBUTE sea boolean;
SELECT r FROM hotels;
ROLLBACK;
SELECT r FROM hotels;
---
CREATE TYPE
CREATE TABLE
INSERT 0 1
CREATE SNAPSHOT
ALTER TYPE
ALTER TYPE
ALTER TYPE
UPDATE 1
(blue,3) | blue
(2,blue) | blue | 2
(1,"(2,blue)")
BEGIN
ALTER TYPE
(blue,3,)
ROLLBACK
(blue,3)
