-- EXECUTE on functions and USAGE on types: granted, revoked, by default, asked and shown; INSERT of some columns.
create role rt_a
create role rt_b
create table rt_table (a int, b int default 3, c int)
create function rt_one(x int) returns int language sql as 'select x'
create function rt_two(x int) returns bigint language sql as 'select count(*) from rt_table where a > x'
revoke all on function rt_one from public
select replace(proacl::text, session_user, 'me') from pg_proc where proname = 'rt_one'
grant execute on function rt_one(int) to rt_a with grant option
grant execute on procedure rt_one(int) to rt_a
grant execute on function rt_none(int) to rt_a
grant select on function rt_one(int) to rt_a
select proname, replace(proacl::text, session_user, 'me') from pg_proc where proname in ('rt_one', 'rt_two') order by 1
select has_function_privilege('rt_a', 'rt_one(int)', 'execute'), has_function_privilege('rt_b', 'rt_one(int)', 'execute'), has_function_privilege('rt_b', 'rt_two(int)', 'execute'), has_function_privilege('rt_a', 'rt_one(int)', 'execute with grant option')
set role rt_b
select rt_one(1)
select rt_two(1)
create function rt_three() returns int language sql as 'select 1'
drop function rt_one(int)
alter function rt_one(int) rename to rt_four
set role rt_a
select rt_one(1)
grant execute on routine rt_one to rt_b
reset role
revoke execute on function rt_one(int) from rt_a
revoke execute on function rt_one(int) from rt_a cascade
alter function rt_two owner to rt_a
drop role rt_a
set role rt_a
select rt_two(1)
reset role
grant select on rt_table to rt_a
set role rt_a
select rt_two(1)
reset role
create type rt_mood as enum ('a')
create domain rt_domain as int
grant usage on type rt_mood, rt_domain to rt_b
revoke usage on type rt_mood from public
grant usage on domain rt_mood to rt_b
grant usage on type rt_nothing to rt_b
grant select on type rt_mood to rt_b
select typname, replace(typacl::text, session_user, 'me') from pg_type where typname in ('rt_mood', 'rt_domain') order by 1
select has_type_privilege('rt_b', 'rt_mood', 'usage'), has_type_privilege('rt_a', 'rt_mood', 'usage'), has_type_privilege('rt_a', 'integer', 'usage')
grant insert (a) on rt_table to rt_b
set role rt_b
insert into rt_table values (1)
insert into rt_table values (1, 2)
insert into rt_table select 5
insert into rt_table select 5, 6
insert into rt_table default values
insert into rt_table (a, b) values (1, 2)
reset role
alter default privileges grant execute on functions to rt_b
create function rt_default() returns int language sql as 'select 1'
select replace(proacl::text, session_user, 'me') from pg_proc where proname = 'rt_default'
alter default privileges revoke execute on functions from rt_b
drop owned by rt_a
select count(*) from pg_proc where proname = 'rt_two'
drop owned by rt_b
drop function rt_one, rt_default
drop type rt_mood
drop domain rt_domain
drop table rt_table
drop role rt_a
drop role rt_b
