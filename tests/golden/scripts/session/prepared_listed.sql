# pg_prepared_statements lists what PREPARE has named, with the types that are known.
CREATE TABLE prl (id int PRIMARY KEY, b text);
PREPARE prl_a AS SELECT $1::int + id, b FROM prl WHERE b = $2;
PREPARE prl_b (text, int) AS INSERT INTO prl (b, id) VALUES ($1, $2);
SELECT name, statement, parameter_types, result_types, from_sql FROM pg_prepared_statements ORDER BY 1;
EXECUTE prl_b('x', 1);
SELECT name, generic_plans + custom_plans, prepare_time <= now() FROM pg_prepared_statements ORDER BY 1;
DEALLOCATE prl_a;
SELECT name FROM pg_prepared_statements;
DEALLOCATE ALL;
SELECT count(*) FROM pg_prepared_statements;
DROP TABLE prl;
---
CREATE TABLE
PREPARE
PREPARE
prl_a | PREPARE prl_a AS SELECT $1::int + id, b FROM prl WHERE b = $2 | {integer,text} | {integer,text} | t
prl_b | PREPARE prl_b (text, int) AS INSERT INTO prl (b, id) VALUES ($1, $2) | {text,integer} | NULL | t
INSERT 0 1
prl_a | 0 | t
prl_b | 1 | t
DEALLOCATE
prl_b
DEALLOCATE ALL
0
DROP TABLE
