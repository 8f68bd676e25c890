# What is neither a letter, a digit nor punctuation of ASCII is in no moment or span.
SELECT '10é'::interval;
SELECT '1 day ß'::interval;
SELECT '2020-01-01é'::date;
SELECT '2020-01-01 10:00€'::timestamp;
SELECT '١٠'::interval;
SELECT '10:00é'::time;
SELECT '10; 5!'::interval, '#2020-01-01!'::date, '(10:00)'::time;
---
ERROR 22007: invalid input syntax for type interval: "10é" at 8
ERROR 22007: invalid input syntax for type interval: "1 day ß" at 8
ERROR 22007: invalid input syntax for type date: "2020-01-01é" at 8
ERROR 22007: invalid input syntax for type timestamp: "2020-01-01 10:00€" at 8
ERROR 22007: invalid input syntax for type interval: "١٠" at 8
ERROR 22007: invalid input syntax for type time: "10:00é" at 8
ERROR 22007: invalid input syntax for type interval: "10; 5!" at 8
