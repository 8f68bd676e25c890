# With an empty search_path tables are found by their schema alone, and named with it.
CREATE TABLE sp (id int PRIMARY KEY, t text);
INSERT INTO sp VALUES (1, 'a');
SELECT set_config('search_path', '', false) = '';
SELECT * FROM sp;
SELECT * FROM public.sp;
SELECT p.id FROM public.sp p WHERE p.id = (SELECT max(id) FROM sp);
WITH sp AS (SELECT 5 x) SELECT * FROM sp;
INSERT INTO sp VALUES (2, 'b');
INSERT INTO public.sp VALUES (2, 'b');
UPDATE public.sp SET t = 'x' WHERE id = 2 RETURNING t;
DELETE FROM sp;
CREATE TABLE made (a int);
CREATE TABLE public.made (a int);
DROP TABLE made;
DROP TABLE public.made;
SELECT 'public.sp'::regclass, 'pg_class'::regclass;
SELECT 'sp'::regclass;
SELECT set_config('search_path', 'public', false);
SELECT 'sp'::regclass;
SELECT * FROM sp ORDER BY id;
DROP TABLE sp;
---
CREATE TABLE
INSERT 0 1
t
ERROR 42P01: relation "sp" does not exist at 15
1 | a
ERROR 42P01: relation "sp" does not exist at 64
5
ERROR 42P01: relation "sp" does not exist at 13
INSERT 0 1
x
UPDATE 1
ERROR 42P01: relation "sp" does not exist at 13
ERROR 3F000: no schema has been selected to create in at 14
CREATE TABLE
ERROR 42P01: table "made" does not exist
DROP TABLE
public.sp | pg_class
ERROR 42P01: relation "sp" does not exist at 8
public
sp
1 | a
2 | x
DROP TABLE
