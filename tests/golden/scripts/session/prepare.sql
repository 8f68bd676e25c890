# Statements are prepared under a name, and run by it.
CREATE TABLE pr_t (id int, name text);
PREPARE pr_in (int, text) AS INSERT INTO pr_t VALUES ($1, $2);
EXECUTE pr_in (1, 'a');
EXECUTE pr_in (1 + 1, NULL);
PREPARE pr_q (int) AS SELECT * FROM pr_t WHERE id >= $1 ORDER BY id;
EXECUTE pr_q (1);
EXECUTE pr_q ('2');
EXECUTE pr_q;
EXECUTE pr_q (1, 2);
EXECUTE pr_q ('x');
PREPARE pr_q AS SELECT 1;
ALTER TABLE pr_t RENAME COLUMN name TO called;
DEALLOCATE pr_in;
EXECUTE pr_in (1, 'a');
DEALLOCATE ALL;
EXECUTE pr_q (1);
DROP TABLE pr_t;
---
CREATE TABLE
PREPARE
INSERT 0 1
INSERT 0 1
PREPARE
1 | a
2 | NULL
2 | NULL
ERROR 42601: wrong number of parameters for prepared statement "pr_q"
DETAIL: Expected 1 parameters but got 0.
ERROR 42601: wrong number of parameters for prepared statement "pr_q"
DETAIL: Expected 1 parameters but got 2.
ERROR 22P02: invalid input syntax for type integer: "x"
ERROR 42P05: prepared statement "pr_q" already exists
ALTER TABLE
DEALLOCATE
ERROR 26000: prepared statement "pr_in" does not exist
DEALLOCATE ALL
ERROR 26000: prepared statement "pr_q" does not exist
DROP TABLE
