"""Taking a passage out of words: found without regard to case, accents and what stands between its words."""

import re
import unicodedata

_WORD = re.compile(r"\w+")
_TAG = re.compile(r"<[^>]*>")


def without(text: str, passage: str, *, is_html: bool = False) -> str:
    """The words without the first occurrence of this passage, which is folded words with a space between each two.

    Of HTML the tags stay, whatever they stood around. Words that do not hold the passage come back as they are.
    """
    wanted = passage.split()
    words = [(_folded(found[0]), found.start(), found.end()) for found in _WORD.finditer(_blank(text, is_html))]
    for at in range(len(words) - len(wanted) + 1):
        if wanted and [word for word, _, _ in words[at : at + len(wanted)]] == wanted:
            begins, ends = words[at][1], words[at + len(wanted) - 1][2]
            middle = "".join(_TAG.findall(text[begins:ends])) if is_html else ""
            return _joined(text[:begins] + middle, text[ends:])
    return text


def _blank(text: str, is_html: bool) -> str:
    """The text with tags as spaces, every other character at its place."""
    return _TAG.sub(lambda tag: " " * len(tag[0]), text) if is_html else text


def _folded(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(one for one in decomposed if not unicodedata.combining(one))


def _joined(before: str, after: str) -> str:
    """Without the double space or the lonely full stop that a cut leaves."""
    if before.rstrip(" ")[-1:] in ("", ".", "!", "?", "\n", ">"):
        after = after.lstrip(".;,") if after[:1] in (".", ";", ",") else after
    if before.endswith(" ") and after[:1] in (" ", ".", ",", ";", ":", "!", "?", ""):
        return before.rstrip(" ") + after
    return before + after
