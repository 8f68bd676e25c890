# ts_headline: the words that are asked for, marked, in the best part of a text or in several.
select ts_headline('english', 'The most common type of search is to find all documents containing given query terms and return them in order of their similarity to the query.', to_tsquery('english', 'query & similarity'));
select ts_headline('english', 'Search terms may occur many times in a document, requiring ranking of the search matches to decide which occurrences to display in the result.', to_tsquery('english', 'search & term'), 'MaxFragments=10, MaxWords=7, MinWords=3, StartSel=<<, StopSel=>>');
select ts_headline('One two <i>three</i> four', to_tsquery('three & nothing'));
select ts_headline('simple', 'a <b>word</b> http://x.com/y well-known', 'word | x | known', 'HighlightAll=true');
select ts_headline('simple', 'one two three four five six seven eight nine ten', 'seven', 'MaxWords=3, MinWords=1, ShortWord=0');
select ts_headline('english', 'cats and dogs and cats', 'cat <-> dog'::tsquery), ts_headline('english', 'the dogs chase cats', phraseto_tsquery('english', 'dogs chase'), 'StartSel="[", StopSel=''] ''');
select ts_headline('english', '', 'cat'), ts_headline('english', 'cats', ''), ts_headline('english', null, 'cat');
select ts_headline('english', 'cats', 'cat', 'MinWords=0');
select ts_headline('english', 'cats', 'cat', 'MinWords=50');
select ts_headline('english', 'cats', 'cat', 'MaxFragments=-1');
select ts_headline('english', 'cats', 'cat', 'Unknown=1');
select ts_headline('english', 'cats', 'cat', 'MaxWords=x');
---
containing given <b>query</b> terms and return them in order of their <b>similarity</b> to the <b>query</b>.
<<Search>> <<terms>> may occur many times ... ranking of the <<search>> matches to decide
One two  <b>three</b>  four
a <b><b>word</b></b> http://x.com/y well-<b>known</b>
<b>seven</b>
<b>cats</b> and <b>dogs</b> and <b>cats</b> | the [dogs]  [chase]  cats
ERROR 42601: invalid parameter list format: "cat"
ERROR 22023: MinWords must be positive
ERROR 22023: MinWords must be less than MaxWords
ERROR 22023: MaxFragments must be >= 0
ERROR 22023: unrecognized headline parameter: "Unknown"
ERROR 22P02: invalid input syntax for type integer: "x"
