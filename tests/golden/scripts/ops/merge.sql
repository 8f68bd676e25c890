# The fourth segment of one size is merged with the three before it; then their files are removed.
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1);
VACUUM t;
INSERT INTO t VALUES (2);
VACUUM t;
INSERT INTO t VALUES (3);
VACUUM t;
INSERT INTO t VALUES (4);
[ops] VACUUM t;
SELECT id FROM t ORDER BY id;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 1
VACUUM
INSERT 0 1
VACUUM
INSERT 0 1
VACUUM
INSERT 0 1
VACUUM
> delete delta t @5
> put sequences segment: 5
> put manifest t 4: segment record to 1 KiB
> put swaps 4: 16500
> put meta head: 5 4 1
> commit
> delete manifest t 1
> delete manifest t 2
> delete manifest t 3
> delete manifest t 4
> put sequences segment: 6
> put manifest t 5: segment record to 1 KiB
> put swaps 5: 16500
> put meta head: 5 5 1
> commit
> new file in segments to 16 KiB
> file removed from segments
> file removed from segments
> file removed from segments
1, 2, 3, 4
DROP TABLE
