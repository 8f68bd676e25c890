# DO runs a block in one transaction: statements, IF, RAISE, handlers that undo the steps before them.
DO 'BEGIN CREATE TYPE db_mood AS ENUM (''a''); EXCEPTION WHEN duplicate_object THEN null; END';
DO 'BEGIN CREATE TYPE db_mood AS ENUM (''a''); EXCEPTION WHEN duplicate_object THEN null; END';
CREATE TABLE db (id int PRIMARY KEY, a text);
DO $$ BEGIN INSERT INTO db VALUES (1, 'x'); BEGIN INSERT INTO db VALUES (2, 'undone'); INSERT INTO db VALUES (1, 'z'); EXCEPTION WHEN unique_violation THEN INSERT INTO db VALUES (3, 'handled'); END; END $$;
DO $$ BEGIN IF NOT EXISTS (SELECT FROM db WHERE id = 5) THEN INSERT INTO db VALUES (5, 'if'); ELSIF true THEN NULL; ELSE RAISE EXCEPTION 'no'; END IF; IF EXISTS (SELECT FROM db WHERE id = 99) THEN NULL; ELSIF 1 = 1 THEN INSERT INTO db VALUES (6, 'elsif'); END IF; IF NULL THEN NULL; ELSE INSERT INTO db VALUES (7, 'else'); END IF; END; $$ LANGUAGE plpgsql;
DO $$ BEGIN INSERT INTO db VALUES (8, 'x'); PERFORM 1 / 0; EXCEPTION WHEN SQLSTATE '22012' THEN EXECUTE 'INSERT INTO db VALUES (' || 10 || ', ''execute'')'; END $$;
DO $$ BEGIN INSERT INTO db VALUES (1, 'x'); EXCEPTION WHEN division_by_zero OR integrity_constraint_violation THEN NULL; END $$;
SELECT * FROM db ORDER BY id;
# What nobody handles undoes all of it.
DO $$ BEGIN INSERT INTO db VALUES (20, 'x'); RAISE EXCEPTION 'bad % and % of 100%%', 1 + 1, NULL USING ERRCODE = 'unique_violation', DETAIL = 'det', HINT = 'hin'; END $$;
DO $$ BEGIN INSERT INTO db VALUES (20, 'x'); INSERT INTO db VALUES (1, 'x'); EXCEPTION WHEN OTHERS THEN RAISE; END $$;
DO $$ BEGIN INSERT INTO db VALUES (1, 'x'); EXCEPTION WHEN undefined_table THEN NULL; END $$;
DO $$ BEGIN RAISE unique_violation; END $$;
DO $$ BEGIN RAISE EXCEPTION USING MESSAGE = 'only', ERRCODE = '22023'; END $$;
SELECT count(*) FROM db;
BEGIN;
DO $$ BEGIN INSERT INTO db VALUES (30, 'in'); END $$;
DO $$ BEGIN INSERT INTO db VALUES (30, 'in'); EXCEPTION WHEN OTHERS THEN NULL; END $$;
SELECT count(*) FROM db;
ROLLBACK;
SELECT count(*) FROM db;
# Refusals.
DO $$ BEGIN SELECT 1; END $$;
DO $$ BEGIN INSERT INTO db VALUES (40, 'r') RETURNING id; END $$;
DO $$ BEGIN RAISE NOTICE '%'; END $$;
DO $$ BEGIN RAISE NOTICE 'a', 1; END $$;
DO $$ BEGIN RAISE; END $$;
DO $$ BEGIN NULL; EXCEPTION WHEN nope THEN NULL; END $$;
DO $$ BEGIN EXECUTE NULL; END $$;
DO LANGUAGE sql 'SELECT 1';
DO LANGUAGE nope 'x';
DO LANGUAGE plpgsql;
DROP TABLE db;
DROP TYPE db_mood;
---
DO
DO
CREATE TABLE
DO
DO
DO
DO
1 | x
3 | handled
5 | if
6 | elsif
7 | else
10 | execute
ERROR 23505: bad 2 and <NULL> of 100%
DETAIL: det
HINT: hin
ERROR 23505: duplicate key value violates unique constraint "db_pkey"
DETAIL: Key (id)=(1) already exists.
ERROR 23505: duplicate key value violates unique constraint "db_pkey"
DETAIL: Key (id)=(1) already exists.
ERROR 23505: unique_violation
ERROR 22023: only
6
BEGIN
DO
DO
7
ROLLBACK
6
ERROR 42601: query has no destination for result data
HINT: If you want to discard the results of a SELECT, use PERFORM instead.
ERROR 42601: query has no destination for result data
ERROR 42601: too few parameters specified for RAISE
ERROR 42601: too many parameters specified for RAISE
ERROR 0Z002: RAISE without parameters cannot be used outside an exception handler
ERROR 42704: unrecognized exception condition "nope"
ERROR 22004: query string argument of EXECUTE is null
ERROR 0A000: language "sql" does not support inline code execution
ERROR 42704: language "nope" does not exist
ERROR 42601: no inline code specified
DROP TABLE
DROP TYPE
