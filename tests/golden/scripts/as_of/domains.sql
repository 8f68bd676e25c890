# A domain's rules are those of the moment of a change; what is as of an earlier one stays as it was.
CREATE DOMAIN rating AS int CHECK (VALUE < 6);
CREATE TABLE rated (id int, r rating);
INSERT INTO rated VALUES (1, 5);
CREATE SNAPSHOT domains_before;
ALTER DOMAIN rating DROP CONSTRAINT rating_check;
INSERT INTO rated VALUES (2, 9);
SELECT * FROM rated AS OF SNAPSHOT 'domains_before';
BEGIN;
DROP DOMAIN rating CASCADE;
SELECT * FROM rated;
ROLLBACK;
SELECT r, pg_typeof(r) FROM rated ORDER BY id;
---
CREATE DOMAIN
CREATE TABLE
INSERT 0 1
CREATE SNAPSHOT
ALTER DOMAIN
INSERT 0 1
1 | 5
BEGIN
DROP DOMAIN
1, 2
ROLLBACK
5 | rating
9 | rating
