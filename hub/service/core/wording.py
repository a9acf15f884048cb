"""Vietnamese words for what a comparison with the core system finds (B21)."""

from calc.core_comparison import Measure
from calc.core_matching import Cause

UNEXPLAINED = "unexplained"
UNKNOWN_HERE = "unknown_here"

MEASURES = {
    Measure.IN_TERM: "gốc trong hạn",
    Measure.OVERDUE: "gốc quá hạn",
    Measure.FROZEN: "gốc khoanh",
    Measure.INTEREST: "lãi phải thu",
    Measure.SAVINGS: "tiết kiệm",
}
CAUSES = {
    Cause.UNCONFIRMED.value: "bút toán của ta, ngân hàng chưa ghi",
    Cause.PROVISIONAL.value: "nhập tại bàn, ngân hàng chưa có",
    Cause.LATER.value: "ngân hàng báo sau lúc chốt",
    Cause.MISSING_THERE.value: "ngân hàng từng báo, nay không có",
    Cause.DOUBLED_HERE.value: "bút toán của ta lại được nhập như giao dịch mới",
    Cause.AMOUNT_DIFFERS.value: "hai bên ghi số tiền khác nhau",
    Cause.TERMS_DIFFER.value: "hai bên ghi ngày hoặc nội dung khác nhau",
    Cause.MISSING_HERE.value: "giao dịch của ngân hàng chưa nhập về",
    UNEXPLAINED: "chưa rõ nguyên nhân",
    UNKNOWN_HERE: "số này không có trong sổ của tổ nào",
}
"""What a person reads for each cause, by its code."""
