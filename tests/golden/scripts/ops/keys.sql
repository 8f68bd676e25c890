# Keys stand in their order: integers by value, texts by their bytes, the columns of a key one after another.
CREATE TABLE n (id bigint PRIMARY KEY);
CREATE TABLE w (brand text, size int, PRIMARY KEY (brand, size));
[ops] INSERT INTO n VALUES (7), (-1), (0);
[ops] INSERT INTO w VALUES ('b', 1), ('a', 2);
DROP TABLE n;
DROP TABLE w;
---
CREATE TABLE
CREATE TABLE
INSERT 0 3
> put sequences row n: 4
> put keys n (-1): 2
> put keys n (0): 3
> put keys n (7): 1
> put delta n @3: frame to 1 KiB
> put commits @3: time n
> put times time: 3
> put meta head: 3 0 2
> commit
INSERT 0 2
> put sequences row w: 3
> put keys w (a, 2): 2
> put keys w (b, 1): 1
> put delta w @4: frame to 1 KiB
> put commits @4: time w
> put times time: 4
> put meta head: 4 0 2
> commit
DROP TABLE
DROP TABLE
