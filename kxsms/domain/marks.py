"""Invisible marks, which programs put around what people copy. Each is a part of a character class."""

MARKS = (
    "\u00ad\u034f\u061c\u115f\u1160\u180b-\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0"
)
"""Zero-width blanks, byte order marks, directions and fillers. Emoji need some of these within a text; they
need tag characters at their end too, which are not here."""

SELECTORS = "\ufe00-\ufe0f"
"""Variation selectors: they mean something behind an emoji, and nothing in a number or a name of a column."""
