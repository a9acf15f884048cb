"""Vietnamese order and search."""

from hypothesis import given
from hypothesis import strategies as st

from edge import names

# By given name; letters before tones (a ă â … d đ … o ô ơ), tones none huyền hỏi ngã sắc nặng: the order of a
# Vietnamese dictionary, written down by hand.
ORDERED = [
    "Trần Văn An",
    "Nguyễn Thị Án",
    "Bùi Ạn",
    "Nguyễn Thị Ánh",
    "Phạm Ăn",
    "Lê Thị Ân",
    "Đỗ Dũng",
    "Đỗ Đức",
    "Vũ Hoa",
    "Vũ Hòa",
    "Vũ Hỏa",
    "Vũ Hõa",
    "Vũ Hóa",
    "Vũ Họa",
    "An Ôn",
    "Bình Ôn",
    "Mai Ơn",
    "Hồ Ưng",
]


def test_names_stand_in_dictionary_order_of_the_given_name():
    shuffled = sorted(ORDERED)
    assert shuffled != ORDERED
    assert sorted(shuffled, key=names.order) == ORDERED


def test_composed_and_decomposed_names_stand_together():
    assert names.order("Lê Thị Ân") == names.order("Le\u0302 Thi\u0323 A\u0302n")


def test_search_forgives_marks_case_and_order():
    assert names.matches("Nguyễn Thị Ánh", "anh nguy")
    assert names.matches("Đặng Văn Ước", "DANG uoc")
    assert names.matches("Đặng Văn Ước", "")
    assert not names.matches("Nguyễn Thị Ánh", "nh")


@given(st.text(max_size=30))
def test_any_text_has_an_order_and_a_fold(text):
    names.order(text)
    assert names.fold(names.fold(text)) == names.fold(text)
