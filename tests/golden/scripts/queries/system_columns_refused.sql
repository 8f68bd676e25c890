# Of the columns of the system only tableoid and xmax are there.
CREATE TABLE scr (id int);
SELECT ctid FROM scr;
SELECT r.xmin FROM scr r, scr s;
DROP TABLE scr;
---
CREATE TABLE
ERROR 0A000: the system column "ctid" is not supported yet at 8
ERROR 0A000: the system column "xmin" is not supported yet at 8
DROP TABLE
