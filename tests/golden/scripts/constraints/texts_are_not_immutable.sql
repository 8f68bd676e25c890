# What depends on settings, as the text of a moment does, is in no index and no generated column; text beside what does not, is.
drop table if exists imm_text;
create table imm_text (id varchar(10), d date, ts timestamptz, tsn timestamp, u uuid, n numeric, f float8, b bool, j jsonb, jj json, i interval, by bytea, a int[], ad date[]);
create index on imm_text ((d::text));
create index on imm_text ((ts::text));
create index on imm_text ((tsn::text));
create index on imm_text ((u::text));
create index on imm_text ((n::text));
create index on imm_text ((f::text));
create index on imm_text ((b::text));
create index on imm_text ((j::text));
create index on imm_text ((jj::text));
create index on imm_text ((i::text));
create index on imm_text ((by::text));
create index on imm_text ((a::text));
create index on imm_text ((ad::text));
create index on imm_text ((id || d));
create index on imm_text ((id || u));
create index on imm_text ((id || b));
create index on imm_text ((b || id));
create index on imm_text ((id || f));
create index on imm_text ((id || by));
create index on imm_text ((id || i));
create index on imm_text ((id || j));
create index on imm_text ((id || ts));
create index on imm_text ((id::date));
create index on imm_text ((id::int));
create index on imm_text ((id::timestamptz));
create index on imm_text ((ts::date));
create index on imm_text ((ts::timestamp));
create index on imm_text ((tsn::timestamptz));
create index on imm_text ((tsn::date));
create index on imm_text ((d::timestamp));
create index on imm_text ((d::timestamptz));
create index on imm_text ((ts::time));
create index on imm_text ((id::numeric));
create index on imm_text ((id::uuid));
create index on imm_text ((n::int));
create index on imm_text ((ts > '2020-01-01'));
create index on imm_text ((ts > '2020-01-01'::date));
create index on imm_text ((d > '2020-01-01'::date));
create index on imm_text (n) where d > '2020-01-01';
create index on imm_text (n) where ts > '2020-01-01 00:00:00+00';
create index on imm_text (n) where d = 'today';
create index on imm_text (n) where ts > d;
create index on imm_text (n) where i > '1 day';
create index on imm_text ((d + i));
create index on imm_text ((ts + i));
create index on imm_text ((ts - tsn));
create index on imm_text ((ts at time zone 'utc'));
create index on imm_text ((date_trunc('day', ts)));
create index on imm_text ((date_trunc('day', tsn)));
create index on imm_text ((extract(year from ts)));
create index on imm_text ((extract(year from d)));
create index on imm_text ((to_char(tsn, 'YYYY')));
create index on imm_text ((a || 1));
create index on imm_text ((a = '{1,2}'));
create index on imm_text ((j->>'a'));
create index on imm_text (((j->>'a')::int));
create index on imm_text (((j->>'a')::timestamp));
create table imm_generated (a int, d date, t text generated always as (d::text) stored);
create table imm_generated2 (a int, d date, t text generated always as (a::text || 'x') stored, u date generated always as (d + 1) stored);
drop table imm_text, imm_generated2;
---
DROP TABLE
CREATE TABLE
ERROR 42P17: functions in index expression must be marked IMMUTABLE
ERROR 42P17: functions in index expression must be marked IMMUTABLE
ERROR 42P17: functions in index expression must be marked IMMUTABLE
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
ERROR 42P17: functions in index expression must be marked IMMUTABLE
CREATE INDEX
ERROR 42P17: functions in index expression must be marked IMMUTABLE
ERROR 42P17: functions in index expression must be marked IMMUTABLE
ERROR 42P17: functions in index expression must be marked IMMUTABLE
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
ERROR 42P17: functions in index expression must be marked IMMUTABLE
CREATE INDEX
ERROR 42P17: functions in index expression must be marked IMMUTABLE
ERROR 42P17: functions in index expression must be marked IMMUTABLE
CREATE INDEX
ERROR 42P17: functions in index expression must be marked IMMUTABLE
ERROR 42P17: functions in index expression must be marked IMMUTABLE
ERROR 42P17: functions in index expression must be marked IMMUTABLE
ERROR 42P17: functions in index expression must be marked IMMUTABLE
CREATE INDEX
CREATE INDEX
ERROR 42P17: functions in index expression must be marked IMMUTABLE
ERROR 42P17: functions in index expression must be marked IMMUTABLE
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
ERROR 42P17: functions in index expression must be marked IMMUTABLE
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
ERROR 42P17: functions in index predicate must be marked IMMUTABLE
CREATE INDEX
CREATE INDEX
ERROR 42P17: functions in index expression must be marked IMMUTABLE
ERROR 42P17: functions in index expression must be marked IMMUTABLE
CREATE INDEX
ERROR 42P17: functions in index expression must be marked IMMUTABLE
CREATE INDEX
ERROR 42P17: functions in index expression must be marked IMMUTABLE
CREATE INDEX
ERROR 42P17: functions in index expression must be marked IMMUTABLE
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
ERROR 42P17: functions in index expression must be marked IMMUTABLE
ERROR 42P17: generation expression is not immutable
CREATE TABLE
DROP TABLE
