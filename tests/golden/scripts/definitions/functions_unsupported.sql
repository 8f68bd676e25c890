# Functions that are more than one query, and calls where no query is, are refused with a hint.
CREATE FUNCTION fu_one(x int) RETURNS int LANGUAGE sql AS 'SELECT x';
CREATE FUNCTION fu_bad() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION fu_bad() RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2';
CREATE FUNCTION fu_bad() RETURNS int LANGUAGE sql AS 'DELETE FROM pg_class RETURNING 1';
CREATE FUNCTION fu_bad() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1;
CREATE FUNCTION fu_bad() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
CREATE FUNCTION fu_bad(VARIADIC x int[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION fu_bad() RETURNS void LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE fu_bad() LANGUAGE sql AS 'SELECT 1';
CALL fu_bad();
CREATE TABLE fu_table (a int DEFAULT fu_one(1));
CREATE TABLE fu_table (a int CHECK (fu_one(a) > 0));
CREATE TABLE fu_table (a int);
CREATE INDEX ON fu_table (fu_one(a));
CREATE FUNCTION fu_rows() RETURNS SETOF int LANGUAGE sql AS 'SELECT a FROM fu_table';
SELECT fu_rows();
CREATE FUNCTION fu_count(x int) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM fu_table WHERE a > x';
SELECT fu_count(max(a)) FROM fu_table;
CREATE OR REPLACE FUNCTION fu_one(x int) RETURNS int LANGUAGE sql AS 'SELECT fu_one(x)';
SELECT fu_one(1);
DROP FUNCTION fu_one, fu_rows, fu_count;
DROP TABLE fu_table;
---
CREATE FUNCTION
ERROR 0A000: functions in language "plpgsql" are not supported at 42
HINT: Write it as one SELECT in LANGUAGE sql, or compute it in the program.
ERROR 0A000: functions of more than one statement are not supported yet
ERROR 0A000: functions of other statements than SELECT are not supported yet
HINT: Write the function as one SELECT, and change rows from the program.
ERROR 0A000: BEGIN ATOMIC is not supported yet at 51
HINT: Write its SELECT behind AS $$ ... $$, or RETURN and an expression.
ERROR 0A000: functions with SECURITY are not supported yet at 51
ERROR 0A000: VARIADIC arguments are not supported yet at 24
ERROR 0A000: functions returning type void are not supported yet
ERROR 0A000: CREATE PROCEDURE is not supported yet at 1
HINT: Run the statements from the program, in one transaction.
ERROR 0A000: CALL is not supported yet at 1
HINT: Run the statements from the program, in one transaction.
ERROR 0A000: function fu_one of CREATE FUNCTION is supported in queries and views alone
HINT: Write its expression in the default, the constraint or the index.
ERROR 0A000: function fu_one of CREATE FUNCTION is supported in queries and views alone
HINT: Write its expression in the default, the constraint or the index.
CREATE TABLE
ERROR 0A000: function fu_one of CREATE FUNCTION is supported in queries and views alone
HINT: Write its expression in the default, the constraint or the index.
CREATE FUNCTION
ERROR 0A000: function fu_rows() gives rows, and is supported in FROM alone
HINT: SELECT ... FROM fu_rows(...)
CREATE FUNCTION
ERROR 0A000: an aggregate as argument of function fu_count is not supported yet
HINT: Compute it in a query in FROM.
ERROR 0A000: function fu_one that calls itself is not supported
1
DROP FUNCTION
DROP TABLE
