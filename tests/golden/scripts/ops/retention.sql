# What no retention holds is forgotten by VACUUM: the rows that had ended, their deletes, the commits.
CREATE TABLE t (id int PRIMARY KEY, a int) WITH (retention = '0 seconds');
INSERT INTO t VALUES (1, 1), (2, 2);
VACUUM t;
DELETE FROM t WHERE id = 1;
INSERT INTO t VALUES (3, 3);
[moment] later;
[ops] VACUUM t;
SELECT id FROM t ORDER BY id;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 2
VACUUM
DELETE 1
INSERT 0 1
VACUUM
> delete delta t @4
> put sequences segment: 3
> put manifest t 2: segment record to 1 KiB
> put swaps 2: 16500
> put meta head: 4 2 1
> commit
> delete manifest t 1
> put oldest t: 4 time
> put sequences segment: 4
> put manifest t 3: segment record to 1 KiB
> put swaps 3: 16500
> put meta head: 4 3 1
> commit
> delete commits @2
> delete times time
> delete commits @3
> delete times time
> commit
> new file in segments to 16 KiB
> new file in segments to 16 KiB
> file removed from segments
2, 3
DROP TABLE
