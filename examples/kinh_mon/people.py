"""People of the sample: names of real shapes, identity and telephone numbers that belong to nobody."""

from random import Random

_FAMILY = (
    ("Nguyễn", 38),
    ("Trần", 11),
    ("Lê", 9),
    ("Phạm", 9),
    ("Vũ", 7),
    ("Hoàng", 5),
    ("Đỗ", 4),
    ("Bùi", 4),
    ("Đặng", 3),
    ("Ngô", 2),
    ("Dương", 2),
    ("Đào", 2),
    ("Mạc", 1),
    ("Quách", 1),
    ("Doãn", 1),
)
_MIDDLE_WOMEN = ("Thị", "Thị", "Thị", "Thị Thu", "Thị Thanh", "Thị Kim", "Ngọc", "Thị Bích")
_MIDDLE_MEN = ("Văn", "Văn", "Văn", "Đức", "Xuân", "Hữu", "Quang", "Đình", "Bá", "")
_WOMEN = (
    "Hoa",
    "Lan",
    "Huệ",
    "Mai",
    "Hồng",
    "Nhung",
    "Thúy",
    "Hạnh",
    "Yến",
    "Liên",
    "Ngát",
    "Mơ",
    "Lụa",
    "Xuyến",
    "Thơm",
    "Bưởi",
    "Én",
    "Ửng",
)
_MEN = (
    "Hùng",
    "Dũng",
    "Tuấn",
    "Khải",
    "Tịnh",
    "Thắng",
    "Quyết",
    "Sáng",
    "Mạnh",
    "Vượng",
    "Ước",
    "Đạt",
    "Bảy",
    "Tư",
    "Chiến",
    "Kiểm",
    "Nhượng",
    "Oanh",
)
_OTHER_PEOPLES = (
    "Sùng A Páo",
    "Giàng Thị Mỷ",
    "Lò Thị Pành",
    "Vàng A Dế",
    "Hoàng Seo Lử",
    "Triệu Mùi Ghển",
    "Bàn Văn Phú",
    "Y Blâm",
    "H’Ngăm Niê",
    "Ksor Hlưm",
    "A Thút",
    "Thạch Sô Phia",
)
"""Hmông, Thái, Dao, Xơ Đăng, Ê Đê, Gia Rai, Khmer: some have no family name, so no rule splits them."""
_THREE_DIGITS = 999


def chance(rng: Random, per_mille: int) -> bool:
    """True so many times in a thousand."""
    return rng.randrange(1000) < per_mille


def full_name(rng: Random) -> str:
    """A full name; about one in thirty from the smaller peoples."""
    if chance(rng, 30):
        return rng.choice(_OTHER_PEOPLES)
    family = rng.choices([name for name, _ in _FAMILY], [weight for _, weight in _FAMILY])[0]
    woman = chance(rng, 600)
    middle = rng.choice(_MIDDLE_WOMEN if woman else _MIDDLE_MEN)
    given = rng.choice(_WOMEN if woman else _MEN)
    return " ".join(part for part in (family, middle, given) if part)


def identity(group: int, member: int) -> str:
    """Twelve digits of the right shape that cannot be issued: the century digits 8 and 9 are the 2300s."""
    if group > _THREE_DIGITS:
        return f"0308{group:05d}{member:03d}"
    return f"0309{(group * 7 + member) % 100:02d}{group:03d}{member:03d}"


def phone(rng: Random, group: int, member: int) -> str | None:
    """Ten digits under a prefix that no operator has, or none: many elderly members own no telephone."""
    return f"010{group:04d}{member:03d}" if chance(rng, 820) else None
