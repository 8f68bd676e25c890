# A named snapshot is a name for the version that it makes.
CREATE TABLE t (id int PRIMARY KEY);
[ops] CREATE SNAPSHOT release;
[ops] DROP SNAPSHOT release;
DROP TABLE t;
---
CREATE TABLE
CREATE SNAPSHOT
> put snapshots release: 2
> put commits @2: time
> put times time: 2
> put meta head: 2 0 1
> commit
DROP SNAPSHOT
> delete snapshots release
> put commits @3: time
> put times time: 3
> put meta head: 3 0 1
> commit
DROP TABLE
