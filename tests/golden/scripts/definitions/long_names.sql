# Of a name 63 bytes are kept, whole characters, and that is said.
CREATE TABLE a_table_with_a_name_that_is_longer_than_anything_that_is_kept_of_it (id int);
INSERT INTO a_table_with_a_name_that_is_longer_than_anything_that_is_kept_of_names VALUES (1);
SELECT id AS a_column_with_a_name_that_is_longer_than_anything_that_is_kept_of_it FROM a_table_with_a_name_that_is_longer_than_anything_that_is_kept_o WHERE id = 1;
SELECT relname FROM pg_class WHERE relname LIKE 'a_table_with%';
CREATE INDEX tsv_index_on_table_without_tsv_column_970a74e3_5cbe_4a03_b1cd_9578c68acd78
  ON a_table_with_a_name_that_is_longer_than_anything_that_is_kept_o (id);
ALTER TABLE a_table_with_a_name_that_is_longer_than_anything_that_is_kept_o RENAME id TO "ééééééééééééééééééééééééééééééééé";
SELECT * FROM a_table_with_a_name_that_is_longer_than_anything_that_is_kept_o WHERE "éééééééééééééééééééééééééééééééé" = 1;
SELECT attname FROM pg_attribute WHERE attname LIKE 'é%';
SAVEPOINT a_savepoint_with_a_name_that_is_longer_than_anything_that_is_kept_of_it;
CREATE TABLE cut (a_column_with_a_name_that_is_longer_than_anything_that_is_kept_of_1 int, a_column_with_a_name_that_is_longer_than_anything_that_is_kept_of_2 int);
SELECT length('a text of any length is no name, however long it is, and is kept as it is: 63 bytes are few');
DROP TABLE a_table_with_a_name_that_is_longer_than_anything_that_is_kept_o;
---
CREATE TABLE
INSERT 0 1
1
a_table_with_a_name_that_is_longer_than_anything_that_is_kept_o
CREATE INDEX
ALTER TABLE
1
ééééééééééééééééééééééééééééééé, ééééééééééééééééééééééééééééééé
ERROR 25P01: SAVEPOINT can only be used in transaction blocks
ERROR 42701: column "a_column_with_a_name_that_is_longer_than_anything_that_is_kept_" specified more than once
91
DROP TABLE
