# Behind AS a column may have any word for a name; a type may say ARRAY behind its name.
CREATE TABLE law (a text ARRAY, b int ARRAY[3], c varchar(5) ARRAY);
INSERT INTO law VALUES ('{x}', '{1,2}', '{ab}');
[header] SELECT a AS unique, b AS primary, 1 AS select, 2 AS all, 3 AS user, 4 AS order, 5 AS table FROM law;
[header] SELECT count(*) AS references, min(a) AS check FROM law GROUP BY b ORDER BY 1;
[header] SELECT 1 AS end;
CREATE TABLE law2 AS SELECT 1 AS limit FROM law;
SELECT CAST('{1,2}' AS int ARRAY), '{3}'::int ARRAY;
ALTER TABLE law ADD d int ARRAY;
SELECT column_name, data_type, udt_name FROM information_schema.columns WHERE table_name = 'law' ORDER BY ordinal_position;
SELECT $Fn_1$A$Fn_1$ AS with, $X2y$Quoted $$ text$X2y$;
DROP TABLE law, law2;
---
CREATE TABLE
INSERT 0 1
unique text[] | primary integer[] | select integer | all integer | user integer | order integer | table integer
{x} | {1,2} | 1 | 2 | 3 | 4 | 5
references bigint | check text[]
1 | {x}
end integer
1
SELECT 1
{1,2} | {3}
ALTER TABLE
a | ARRAY | _text
b | ARRAY | _int4
c | ARRAY | _varchar
d | ARRAY | _int4
A | Quoted $$ text
DROP TABLE
