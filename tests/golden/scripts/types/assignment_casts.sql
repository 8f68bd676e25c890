# What an assignment makes of values of other types.
create table at(id int primary key, i interval, t time, d date, ts timestamp, n numeric(5,1), f real, s varchar(4), b boolean, k bigint);
insert into at values (1,'1 day','10:00','2020-01-02','2020-01-02 03:04',1.25,1.5,'ab',true,7);
update at set i = t;
update at set t = i;
update at set d = ts;
update at set ts = d;
update at set k = n;
update at set n = f;
update at set s = k;
update at set s = b;
update at set f = k, n = k + 1;
update at set s = 'abcdefg';
update at set s = s || 'xyz';
update at set k = f;
update at set b = k;
select * from at;
insert into at (id, i, s) select 2, t, b from at;
insert into at (id, t) select 3, ts from at;
select id, i, t, s from at order by id;
DROP TABLE at;
---
CREATE TABLE
INSERT 0 1
UPDATE 1
UPDATE 1
UPDATE 1
UPDATE 1
UPDATE 1
UPDATE 1
UPDATE 1
UPDATE 1
UPDATE 1
ERROR 22001: value too long for type character varying(4)
ERROR 22001: value too long for type character varying(4)
UPDATE 1
ERROR 42804: column "b" is of type boolean but expression is of type bigint at 19
HINT: You will need to rewrite or cast the expression.
1 | 10:00:00 | 10:00:00 | 2020-01-02 | 2020-01-02 00:00:00 | 2.0 | 1 | true | t | 1
INSERT 0 1
ERROR 23505: duplicate key value violates unique constraint "at_pkey"
DETAIL: Key (id)=(3) already exists.
1 | 10:00:00 | 10:00:00 | true
2 | 10:00:00 | NULL | true
DROP TABLE
