"""Vietnamese names: their order by given name, and search that forgives missing marks.

The order of letters is a ă â b c d đ e ê … o ô ơ … u ư …; of tones: none, huyền, hỏi, ngã, sắc, nặng. A
name is never taken apart by rule; only its last word, the given name, comes first in the order.
"""

import unicodedata

_LETTERS = {
    "a\u0306": ("a", 1),
    "a\u0302": ("a", 2),
    "đ": ("d", 1),
    "e\u0302": ("e", 1),
    "o\u0302": ("o", 1),
    "o\u031b": ("o", 2),
    "u\u031b": ("u", 1),
}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_SHAPES = ("\u0306", "\u0302", "\u031b")

Key = tuple[tuple[tuple[tuple[str, int], ...], tuple[int, ...]], ...]


def fold(text: str) -> str:
    """Lower case without marks, đ as d, blanks collapsed: what search compares."""
    plain = unicodedata.normalize("NFD", text.lower()).replace("đ", "d")
    kept = (character for character in plain if not unicodedata.combining(character))
    return " ".join("".join(kept).split())


def matches(name: str, wanted: str) -> bool:
    """Say whether every word that was typed begins a word of the name."""
    words = fold(name).split()
    return all(any(word.startswith(part) for word in words) for part in fold(wanted).split())


def order(name: str) -> Key:
    """Sort key: given name first, then the name from its beginning; letters before tones in each word."""
    words = name.lower().split()
    return tuple(_word(word) for word in (*words[-1:], *words[:-1]))


def _word(word: str) -> tuple[tuple[tuple[str, int], ...], tuple[int, ...]]:
    letters: list[tuple[str, int]] = []
    tones: list[int] = []
    for character in unicodedata.normalize("NFD", word):
        if character in _TONES and tones:
            tones[-1] = _TONES[character]
        elif character in _SHAPES and letters:
            letters[-1] = _LETTERS.get(letters[-1][0] + character, letters[-1])
        else:
            letters.append(_LETTERS.get(character, (character, 0)))
            tones.append(0)
    return tuple(letters), tuple(tones)
