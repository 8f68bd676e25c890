-- Roles, their attributes, who is a member of whom, and who may change them.
create role r_a
create user r_b password 'x'
create role r_a
create role pg_x
create role public
create role r_c superuser nosuperuser
create role r_c foo
create role r_c connection limit -2
create role r_c connection limit 3 valid until '2030-01-01'
create role r_d in role r_a admin r_b role r_c
select rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit, rolvaliduntil from pg_roles where rolname like 'r\_%' order by 1
select r.rolname, m.rolname, admin_option, inherit_option, set_option from pg_auth_members a join pg_roles r on r.oid=roleid join pg_roles m on m.oid=member where m.rolname like 'r\_%' order by 1,2
alter role r_b createdb createrole
alter role r_zz login
alter role r_b rename to r_bb
alter role r_bb rename to r_b
grant r_a to r_d
grant r_d to r_a
grant r_a to r_a
grant r_a to r_b with admin option
revoke admin option for r_a from r_b
revoke r_a from r_b
revoke r_a from r_b
drop role r_zz
drop role if exists r_zz
select current_user = session_user
set role r_b
select current_user, current_role, user
create role r_e
create role r_f superuser
create role r_f replication
create role r_f bypassrls
alter role r_e login
alter role r_a login
alter role r_b superuser
alter role r_b password 'y'
drop role r_a
drop role r_e
drop role r_b
grant r_a to r_b
set role r_a
set role none
set role r_zz
set role r_a
create role r_g
alter role r_a login
drop role r_c
set session authorization r_b
reset role
set session authorization r_b
select current_user, session_user
set role r_a
set session authorization r_a
reset session authorization
drop owned by r_b
drop role r_a
drop role r_b
drop role r_c
drop role r_d
drop role r_e
select count(*) from pg_roles where rolname like 'r\_%'
