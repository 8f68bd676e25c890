# Tables are not divided: a hint says what to do instead.
CREATE TABLE pr (id int, tenant int, e vector(3)) PARTITION BY LIST (tenant);
CREATE TABLE pq (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE pr_1 PARTITION OF pr FOR VALUES IN (1);
CREATE TABLE pi (x int) INHERITS (pq);
CREATE TABLE partition (partition int, "using" int, inherits int, tablespace int);
SELECT row_number() OVER (PARTITION BY partition), tablespace fast FROM partition;
CREATE TABLE pr_2 AS SELECT p.partition, row_number() OVER (PARTITION BY inherits) FROM partition p JOIN partition q USING (tablespace);
DROP TABLE partition, pr_2;
---
ERROR 0A000: PARTITION BY is not supported at 51
HINT: Keep one table with a column for what would divide it, and an index on that: a filter by it combines with every search. Rows that get old may expire (retention).
ERROR 0A000: PARTITION BY is not supported at 35
HINT: Keep one table with a column for what would divide it, and an index on that: a filter by it combines with every search. Rows that get old may expire (retention).
ERROR 0A000: PARTITION BY is not supported at 19
HINT: Keep one table with a column for what would divide it, and an index on that: a filter by it combines with every search. Rows that get old may expire (retention).
ERROR 0A000: INHERITS is not supported at 25
HINT: Use LIKE to take over columns.
CREATE TABLE
(no rows)
ERROR 42702: column reference "inherits" is ambiguous at 74
ERROR 42P01: table "pr_2" does not exist
