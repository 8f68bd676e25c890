# FOR UPDATE and its kin lock the rows of the tables of a join, or those of OF.
CREATE TABLE authors (id int PRIMARY KEY, name text);
CREATE TABLE books (id int PRIMARY KEY, author int REFERENCES authors, title text);
CREATE TABLE bare (id int);
INSERT INTO authors VALUES (1, 'a'), (2, 'b');
INSERT INTO books VALUES (1, 1, 'x'), (2, 1, 'y'), (3, 2, 'z');
SELECT b.id, a.name FROM books b JOIN authors a ON b.author = a.id ORDER BY b.id FOR UPDATE;
SELECT * FROM books b, authors a WHERE b.author = a.id AND a.name = 'b' FOR NO KEY UPDATE OF b;
SELECT upper(title) FROM books JOIN authors USING (id) ORDER BY 1 DESC LIMIT 1 FOR SHARE;
SELECT b.* FROM books b JOIN authors a ON b.author = a.id ORDER BY b.id LIMIT 1 OFFSET 1 FOR UPDATE OF b SKIP LOCKED;
SELECT b.id FROM books b JOIN authors a ON b.author = a.id ORDER BY b.id DESC FOR KEY SHARE OF a, b NOWAIT;
SELECT b.id, a.id FROM books b LEFT JOIN authors a ON b.author = a.id AND a.id > 1 ORDER BY 1 FOR UPDATE OF b;
SELECT b.id FROM books b LEFT JOIN authors a ON b.author = a.id FOR UPDATE;
SELECT b.id FROM books b RIGHT JOIN authors a ON b.author = a.id FOR UPDATE OF b;
SELECT b.id FROM books b FULL JOIN authors a ON b.author = a.id FOR UPDATE OF a;
SELECT count(*) FROM books b JOIN authors a ON b.author = a.id FOR UPDATE;
SELECT a.name FROM books b JOIN authors a ON b.author = a.id GROUP BY a.name FOR UPDATE;
SELECT DISTINCT a.name FROM books b JOIN authors a ON b.author = a.id FOR UPDATE;
SELECT 1 FROM books b JOIN authors a ON b.author = a.id HAVING true FOR UPDATE;
SELECT row_number() OVER () FROM books b JOIN authors a ON b.author = a.id FOR UPDATE;
SELECT b.id FROM books b JOIN authors a ON b.author = a.id FOR UPDATE OF c;
SELECT b.id FROM books b JOIN authors a ON b.author = a.id FOR UPDATE OF books;
SELECT b.nope FROM books b JOIN authors a ON b.author = a.id FOR UPDATE;
WITH w AS (SELECT 1 AS id) SELECT b.title FROM books b JOIN w ON w.id = b.id FOR UPDATE;
WITH w AS (SELECT 1 AS id) SELECT b.title FROM books b JOIN w ON w.id = b.id FOR UPDATE OF w;
SELECT b.id FROM books b JOIN generate_series(1, 2) g ON g = b.id ORDER BY 1 FOR UPDATE;
SELECT b.id FROM books b JOIN generate_series(1, 2) g ON g = b.id FOR UPDATE OF g;
SELECT count(*) FROM authors FOR UPDATE;
DROP TABLE books, authors, bare;
---
CREATE TABLE
CREATE TABLE
CREATE TABLE
INSERT 0 2
INSERT 0 3
1 | a
2 | a
3 | b
3 | 2 | z | 2 | b
Y
2 | 1 | y
3, 2, 1
1 | NULL
2 | NULL
3 | 2
ERROR 0A000: FOR UPDATE cannot be applied to the nullable side of an outer join
ERROR 0A000: FOR UPDATE cannot be applied to the nullable side of an outer join
ERROR 0A000: FOR UPDATE cannot be applied to the nullable side of an outer join
ERROR 0A000: FOR UPDATE is not allowed with aggregate functions
ERROR 0A000: FOR UPDATE is not allowed with GROUP BY clause
ERROR 0A000: FOR UPDATE is not allowed with DISTINCT clause
ERROR 0A000: FOR UPDATE is not allowed with HAVING clause
ERROR 0A000: FOR UPDATE is not allowed with window functions
ERROR 42P01: relation "c" in FOR UPDATE clause not found in FROM clause at 74
ERROR 42P01: relation "books" in FOR UPDATE clause not found in FROM clause at 74
ERROR 42703: column b.nope does not exist at 8
HINT: Perhaps you meant to reference the column "a.name".
x
ERROR 0A000: FOR UPDATE cannot be applied to a WITH query at 92
1, 2
ERROR 0A000: FOR UPDATE cannot be applied to a function at 81
ERROR 0A000: FOR UPDATE is not allowed with aggregate functions
DROP TABLE
