# MERGE of a view that is a choice of one table: rows that it hides are not met, CHECK OPTION holds.
CREATE TABLE mgv (id int PRIMARY KEY, a int, b text DEFAULT 'd');
INSERT INTO mgv VALUES (1, 1, 'x'), (2, 2, 'y'), (3, 3, 'z');
CREATE VIEW mgv_v AS SELECT id, a AS aa FROM mgv WHERE a < 10;
CREATE VIEW mgv_w AS SELECT id, aa FROM mgv_v WITH CHECK OPTION;
MERGE INTO mgv_v USING (VALUES (1, 10), (5, 5)) v(i, n) ON mgv_v.id = v.i WHEN MATCHED THEN UPDATE SET aa = n WHEN NOT MATCHED THEN INSERT (id, aa) VALUES (i, n);
MERGE INTO mgv_w t USING (VALUES (2, 20)) v(i, n) ON t.id = v.i WHEN MATCHED THEN UPDATE SET aa = n;
MERGE INTO mgv_w t USING (VALUES (2, 7)) v(i, n) ON t.id = v.i WHEN MATCHED THEN UPDATE SET aa = n RETURNING merge_action(), t.*, v.n;
MERGE INTO mgv_v t USING (VALUES (1, 7)) v(i, n) ON t.id = v.i WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN DO NOTHING;
MERGE INTO mgv_v t USING (VALUES (3, 7)) v(i, n) ON t.id = v.i WHEN MATCHED THEN DELETE;
MERGE INTO mgv_v t USING (VALUES (2, 7)) v(i, n) ON t.id = v.i WHEN NOT MATCHED BY SOURCE THEN UPDATE SET aa = 9;
SELECT * FROM mgv ORDER BY id;
DROP TABLE mgv CASCADE;
---
CREATE TABLE
INSERT 0 3
CREATE VIEW
CREATE VIEW
MERGE 2
ERROR 44000: new row violates check option for view "mgv_v"
DETAIL: Failing row contains (2, 20, y).
UPDATE | 2 | 7 | 7
MERGE 1
MERGE 0
MERGE 1
MERGE 1
1 | 10 | x
2 | 7 | y
5 | 9 | d
DROP TABLE

# What a view has no column of its table for is given no value.
CREATE TABLE mgv (id int PRIMARY KEY, a int);
CREATE VIEW mgv_v AS SELECT id, a + 1 AS b, a FROM mgv;
CREATE VIEW mgv_d AS SELECT DISTINCT a FROM mgv;
MERGE INTO mgv_v USING (VALUES (1)) v(i) ON id = i WHEN MATCHED THEN UPDATE SET b = 1;
MERGE INTO mgv_v USING (VALUES (1)) v(i) ON id = i WHEN NOT MATCHED THEN INSERT VALUES (i, 1);
MERGE INTO mgv_v USING (VALUES (1)) v(i) ON id = i WHEN MATCHED AND b > 2 THEN DELETE WHEN NOT MATCHED THEN INSERT (id) VALUES (i);
MERGE INTO mgv_d USING (VALUES (1)) v(i) ON a = i WHEN MATCHED THEN DELETE;
MERGE INTO mgv_d USING (VALUES (1)) v(i) ON a = i WHEN NOT MATCHED THEN INSERT VALUES (1);
SELECT * FROM mgv_v;
DROP TABLE mgv CASCADE;
---
CREATE TABLE
CREATE VIEW
CREATE VIEW
ERROR 0A000: cannot merge into column "b" of view "mgv_v"
DETAIL: View columns that are not columns of their base relation are not updatable.
ERROR 0A000: cannot merge into column "b" of view "mgv_v"
DETAIL: View columns that are not columns of their base relation are not updatable.
MERGE 1
ERROR 55000: cannot delete from view "mgv_d"
DETAIL: Views containing DISTINCT are not automatically updatable.
HINT: To enable deleting from the view using MERGE, provide an INSTEAD OF DELETE trigger.
ERROR 55000: cannot insert into view "mgv_d"
DETAIL: Views containing DISTINCT are not automatically updatable.
HINT: To enable inserting into the view using MERGE, provide an INSTEAD OF INSERT trigger.
1 | NULL | NULL
DROP TABLE
