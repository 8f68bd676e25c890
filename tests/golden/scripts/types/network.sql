# inet, cidr and cards: keys, order, containment, parts.
CREATE TABLE hosts (at inet PRIMARY KEY, net cidr, card macaddr, long macaddr8, others inet[]);
INSERT INTO hosts VALUES ('10.0.0.1', '10/8', '08002b:010203', '08-00-2b-01-02-03', '{::1,10.0.0.2}');
INSERT INTO hosts VALUES ('10.0.0.1/8', '192.168.1', NULL, '0800.2b01.0203.0405', NULL), ('::1', 'fe80::/10', NULL, NULL, '{}');
INSERT INTO hosts VALUES ('10.0.0.1/32');
[header] SELECT * FROM hosts ORDER BY at;
CREATE INDEX ON hosts (net);
SELECT at FROM hosts WHERE at < '10.0.0.5' ORDER BY at;
SELECT at FROM hosts WHERE at = '10.0.0.1';
SELECT at FROM hosts WHERE net = '10.0.0.0/8';
SELECT at FROM hosts WHERE at << '10.0.0.0/8';
SELECT at FROM hosts WHERE at <<= inet '10.0.0.0/8' ORDER BY 1;
SELECT at FROM hosts WHERE '::1' = ANY(others);
SELECT at FROM hosts WHERE net && '192.168.0.0/16';
---
CREATE TABLE
INSERT 0 1
INSERT 0 2
ERROR 23505: duplicate key value violates unique constraint "hosts_pkey"
DETAIL: Key (at)=(10.0.0.1) already exists.
at inet | net cidr | card macaddr | long macaddr8 | others inet[]
10.0.0.1/8 | 192.168.1.0/24 | NULL | 08:00:2b:01:02:03:04:05 | NULL
10.0.0.1 | 10.0.0.0/8 | 08:00:2b:01:02:03 | 08:00:2b:ff:fe:01:02:03 | {::1,10.0.0.2}
::1 | fe80::/10 | NULL | NULL | {}
CREATE INDEX
10.0.0.1/8, 10.0.0.1
10.0.0.1
10.0.0.1
10.0.0.1
10.0.0.1/8, 10.0.0.1
10.0.0.1
10.0.0.1/8

SELECT host(at), abbrev(net), masklen(at), broadcast(at), network(at), netmask(at), hostmask(at), at::text FROM hosts ORDER BY at;
SELECT at + 255, at - inet '10.0.0.0', ~at, set_masklen(at, 16), family(at) FROM hosts WHERE at = '10.0.0.1';
SELECT trunc(card), card::macaddr8, macaddr8_set7bit(long) FROM hosts WHERE at = '10.0.0.1';
SELECT max(at), min(at) FROM hosts;
SELECT '::ffff:1.2.3.4'::inet, '128.1'::cidr, inet_merge('10.0.0.1', '10.0.1.1');
---
10.0.0.1 | 10/8 | 32 | 10.0.0.1 | 10.0.0.1/32 | 255.255.255.255 | 0.0.0.0 | 10.0.0.1/32
10.0.0.1 | 192.168.1/24 | 8 | 10.255.255.255/8 | 10.0.0.0/8 | 255.0.0.0 | 0.255.255.255 | 10.0.0.1/8
::1 | fe80::/10 | 128 | ::1 | ::1/128 | ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff | :: | ::1/128
10.0.1.0 | 1 | 245.255.255.254 | 10.0.0.1/16 | 4
08:00:2b:00:00:00 | 08:00:2b:ff:fe:01:02:03 | 0a:00:2b:ff:fe:01:02:03
::1 | 10.0.0.1/8
::ffff:1.2.3.4 | 128.1.0.0/16 | 10.0.0.0/23

# What is no address.
SELECT '10.1'::inet;
SELECT '10.0.0.1/33'::inet;
SELECT '10.1/8'::cidr;
SELECT '08002b01020'::macaddr;
SELECT inet '::1' - 2::bigint;
SELECT inet '::1' & '10.0.0.1';
---
ERROR 22P02: invalid input syntax for type inet: "10.1" at 8
ERROR 22P02: invalid input syntax for type inet: "10.0.0.1/33" at 8
ERROR 22P02: invalid cidr value: "10.1/8" at 8
DETAIL: Value has bits set to right of mask.
08:00:2b:01:02:00
ERROR 22003: result is out of range
ERROR 22023: cannot AND inet values of different sizes
