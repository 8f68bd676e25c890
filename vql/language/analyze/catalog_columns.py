"""The relations of the system catalog: their columns in order, as `name:type`.

They are PostgreSQL 15's as far as clients read them (psql, psycopg, asyncpg, SQLAlchemy, pgjdbc, npgsql).
"""

from __future__ import annotations

from functools import cache

from vql.types.type import Type

CELLS = {
    letter: Type(name)
    for letter, name in {
        "o": "oid", "l": "bigint", "t": "text", "m": "name", "v": "varchar", "b": "boolean", "s": "smallint",
        "i": "integer", "f": "real", "a": "text[]", "n": "oid[]", "k": "smallint[]",
        "u": "int2vector", "x": "oidvector", "c": '"char"',
        "w": "inet", "d": "double precision", "p": "regproc",
        "M": "name[]", "R": "regtype[]", "r": "regtype", "z": "timestamptz", "e": "interval", "F": "real[]",
        "X": "xid", "N": "numeric",
    }.items()
}  # fmt: skip
COLUMNS: dict[str, str] = {
    "pg_namespace": "oid:o nspname:m nspowner:o nspacl:a",
    "pg_class": "oid:o relname:m relnamespace:o reltype:o reloftype:o relowner:o relam:o relfilenode:o"
    " reltablespace:o relpages:i reltuples:f relallvisible:i reltoastrelid:o relhasindex:b relisshared:b"
    " relpersistence:c relkind:c relnatts:s relchecks:s relhasrules:b relhastriggers:b relhassubclass:b"
    " relrowsecurity:b relforcerowsecurity:b relispopulated:b relreplident:c relispartition:b relrewrite:o"
    " relfrozenxid:X relminmxid:X relacl:a reloptions:a relpartbound:t",
    "pg_attribute": "attrelid:o attname:m atttypid:o attstattarget:i attlen:s attnum:s attndims:s"
    " attcacheoff:i atttypmod:i attbyval:b attalign:c attstorage:c attcompression:c attnotnull:b"
    " atthasdef:b atthasmissing:b attidentity:c attgenerated:c attisdropped:b attislocal:b attinhcount:i"
    " attcollation:o attacl:a attoptions:a attfdwoptions:a attmissingval:t",
    "pg_type": "oid:o typname:m typnamespace:o typowner:o typlen:s typbyval:b typtype:c typcategory:c"
    " typispreferred:b typisdefined:b typdelim:c typrelid:o typsubscript:p typelem:o typarray:o typinput:p"
    " typoutput:p typreceive:p typsend:p typmodin:p typmodout:p typanalyze:p typalign:c typstorage:c"
    " typnotnull:b typbasetype:o typtypmod:i typndims:i typcollation:o typdefaultbin:t typdefault:t"
    " typacl:a",
    "pg_index": "indexrelid:o indrelid:o indnatts:s indnkeyatts:s indisunique:b indnullsnotdistinct:b"
    " indisprimary:b indisexclusion:b indimmediate:b indisclustered:b indisvalid:b indcheckxmin:b"
    " indisready:b indislive:b indisreplident:b indkey:u indcollation:x indclass:x indoption:u indexprs:t"
    " indpred:t",
    "pg_constraint": "oid:o conname:m connamespace:o contype:c condeferrable:b condeferred:b"
    " convalidated:b conrelid:o contypid:o conindid:o conparentid:o confrelid:o confupdtype:c"
    " confdeltype:c confmatchtype:c conislocal:b coninhcount:i connoinherit:b conkey:k confkey:k"
    " conpfeqop:n conppeqop:n conffeqop:n confdelsetcols:k conexclop:n conbin:t",
    "pg_attrdef": "oid:o adrelid:o adnum:s adbin:t",
    "pg_am": "oid:o amname:m amhandler:p amtype:c",
    "pg_proc": "oid:o proname:m pronamespace:o proowner:o prolang:o procost:f prorows:f provariadic:o"
    " prosupport:p prokind:c prosecdef:b proleakproof:b proisstrict:b proretset:b provolatile:c"
    " proparallel:c pronargs:s pronargdefaults:s prorettype:o proargtypes:x proallargtypes:n proargmodes:a"
    " proargnames:a proargdefaults:t protrftypes:n prosrc:t probin:t prosqlbody:t proconfig:a proacl:a",
    "pg_roles": "oid:o rolname:m rolsuper:b rolinherit:b rolcreaterole:b rolcreatedb:b rolcanlogin:b"
    " rolreplication:b rolconnlimit:i rolpassword:t rolvaliduntil:z rolbypassrls:b rolconfig:a",
    "pg_authid": "oid:o rolname:m rolsuper:b rolinherit:b rolcreaterole:b rolcreatedb:b rolcanlogin:b"
    " rolreplication:b rolbypassrls:b rolconnlimit:i rolpassword:t rolvaliduntil:z",
    "pg_user": "usename:m usesysid:o usecreatedb:b usesuper:b userepl:b usebypassrls:b passwd:t valuntil:z"
    " useconfig:a",
    "pg_shadow": "usename:m usesysid:o usecreatedb:b usesuper:b userepl:b usebypassrls:b passwd:t"
    " valuntil:z useconfig:a",
    "pg_group": "groname:m grosysid:o grolist:n",
    "pg_default_acl": "oid:o defaclrole:o defaclnamespace:o defaclobjtype:c defaclacl:a",
    "pg_database": "oid:o datname:m datdba:o encoding:i datlocprovider:c datistemplate:b datallowconn:b"
    " datconnlimit:i datfrozenxid:X datminmxid:X dattablespace:o datcollate:t datctype:t daticulocale:t"
    " datcollversion:t datacl:a",
    "pg_settings": "name:t setting:t unit:t category:t short_desc:t extra_desc:t context:t vartype:t"
    " source:t min_val:t max_val:t enumvals:a boot_val:t reset_val:t sourcefile:t sourceline:i"
    " pending_restart:b",
    "pg_extension": "oid:o extname:m extowner:o extnamespace:o extrelocatable:b extversion:t extconfig:n"
    " extcondition:a",
    "pg_available_extensions": "name:m default_version:t installed_version:t comment:t",
    "pg_available_extension_versions": "name:m version:t installed:b superuser:b trusted:b relocatable:b"
    " schema:m requires:a comment:t",
    "pg_opclass": "oid:o opcmethod:o opcname:m opcnamespace:o opcowner:o opcfamily:o opcintype:o"
    " opcdefault:b opckeytype:o",
    "pg_collation": "oid:o collname:m collnamespace:o collowner:o collprovider:c collisdeterministic:b"
    " collencoding:i collcollate:t collctype:t colliculocale:t collversion:t",
    "pg_tables": "schemaname:m tablename:m tableowner:m tablespace:m hasindexes:b hasrules:b hastriggers:b"
    " rowsecurity:b",
    "pg_indexes": "schemaname:m tablename:m indexname:m tablespace:m indexdef:t",
    "pg_shdescription": "objoid:o classoid:o description:t",
    "pg_description": "objoid:o classoid:o objsubid:i description:t",
    "pg_tablespace": "oid:o spcname:m spcowner:o spcacl:a spcoptions:a",
    "pg_inherits": "inhrelid:o inhparent:o inhseqno:i inhdetachpending:b",
    "pg_policies": "schemaname:m tablename:m policyname:m permissive:t roles:M cmd:t qual:t with_check:t",
    "pg_policy": "oid:o polname:m polrelid:o polcmd:c polpermissive:b polroles:n polqual:t polwithcheck:t",
    "pg_trigger": "oid:o tgrelid:o tgparentid:o tgname:m tgfoid:o tgtype:s tgenabled:c tgisinternal:b"
    " tgconstrrelid:o tgconstrindid:o tgconstraint:o tgdeferrable:b tginitdeferred:b tgnargs:s tgattr:u"
    " tgargs:t tgqual:t tgoldtable:m tgnewtable:m",
    "pg_statistic_ext": "oid:o stxrelid:o stxname:m stxnamespace:o stxowner:o stxstattarget:i stxkeys:u"
    " stxkind:a stxexprs:t",
    "pg_publication": "oid:o pubname:m pubowner:o puballtables:b pubinsert:b pubupdate:b pubdelete:b"
    " pubtruncate:b pubviaroot:b",
    "pg_cast": "oid:o castsource:o casttarget:o castfunc:o castcontext:c castmethod:c",
    "pg_opfamily": "oid:o opfmethod:o opfname:m opfnamespace:o opfowner:o",
    "pg_conversion": "oid:o conname:m connamespace:o conowner:o conforencoding:i contoencoding:i conproc:p"
    " condefault:b",
    "pg_rewrite": "oid:o rulename:m ev_class:o ev_type:c ev_enabled:c is_instead:b ev_qual:t ev_action:t",
    "pg_cursors": "name:t statement:t is_holdable:b is_binary:b is_scrollable:b creation_time:z",
    "pg_prepared_statements": "name:t statement:t prepare_time:z parameter_types:R result_types:R from_sql:b"
    " generic_plans:l custom_plans:l",
    "pg_publication_rel": "oid:o prpubid:o prrelid:o prqual:t prattrs:u",
    "pg_publication_namespace": "oid:o pnpubid:o pnnspid:o",
    "pg_partitioned_table": "partrelid:o partstrat:c partnatts:s partdefid:o partattrs:u partclass:x"
    " partcollation:x partexprs:t",
    "pg_range": "rngtypid:o rngsubtype:o rngmultitypid:o rngcollation:o rngsubopc:o rngcanonical:p"
    " rngsubdiff:p",
    "pg_enum": "oid:o enumtypid:o enumsortorder:f enumlabel:m",
    "pg_auth_members": "oid:o roleid:o member:o grantor:o admin_option:b inherit_option:b set_option:b",
    "pg_sequence": "seqrelid:o seqtypid:o seqstart:l seqincrement:l seqmax:l seqmin:l seqcache:l"
    " seqcycle:b",
    "pg_foreign_server": "oid:o srvname:m srvowner:o srvfdw:o srvtype:t srvversion:t srvacl:a srvoptions:a",
    "pg_foreign_table": "ftrelid:o ftserver:o ftoptions:a",
    "pg_foreign_data_wrapper": "oid:o fdwname:m fdwowner:o fdwhandler:o fdwvalidator:o fdwacl:a"
    " fdwoptions:a",
    "pg_views": "schemaname:m viewname:m viewowner:m definition:t",
    "pg_matviews": "schemaname:m matviewname:m matviewowner:m tablespace:m hasindexes:b ispopulated:b"
    " definition:t",
    "pg_depend": "classid:o objid:o objsubid:i refclassid:o refobjid:o refobjsubid:i deptype:c",
    "pg_language": "oid:o lanname:m lanowner:o lanispl:b lanpltrusted:b lanplcallfoid:o laninline:o"
    " lanvalidator:o lanacl:a",
    "pg_operator": "oid:o oprname:m oprnamespace:o oprowner:o oprkind:c oprcanmerge:b oprcanhash:b"
    " oprleft:o oprright:o oprresult:o oprcom:o oprnegate:o oprcode:p oprrest:p oprjoin:p",
    "pg_locks": "locktype:t database:o relation:o page:i tuple:i virtualxid:t transactionid:X classid:o"
    " objid:o objsubid:i virtualtransaction:t pid:i mode:t granted:b fastpath:b waitstart:z",
    "pg_stat_activity": "datid:o datname:m pid:i leader_pid:i usesysid:o usename:m application_name:t"
    " client_addr:w client_hostname:t client_port:i backend_start:z xact_start:z query_start:z state_change:z"
    " wait_event_type:t wait_event:t state:t backend_xid:X backend_xmin:X query_id:l query:t backend_type:t",
    "pg_stat_ssl": "pid:i ssl:b version:t cipher:t bits:i client_dn:t client_serial:N issuer_dn:t",
    "pg_stat_progress_create_index": "pid:i datid:o datname:m relid:o index_relid:o command:t phase:t"
    " lockers_total:l lockers_done:l current_locker_pid:l blocks_total:l blocks_done:l tuples_total:l"
    " tuples_done:l partitions_total:l partitions_done:l",
    "pg_stat_database": "datid:o datname:m numbackends:i xact_commit:l xact_rollback:l blks_read:l blks_hit:l"
    " tup_returned:l tup_fetched:l tup_inserted:l tup_updated:l tup_deleted:l conflicts:l temp_files:l"
    " temp_bytes:l deadlocks:l checksum_failures:l checksum_last_failure:z blk_read_time:d blk_write_time:d"
    " session_time:d active_time:d idle_in_transaction_time:d sessions:l sessions_abandoned:l"
    " sessions_fatal:l sessions_killed:l stats_reset:z",
    "pg_init_privs": "objoid:o classoid:o objsubid:i privtype:c initprivs:a",
    "pg_aggregate": "aggfnoid:p aggkind:c aggnumdirectargs:s aggtransfn:p aggfinalfn:p aggcombinefn:p"
    " aggserialfn:p aggdeserialfn:p aggmtransfn:p aggminvtransfn:p aggmfinalfn:p aggfinalextra:b"
    " aggmfinalextra:b aggfinalmodify:c aggmfinalmodify:c aggsortop:o aggtranstype:o aggtransspace:i"
    " aggmtranstype:o aggmtransspace:i agginitval:t aggminitval:t",
    "pg_ts_parser": "oid:o prsname:m prsnamespace:o prsstart:p prstoken:p prsend:p prsheadline:p"
    " prslextype:p",
    "pg_ts_dict": "oid:o dictname:m dictnamespace:o dictowner:o dicttemplate:o dictinitoption:t",
    "pg_ts_template": "oid:o tmplname:m tmplnamespace:o tmplinit:p tmpllexize:p",
    "pg_ts_config": "oid:o cfgname:m cfgnamespace:o cfgowner:o cfgparser:o",
    "pg_transform": "oid:o trftype:o trflang:o trffromsql:p trftosql:p",
    "pg_event_trigger": "oid:o evtname:m evtevent:m evtowner:o evtfoid:o evtenabled:c evttags:a",
    "pg_subscription": "oid:o subdbid:o subskiplsn:t subname:m subowner:o subenabled:b subbinary:b"
    " substream:b subtwophasestate:c subdisableonerr:b subconninfo:t subslotname:m subsynccommit:t"
    " subpublications:a",
    "pg_subscription_rel": "srsubid:o srrelid:o srsubstate:c srsublsn:t",
    "pg_largeobject_metadata": "oid:o lomowner:o lomacl:a",
    "pg_seclabel": "objoid:o classoid:o objsubid:i provider:t label:t",
    "pg_seclabels": "objoid:o classoid:o objsubid:i objtype:t objnamespace:o objname:t provider:t label:t",
    "pg_shseclabel": "objoid:o classoid:o provider:t label:t",
    "pg_amop": "oid:o amopfamily:o amoplefttype:o amoprighttype:o amopstrategy:s amoppurpose:c amopopr:o"
    " amopmethod:o amopsortfamily:o",
    "pg_amproc": "oid:o amprocfamily:o amproclefttype:o amprocrighttype:o amprocnum:s amproc:p",
    "pg_sequences": "schemaname:m sequencename:m sequenceowner:m data_type:r start_value:l min_value:l"
    " max_value:l increment_by:l cycle:b cache_size:l last_value:l",
    "pg_shdepend": "dbid:o classid:o objid:o objsubid:i refclassid:o refobjid:o deptype:c",
    "pg_db_role_setting": "setdatabase:o setrole:o setconfig:a",
    "pg_rules": "schemaname:m tablename:m rulename:m definition:t",
    "pg_user_mapping": "oid:o umuser:o umserver:o umoptions:a",
    "pg_user_mappings": "umid:o srvid:o srvname:m umuser:o usename:m umoptions:a",
    "pg_parameter_acl": "oid:o parname:t paracl:a",
    "pg_ts_config_map": "mapcfg:o maptokentype:i mapseqno:i mapdict:o",
    "information_schema.sequences": "sequence_catalog:m sequence_schema:m sequence_name:m data_type:v"
    " numeric_precision:i numeric_precision_radix:i numeric_scale:i start_value:v minimum_value:v"
    " maximum_value:v increment:v cycle_option:v",
    "information_schema.table_privileges": "grantor:m grantee:m table_catalog:m table_schema:m"
    " table_name:m privilege_type:v is_grantable:v with_hierarchy:v",
    "information_schema.role_table_grants": "grantor:m grantee:m table_catalog:m table_schema:m"
    " table_name:m privilege_type:v is_grantable:v with_hierarchy:v",
    "information_schema.column_privileges": "grantor:m grantee:m table_catalog:m table_schema:m"
    " table_name:m column_name:m privilege_type:v is_grantable:v",
    "information_schema.role_column_grants": "grantor:m grantee:m table_catalog:m table_schema:m"
    " table_name:m column_name:m privilege_type:v is_grantable:v",
    "information_schema.usage_privileges": "grantor:m grantee:m object_catalog:m object_schema:m"
    " object_name:m object_type:v privilege_type:v is_grantable:v",
    "information_schema.role_usage_grants": "grantor:m grantee:m object_catalog:m object_schema:m"
    " object_name:m object_type:v privilege_type:v is_grantable:v",
    "information_schema.enabled_roles": "role_name:m",
    "information_schema.applicable_roles": "grantee:m role_name:m is_grantable:v",
    "information_schema.schemata": "catalog_name:m schema_name:m schema_owner:m"
    " default_character_set_catalog:m default_character_set_schema:m default_character_set_name:m"
    " sql_path:v",
    "information_schema.tables": "table_catalog:m table_schema:m table_name:m table_type:v"
    " self_referencing_column_name:m reference_generation:v user_defined_type_catalog:m"
    " user_defined_type_schema:m user_defined_type_name:m is_insertable_into:v is_typed:v"
    " commit_action:v",
    "information_schema.columns": "table_catalog:m table_schema:m table_name:m column_name:m"
    " ordinal_position:i column_default:v is_nullable:v data_type:v character_maximum_length:i"
    " character_octet_length:i numeric_precision:i numeric_precision_radix:i numeric_scale:i"
    " datetime_precision:i interval_type:v interval_precision:i character_set_catalog:m"
    " character_set_schema:m character_set_name:m collation_catalog:m collation_schema:m"
    " collation_name:m domain_catalog:m domain_schema:m domain_name:m udt_catalog:m udt_schema:m"
    " udt_name:m scope_catalog:m scope_schema:m scope_name:m maximum_cardinality:i dtd_identifier:m"
    " is_self_referencing:v is_identity:v identity_generation:v identity_start:v identity_increment:v"
    " identity_maximum:v identity_minimum:v identity_cycle:v is_generated:v generation_expression:v"
    " is_updatable:v",
    "information_schema.domains": "domain_catalog:m domain_schema:m domain_name:m data_type:v"
    " character_maximum_length:i character_octet_length:i character_set_catalog:m character_set_schema:m"
    " character_set_name:m collation_catalog:m collation_schema:m collation_name:m numeric_precision:i"
    " numeric_precision_radix:i numeric_scale:i datetime_precision:i interval_type:v"
    " interval_precision:i domain_default:v udt_catalog:m udt_schema:m udt_name:m scope_catalog:m"
    " scope_schema:m scope_name:m maximum_cardinality:i dtd_identifier:m",
    "information_schema.element_types": "object_catalog:m object_schema:m object_name:m object_type:v"
    " collection_type_identifier:m data_type:v character_maximum_length:i character_octet_length:i"
    " character_set_catalog:m character_set_schema:m character_set_name:m collation_catalog:m"
    " collation_schema:m collation_name:m numeric_precision:i numeric_precision_radix:i numeric_scale:i"
    " datetime_precision:i interval_type:v interval_precision:i udt_catalog:m udt_schema:m udt_name:m"
    " scope_catalog:m scope_schema:m scope_name:m maximum_cardinality:i dtd_identifier:m",
    "information_schema.routines": "specific_catalog:m specific_schema:m specific_name:m"
    " routine_catalog:m routine_schema:m routine_name:m routine_type:v"
    " module_catalog:m module_schema:m module_name:m udt_catalog:m udt_schema:m udt_name:m"
    " data_type:v character_maximum_length:i character_octet_length:i character_set_catalog:m"
    " character_set_schema:m character_set_name:m collation_catalog:m"
    " collation_schema:m collation_name:m numeric_precision:i numeric_precision_radix:i"
    " numeric_scale:i datetime_precision:i interval_type:v interval_precision:i type_udt_catalog:m"
    " type_udt_schema:m type_udt_name:m scope_catalog:m scope_schema:m scope_name:m"
    " maximum_cardinality:i dtd_identifier:m routine_body:v routine_definition:v external_name:v"
    " external_language:v parameter_style:v is_deterministic:v sql_data_access:v is_null_call:v"
    " sql_path:v schema_level_routine:v max_dynamic_result_sets:i is_user_defined_cast:v"
    " is_implicitly_invocable:v security_type:v to_sql_specific_catalog:m to_sql_specific_schema:m"
    " to_sql_specific_name:m as_locator:v created:z last_altered:z new_savepoint_level:v"
    " is_udt_dependent:v result_cast_from_data_type:v result_cast_as_locator:v"
    " result_cast_char_max_length:i result_cast_char_octet_length:i result_cast_char_set_catalog:m"
    " result_cast_char_set_schema:m result_cast_char_set_name:m result_cast_collation_catalog:m"
    " result_cast_collation_schema:m result_cast_collation_name:m result_cast_numeric_precision:i"
    " result_cast_numeric_precision_radix:i result_cast_numeric_scale:i"
    " result_cast_datetime_precision:i result_cast_interval_type:v result_cast_interval_precision:i"
    " result_cast_type_udt_catalog:m result_cast_type_udt_schema:m result_cast_type_udt_name:m"
    " result_cast_scope_catalog:m result_cast_scope_schema:m result_cast_scope_name:m"
    " result_cast_maximum_cardinality:i result_cast_dtd_identifier:m",
    "information_schema.parameters": "specific_catalog:m specific_schema:m specific_name:m"
    " ordinal_position:i parameter_mode:v is_result:v as_locator:v parameter_name:m data_type:v"
    " character_maximum_length:i"
    " character_octet_length:i character_set_catalog:m character_set_schema:m character_set_name:m"
    " collation_catalog:m collation_schema:m collation_name:m numeric_precision:i"
    " numeric_precision_radix:i numeric_scale:i datetime_precision:i interval_type:v"
    " interval_precision:i udt_catalog:m udt_schema:m udt_name:m scope_catalog:m scope_schema:m"
    " scope_name:m maximum_cardinality:i dtd_identifier:m parameter_default:v",
    "information_schema.triggers": "trigger_catalog:m trigger_schema:m trigger_name:m"
    " event_manipulation:v event_object_catalog:m event_object_schema:m event_object_table:m"
    " action_order:i action_condition:v action_statement:v action_orientation:v action_timing:v"
    " action_reference_old_table:m action_reference_new_table:m action_reference_old_row:m"
    " action_reference_new_row:m created:z",
    "information_schema.foreign_tables": "foreign_table_catalog:m foreign_table_schema:m"
    " foreign_table_name:m foreign_server_catalog:m foreign_server_name:m",
    "information_schema.constraint_table_usage": "table_catalog:m table_schema:m table_name:m"
    " constraint_catalog:m constraint_schema:m constraint_name:m",
    "information_schema.information_schema_catalog_name": "catalog_name:m",
    "information_schema.domain_constraints": "constraint_catalog:m constraint_schema:m constraint_name:m"
    " domain_catalog:m domain_schema:m domain_name:m is_deferrable:v initially_deferred:v",
    "information_schema.table_constraints": "constraint_catalog:m constraint_schema:m constraint_name:m"
    " table_catalog:m table_schema:m table_name:m constraint_type:v is_deferrable:v initially_deferred:v",
    "information_schema.key_column_usage": "constraint_catalog:m constraint_schema:m constraint_name:m"
    " table_catalog:m table_schema:m table_name:m column_name:m ordinal_position:i"
    " position_in_unique_constraint:i",
    "information_schema.check_constraints": "constraint_catalog:m constraint_schema:m constraint_name:m"
    " check_clause:v",
    "information_schema.referential_constraints": "constraint_catalog:m constraint_schema:m"
    " constraint_name:m unique_constraint_catalog:m unique_constraint_schema:m unique_constraint_name:m"
    " match_option:v update_rule:v delete_rule:v",
    "information_schema.constraint_column_usage": "table_catalog:m table_schema:m table_name:m"
    " column_name:m constraint_catalog:m constraint_schema:m constraint_name:m",
    "information_schema.views": "table_catalog:m table_schema:m table_name:m view_definition:v"
    " check_option:v is_updatable:v is_insertable_into:v is_trigger_updatable:v is_trigger_deletable:v"
    " is_trigger_insertable_into:v",
    "pg_config": "name:t setting:t",
    "pg_file_settings": "sourcefile:t sourceline:i seqno:i name:t setting:t applied:b error:t",
    "pg_hba_file_rules": "rule_number:i file_name:t line_number:i type:t database:a user_name:a"
    " address:t netmask:t auth_method:t options:a error:t",
    "pg_ident_file_mappings": "map_number:i file_name:t line_number:i map_name:t sys_name:t"
    " pg_username:t error:t",
    "pg_prepared_xacts": "transaction:l gid:t prepared:z owner:m database:m",
    "pg_publication_tables": "pubname:m schemaname:m tablename:m attnames:M rowfilter:t",
    "pg_replication_slots": "slot_name:m plugin:m slot_type:t datoid:o database:m temporary:b"
    " active:b active_pid:i xmin:X catalog_xmin:X restart_lsn:t confirmed_flush_lsn:t wal_status:t"
    " safe_wal_size:l two_phase:b two_phase_at:t inactive_since:z conflicting:b invalidation_reason:t"
    " failover:b synced:b",
    "pg_stat_replication": "pid:i usesysid:o usename:m application_name:t client_addr:w"
    " client_hostname:t client_port:i backend_start:z backend_xmin:X state:t sent_lsn:t write_lsn:t"
    " flush_lsn:t replay_lsn:t write_lag:e flush_lag:e replay_lag:e sync_priority:i sync_state:t"
    " reply_time:z",
    "pg_stat_user_functions": "funcid:o schemaname:m funcname:m calls:l total_time:d self_time:d",
    "pg_stats": "schemaname:m tablename:m attname:m inherited:b null_frac:f avg_width:i n_distinct:f"
    " most_common_vals:t most_common_freqs:F histogram_bounds:t correlation:f most_common_elems:t"
    " most_common_elem_freqs:F elem_count_histogram:F range_length_histogram:t range_empty_frac:f"
    " range_bounds_histogram:t",
    "pg_timezone_abbrevs": "abbrev:t utc_offset:e is_dst:b",
    "pg_timezone_names": "name:t abbrev:t utc_offset:e is_dst:b",
    "information_schema.collations": "collation_catalog:m collation_schema:m collation_name:m"
    " pad_attribute:v",
    "information_schema.view_column_usage": "view_catalog:m view_schema:m view_name:m"
    " table_catalog:m table_schema:m table_name:m column_name:m",
    "information_schema.view_table_usage": "view_catalog:m view_schema:m view_name:m table_catalog:m"
    " table_schema:m table_name:m",
    "vql_segments": "table_name:t segment_id:l state:t rows:l deleted:l first_version:l last_version:l"
    " file:t bytes:l",
    "vql_indexes": "table_name:t index_name:t method:t metric:t segment_id:l family:t rows:l bytes:l"
    " recall:f",
    "vql_jobs": "job:t state:t progress:f started:z ended:z failures:l last_error:t",
    "vql_recall": "table_name:t index_name:t segment_id:l target:f measured:f samples:l",
    "vql_snapshots": "name:t version:l time:z",
    "vql_versions": "version:l time:z tables:a inserted:l deleted:l",
}  # fmt: skip

COUNTED_OF_TABLES = (
    " seq_scan:l seq_tup_read:l idx_scan:l idx_tup_fetch:l n_tup_ins:l n_tup_upd:l n_tup_del:l"
    " n_tup_hot_upd:l n_live_tup:l n_dead_tup:l n_mod_since_analyze:l n_ins_since_vacuum:l last_vacuum:z"
    " last_autovacuum:z last_analyze:z last_autoanalyze:z vacuum_count:l autovacuum_count:l analyze_count:l"
    " autoanalyze_count:l"
)
READ_OF_TABLES = (
    " heap_blks_read:l heap_blks_hit:l idx_blks_read:l idx_blks_hit:l toast_blks_read:l toast_blks_hit:l"
    " tidx_blks_read:l tidx_blks_hit:l"
)
for _which in ("all", "user", "sys"):
    _table, _index = (
        "relid:o schemaname:m relname:m",
        "relid:o indexrelid:o schemaname:m relname:m indexrelname:m",
    )
    COLUMNS |= {
        f"pg_stat_{_which}_tables": _table + COUNTED_OF_TABLES,
        f"pg_statio_{_which}_tables": _table + READ_OF_TABLES,
        f"pg_stat_{_which}_indexes": f"{_index} idx_scan:l idx_tup_read:l idx_tup_fetch:l",
        f"pg_statio_{_which}_indexes": f"{_index} idx_blks_read:l idx_blks_hit:l",
        f"pg_statio_{_which}_sequences": f"{_table} blks_read:l blks_hit:l",
    }


# The columns by a value of which rows are found without the others, as it says which relation or type it is.
NARROWING: dict[str, tuple[str, ...]] = {
    "pg_class": ("oid", "relname"), "pg_attribute": ("attrelid",), "pg_attrdef": ("adrelid",),
    "pg_index": ("indrelid", "indexrelid"), "pg_constraint": ("conrelid",), "pg_sequence": ("seqrelid",),
    "pg_policy": ("polrelid",), "pg_rewrite": ("ev_class",), "pg_type": ("oid", "typname"),
    "pg_tables": ("tablename",), "pg_indexes": ("tablename",), "pg_views": ("viewname",),
    "pg_matviews": ("matviewname",),
    **{f"information_schema.{name}": ("table_name",)
       for name in ("tables", "columns", "views", "table_constraints", "key_column_usage")},
}  # fmt: skip
# Those that follow nothing a snapshot knows: what was checked meanwhile, what works in the background.
UNFOLLOWED = frozenset(
    {
        "vql_recall",
        "vql_jobs",
        "vql_snapshots",
        "pg_locks",
        "pg_sequences",
        "pg_settings",
        "pg_stat_activity",
        "pg_stat_ssl",
        "pg_stat_progress_create_index",
        "pg_stat_database",
        "pg_hba_file_rules",
        "pg_timezone_abbrevs",
        "pg_timezone_names",
    }
)


# OIDs that clients write as numbers and compare with tableoid; other relations have numbers of ours.
OIDS = {
    "pg_class": 1259, "pg_type": 1247, "pg_attribute": 1249, "pg_proc": 1255, "pg_namespace": 2615,
    "pg_constraint": 2606, "pg_index": 2610, "pg_attrdef": 2604, "pg_database": 1262, "pg_am": 2601,
    "pg_operator": 2617, "pg_opclass": 2616, "pg_description": 2609, "pg_extension": 3079,
    "pg_language": 2612, "pg_trigger": 2620, "pg_rewrite": 2618, "pg_cast": 2605, "pg_tablespace": 1213,
    "pg_authid": 1260, "pg_policy": 3256, "pg_sequence": 2224, "pg_depend": 2608, "pg_enum": 3501,
    "pg_collation": 3456, "pg_conversion": 2607, "pg_opfamily": 2753, "pg_inherits": 2611, "pg_range": 3541,
    "pg_default_acl": 826, "pg_publication": 6104, "pg_statistic_ext": 3381, "pg_auth_members": 1261,
    "pg_shdescription": 2396,
    "pg_aggregate": 2600, "pg_amop": 2602, "pg_amproc": 2603, "pg_db_role_setting": 2964,
    "pg_event_trigger": 3466, "pg_init_privs": 3394, "pg_largeobject_metadata": 2995, "pg_seclabel":
    3596, "pg_shdepend": 1214, "pg_shseclabel": 3592, "pg_subscription": 6100, "pg_subscription_rel":
    6102, "pg_transform": 3576, "pg_ts_config": 3602, "pg_ts_config_map": 3603, "pg_ts_dict": 3600,
    "pg_ts_parser": 3601, "pg_ts_template": 3764, "pg_user_mapping": 1418, "pg_foreign_data_wrapper":
    2328, "pg_foreign_server": 1417, "pg_foreign_table": 3118, "pg_partitioned_table": 3350,
    "pg_publication_rel": 6106, "pg_publication_namespace": 6237,
}  # fmt: skip
FIRST_RELATION = 12_000


@cache
def _places() -> dict[str, int]:
    return {key: FIRST_RELATION + place for place, key in enumerate(COLUMNS)}


def catalog_oid(key: str) -> int:
    """Return the OID of a relation of the catalog, by its key in COLUMNS."""
    return OIDS.get(key) or _places()[key]


def catalog_key(name: tuple[str, ...]) -> str | None:
    """Return the key in COLUMNS of a relation of the catalog, None where a name means none."""
    prefix = name[-2] if len(name) > 1 else ""
    key = f"information_schema.{name[-1]}" if prefix == "information_schema" else name[-1]
    return key if key in COLUMNS and prefix in ("", "pg_catalog", "information_schema", "vql") else None


def catalog_schema(key: str) -> str:
    """Return the schema of a relation of the catalog."""
    return key.rpartition(".")[0] or "pg_catalog"


def catalog_columns(key: str) -> tuple[list[str], list[Type]]:
    """Return the names and types of a relation's columns."""
    columns = [spec.split(":") for spec in COLUMNS[key].split()]
    return [column for column, _ in columns], [CELLS[cell] for _, cell in columns]
