# A definition is one catalog record under the table's id and the version that made it; the ids of table and
# key were taken before, so that a failed definition never gives one out twice.
[ops] CREATE TABLE t (id int PRIMARY KEY, brand text);
[ops] CREATE TABLE IF NOT EXISTS t (id int);
DROP TABLE t;
---
CREATE TABLE
> put sequences object: 16501
> commit
> put sequences object: 16502
> commit
> put catalog t @1: definition to 1 KiB
> put commits @1: time t
> put times time: 1
> put meta head: 1 0 1
> commit
CREATE TABLE
> nothing written
DROP TABLE
