CREATE TABLE l (id int PRIMARY KEY, s text);
INSERT INTO l VALUES (1, 'shoe'), (2, 'Shoe'), (3, 'snow shoe'), (4, '100%'), (5, 'a_b'), (6, NULL), (7, 'a\b'), (8, 'straße');
---
CREATE TABLE
INSERT 0 8

SELECT id FROM l WHERE s LIKE 'shoe' ORDER BY id;
SELECT id FROM l WHERE s LIKE '%shoe' ORDER BY id;
SELECT id FROM l WHERE s ILIKE 's%' ORDER BY id;
SELECT id FROM l WHERE s LIKE '_hoe' ORDER BY id;
SELECT id FROM l WHERE s NOT LIKE '%o%' ORDER BY id;
SELECT id FROM l WHERE s LIKE '%\%' ORDER BY id;
SELECT id FROM l WHERE s LIKE 'a\_b' ORDER BY id;
SELECT id FROM l WHERE s LIKE 'a!_b' ESCAPE '!' ORDER BY id;
SELECT id FROM l WHERE s LIKE 'a\\b' ORDER BY id;
SELECT id FROM l WHERE s LIKE '' ORDER BY id;
SELECT id FROM l WHERE s LIKE '%ß%' ORDER BY id;
SELECT id FROM l WHERE s LIKE NULL ORDER BY id;
SELECT id FROM l WHERE s LIKE 'bad\' ORDER BY id;
DROP TABLE l;
---
1
1, 3
1, 2, 3, 8
1, 2
4, 5, 7, 8
4
5
5
7
(no rows)
8
(no rows)
ERROR 22025: LIKE pattern must not end with escape character
DROP TABLE
