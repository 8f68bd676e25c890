"""Classes of characters as PostgreSQL sees them in an UTF-8 database whose collation is C.UTF-8.

They are those of POSIX over all of Unicode, as glibc has them:
digits of other scripts are letters there, and so are marks that belong to a word.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from vql.types.forms.letters import lower, upper

# Marks and symbols of the property Other_Alphabetic, as ranges.
MARKS_TEXT = """
345 5b0-5bd 5bf 5c1-5c2 5c4-5c5 5c7 610-61a 64b-657 659-65f 670 6d6-6dc 6e1-6e4 6e7-6e8 6ed 711 730-73f
7a6-7b0 816-817 81b-823 825-827 829-82c 8d4-8df 8e3-8e9 8f0-903 93a-93b 93e-94c 94e-94f 955-957 962-963
981-983 9be-9c4 9c7-9c8 9cb-9cc 9d7 9e2-9e3 a01-a03 a3e-a42 a47-a48 a4b-a4c a51 a70-a71 a75 a81-a83
abe-ac5 ac7-ac9 acb-acc ae2-ae3 afa-afc b01-b03 b3e-b44 b47-b48 b4b-b4c b56-b57 b62-b63 b82 bbe-bc2
bc6-bc8 bca-bcc bd7 c00-c03 c3e-c44 c46-c48 c4a-c4c c55-c56 c62-c63 c81-c83 cbe-cc4 cc6-cc8 cca-ccc
cd5-cd6 ce2-ce3 d00-d03 d3e-d44 d46-d48 d4a-d4c d57 d62-d63 d81-d83 dcf-dd4 dd6 dd8-ddf df2-df3 e31
e34-e3a e4d eb1 eb4-eb9 ebb-ebc ecd f71-f81 f8d-f97 f99-fbc 102b-1036 1038 103b-103e 1056-1059 105e-1060
1062-1064 1067-106d 1071-1074 1082-108d 108f 109a-109d 1712-1713 1732-1733 1752-1753 1772-1773 17b6-17c8
1885-1886 18a9 1920-192b 1930-1938 1a17-1a1b 1a55-1a5e 1a61-1a74 1abf-1ac0 1acc-1ace 1b00-1b04 1b35-1b43
1b80-1b82 1ba1-1ba9 1bac-1bad 1be7-1bf1 1c24-1c36 1de7-1df4 24b6-24e9 2de0-2dff a674-a67b a69e-a69f a802
a80b a823-a827 a880-a881 a8b4-a8c3 a8c5 a8ff a926-a92a a947-a952 a980-a983 a9b4-a9bf a9e5 aa29-aa36 aa43
aa4c-aa4d aa7b-aa7d aab0 aab2-aab4 aab7-aab8 aabe aaeb-aaef aaf5 abe3-abea fb1e 10376-1037a 10a01-10a03
10a05-10a06 10a0c-10a0f 10d24-10d27 10eab-10eac 11000-11002 11038-11045 11073-11074 11082 110b0-110b8
110c2 11100-11102 11127-11132 11145-11146 11180-11182 111b3-111bf 111ce-111cf 1122c-11234 11237 1123e
112df-112e8 11300-11303 1133e-11344 11347-11348 1134b-1134c 11357 11362-11363 11435-11441 11443-11445
114b0-114c1 115af-115b5 115b8-115be 115dc-115dd 11630-1163e 11640 116ab-116b5 1171d-1172a 1182c-11838
11930-11935 11937-11938 1193b-1193c 11940 11942 119d1-119d7 119da-119df 119e4 11a01-11a0a 11a35-11a39
11a3b-11a3e 11a51-11a5b 11a8a-11a97 11c2f-11c36 11c38-11c3e 11c92-11ca7 11ca9-11cb6 11d31-11d36 11d3a
11d3c-11d3d 11d3f-11d41 11d43 11d47 11d8a-11d8e 11d90-11d91 11d93-11d96 11ef3-11ef6 16f4f 16f51-16f87
16f8f-16f92 16ff0-16ff1 1bc9e 1e000-1e006 1e008-1e018 1e01b-1e021 1e023-1e024 1e026-1e02a 1e947
1f130-1f149 1f150-1f169 1f170-1f189
"""
SPACES = frozenset(
    "\t\n\v\f\r \u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u2028\u2029\u205f\u3000"
)
LETTERS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nl"})
UNPRINTABLE = frozenset({"Cc", "Cn", "Cs", "Zl", "Zp"})
HEX_DIGITS = frozenset("0123456789abcdefABCDEF")


def _marks() -> frozenset[int]:
    pairs = [part.split("-") for part in MARKS_TEXT.split()]
    return frozenset(code for pair in pairs for code in range(int(pair[0], 16), int(pair[-1], 16) + 1))


MARKS = _marks()


def is_letter(char: str) -> bool:
    """Whether a character is of class alpha."""
    if char.isascii():
        return char.isalpha()
    category = unicodedata.category(char)
    return category in LETTERS or category == "Nd" or ord(char) in MARKS


def is_letter_or_digit(char: str) -> bool:
    """Whether a character is of class alnum."""
    return char.isalnum() if char.isascii() else is_letter(char)


def is_graphic(char: str) -> bool:
    """Whether a character is of class graph."""
    return unicodedata.category(char) not in UNPRINTABLE and char not in SPACES


# The classes of bracket expressions.
CLASSES: dict[str, Callable[[str], bool]] = {
    "alnum": is_letter_or_digit,
    "alpha": is_letter,
    "ascii": str.isascii,
    "blank": lambda char: char in " \t",
    "cntrl": lambda char: unicodedata.category(char) == "Cc",
    "digit": lambda char: char in "0123456789",
    "graph": is_graphic,
    "lower": lambda char: char.islower() or upper(char) != char,
    "print": lambda char: unicodedata.category(char) not in UNPRINTABLE,
    "punct": lambda char: is_graphic(char) and not is_letter_or_digit(char),
    "space": lambda char: char in SPACES,
    "upper": lambda char: char.isupper() or lower(char) != char,
    "word": lambda char: char == "_" or is_letter_or_digit(char),
    "xdigit": lambda char: char in HEX_DIGITS,
}
