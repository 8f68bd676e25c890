# What the parser makes of words, numbers, hosts, addresses, paths, tags and what is joined by hyphens.
select string_agg(tokid || ' ' || token, ', ') from ts_parse('default', 'foo.bar foo.c foo_bar foo_bar.com foo-1 foo-1a foo-bar-baz é-bar foo-é') where tokid <> 12;
select string_agg(tokid || ' ' || token, ', ') from ts_parse('default', 'a/b /usr/local/x.txt ~/x ./x http://foo.com/a?b=c|d foo.com:80/x mailto:a.b@c.com a+b@c.com') where tokid <> 12;
select string_agg(tokid || ' ' || token, ', ') from ts_parse('default', '1.5 1.5.3 1e5 1.5e-3 -1.5e3 +5 1foo 5-3 2020-01-02 10:30 3,000 v1.2.3 scram-sha-256') where tokid <> 12;
select string_agg(tokid || ' ' || token, ', ') from ts_parse('default', '<b>x</b> <a href="y>z"> <!-- c --> &amp; &#12; <1> it''s U.S.A. AT&T until... wait.. C++ #tag naïve-café x²') where tokid <> 12;
select string_agg(tokid || ' ' || token, ', ') from ts_parse('default', '<script>var a;</script>b <me@x.org> <http://x.org/y/> हिन्दी भाषा') where tokid <> 12;
select to_tsvector('simple', 'http://www.example.com/a/b?c=d user@example.com well-known-fact 3.14 -7');
select * from ts_parse('other', 'x');
select ts_parse(3722, 'a b');
---
6 foo.bar, 19 foo.c, 1 foo, 1 bar, 6 foo_bar.com, 1 foo, 21 -1, 15 foo-1a, 11 foo, 9 1a, 16 foo-bar-baz, 11 foo, 11 bar, 11 baz, 17 é-bar, 10 é, 11 bar, 17 foo-é, 11 foo, 10 é
19 a/b, 19 /usr/local/x.txt, 19 /x, 19 /x, 14 http://, 5 foo.com/a?b=c, 6 foo.com, 18 /a?b=c, 1 d, 5 foo.com:80/x, 6 foo.com:80, 18 /x, 1 mailto, 4 a.b@c.com, 1 a, 4 b@c.com
20 1.5, 8 1.5.3, 7 1e5, 7 1.5e-3, 7 -1.5e3, 21 +5, 3 1foo, 22 5, 21 -3, 22 2020, 21 -01, 21 -02, 22 10, 22 30, 22 3, 22 000, 19 v1.2.3, 16 scram-sha, 11 scram, 11 sha, 22 256
13 <b>, 1 x, 13 </b>, 13 <a href="y>z">, 13 <!-- c -->, 23 &amp;, 23 &#12;, 22 1, 1 it, 1 s, 19 U.S.A, 1 AT, 1 T, 1 until, 1 wait, 19 .., 1 C, 1 tag, 17 naïve-café, 10 naïve, 10 café, 1 x
13 <script>, 13 </script>, 1 b, 4 me@x.org, 14 http://, 5 x.org/y/, 6 x.org, 18 /y/, 2 हिन्दी, 2 भाषा
'-7':10 '/a/b?c=d':3 '3.14':9 'fact':8 'known':7 'user@example.com':4 'well':6 'well-known-fact':5 'www.example.com':2 'www.example.com/a/b?c=d':1
ERROR 42704: text search parser "other" does not exist
(1,a), (12," "), (1,b)
