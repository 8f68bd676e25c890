# A block writes as its statements do; what PL/pgSQL has beside is refused by name.
CREATE TABLE dor (id int);
[ops] DO $$ BEGIN INSERT INTO dor VALUES (1); END $$;
DO $$ DECLARE x int; BEGIN NULL; END $$;
DO $$ BEGIN FOR r IN SELECT 1 LOOP NULL; END LOOP; END $$;
DO $$ BEGIN x := 1; END $$;
DO $$ BEGIN SELECT 1 INTO x; END $$;
DO $$ BEGIN EXECUTE 'SELECT 1' INTO x; END $$;
DO $$ BEGIN RETURN; END $$;
DO $$ BEGIN COMMIT; END $$;
DO $$ << l >> BEGIN NULL; END $$;
DO $$ BEGIN SAVEPOINT a; END $$;
DO $$ BEGIN COPY dor TO STDOUT; END $$;
DO $$ BEGIN selec 1; END $$;
DO $$ BEGIN NULL $$;
DO '';
SELECT * FROM dor;
DROP TABLE dor;
---
CREATE TABLE
DO
> put sequences row dor: 2
> put delta dor @2: frame to 1 KiB
> put commits @2: time dor
> put times time: 2
> put meta head: 2 0 1
> commit
ERROR 0A000: DECLARE of PL/pgSQL is not supported yet
ERROR 0A000: FOR of PL/pgSQL is not supported yet
ERROR 0A000: assignments of PL/pgSQL are not supported yet
ERROR 0A000: INTO of PL/pgSQL is not supported yet
ERROR 0A000: EXECUTE with INTO or USING is not supported yet
ERROR 0A000: RETURN of PL/pgSQL is not supported yet
ERROR 0A000: COMMIT of PL/pgSQL is not supported yet
ERROR 0A000: labels of PL/pgSQL are not supported yet
ERROR 0A000: unsupported transaction command in PL/pgSQL
ERROR 0A000: cannot COPY to/from client in PL/pgSQL
ERROR 42601: syntax error at or near "selec"
ERROR 42601: syntax error at end of input at 17
ERROR 42601: syntax error at or near ";" at 5
1
DROP TABLE
