# A column that is not there, is named twice or gets no value is pointed at.
CREATE TABLE poc (id int PRIMARY KEY, brand text);
CREATE VIEW poc_view AS SELECT id, brand FROM poc;
INSERT INTO poc (id, brand, "no pe") VALUES (1, 'a', 2);
INSERT INTO poc (id, id) VALUES (1, 2);
INSERT INTO poc (id, brand, id) SELECT 1, 'a', 2;
INSERT INTO poc (id, brand) VALUES (1, 'a'), (2);
INSERT INTO poc (id, brand) VALUES (1);
INSERT INTO poc (id) VALUES (1, 2);
INSERT INTO poc_view (id, brand) VALUES (1);
INSERT INTO poc_view VALUES (1, 'a', 2);
INSERT INTO poc VALUES (1, 'a'), (2, 'b', 3);
INSERT INTO poc_view VALUES (1, 'a', 3), (2, 'b');
INSERT INTO poc_view (id, brand) VALUES (1), (2);
UPDATE poc SET brand = 'x', nope = 1 WHERE id = 1;
UPDATE poc SET (id, nope) = (1, 2);
UPDATE poc_view SET (id, nope) = (SELECT 1, 2);
INSERT INTO poc (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET nope = 1;
MERGE INTO poc USING poc_view v ON v.id = poc.id WHEN MATCHED THEN UPDATE SET nope = 1;
MERGE INTO poc USING poc_view v ON v.id = poc.id WHEN NOT MATCHED THEN INSERT (id, nope) VALUES (1, 2);
MERGE INTO poc USING poc_view v ON v.id = poc.id WHEN NOT MATCHED THEN INSERT (id, brand) VALUES (1);
MERGE INTO poc USING poc_view v ON v.id = poc.id WHEN NOT MATCHED THEN INSERT (id, id) VALUES (1, 2);
DROP TABLE poc CASCADE;
---
CREATE TABLE
CREATE VIEW
ERROR 42703: column "no pe" of relation "poc" does not exist at 29
ERROR 42701: column "id" specified more than once at 22
ERROR 42701: column "id" specified more than once at 29
ERROR 42601: VALUES lists must all be the same length at 47
ERROR 42601: INSERT has more target columns than expressions at 22
ERROR 42601: INSERT has more expressions than target columns at 33
ERROR 42601: INSERT has more target columns than expressions at 27
ERROR 42601: INSERT has more expressions than target columns at 38
ERROR 42601: VALUES lists must all be the same length at 35
ERROR 42601: INSERT has more expressions than target columns at 38
ERROR 42601: INSERT has more target columns than expressions at 27
ERROR 42703: column "nope" of relation "poc" does not exist at 29
ERROR 42703: column "nope" of relation "poc" does not exist at 21
ERROR 42703: column "nope" of relation "poc_view" does not exist at 26
ERROR 42703: column "nope" of relation "poc" does not exist at 64
ERROR 42703: column "nope" of relation "poc" does not exist at 79
ERROR 42703: column "nope" of relation "poc" does not exist at 84
ERROR 42601: INSERT has more target columns than expressions at 84
ERROR 42701: column "id" specified more than once at 84
DROP TABLE
