# An index is defined first; the index of each segment is then a file, named in the segment's record.
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i % 10 FROM generate_series(1, 10000) AS g(i);
[ops] CREATE INDEX by_a ON t (a);
[ops] DROP INDEX by_a;
DROP TABLE t;
---
CREATE TABLE
INSERT 0 10000
CREATE INDEX
> put sequences object: 16503
> commit
> put catalog t @3: definition to 16 KiB
> put commits @3: time t
> put times time: 3
> put meta head: 3 0 2
> commit
> put manifest t 1: segment record to 1 KiB
> put swaps 1: 16500
> put meta head: 3 1 2
> commit
> new file in indexes to 1 MiB
DROP INDEX
> put catalog t @4: definition to 1 KiB
> put manifest t 1: segment record to 1 KiB
> put swaps 2: 16500
> put commits @4: time t
> put times time: 4
> put meta head: 4 2 3
> commit
DROP TABLE
