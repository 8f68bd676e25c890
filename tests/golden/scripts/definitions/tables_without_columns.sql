CREATE TABLE bare ()
---
CREATE TABLE

SELECT count(*) FROM bare
---
0

SELECT * FROM bare
---
(no rows)

SELECT 1 FROM bare
---
(no rows)

CREATE TABLE bare_checked (CHECK (1 = 1))
---
CREATE TABLE

ALTER TABLE bare ADD CHECK (2 > 1)
---
ALTER TABLE

ALTER TABLE bare ADD a integer
---
ALTER TABLE

INSERT INTO bare VALUES (1)
---
INSERT 0 1

SELECT * FROM bare
---
1

DROP TABLE bare, bare_checked
---
DROP TABLE
