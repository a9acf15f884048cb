"""A small export that is right in every row, and ways to spoil it."""

import csv
import io

FILES = {
    "areas": """\
code,name,kind,parent,valid_from,valid_to,successor
HP,Thành phố Hải Phòng,province,,1976-07-02,,
P1,Phường Kinh Môn,ward,HP,2025-07-01,,
""",
    "points": """\
code,name,area,day_of_month
D17,Điểm giao dịch phường Kinh Môn,P1,17
""",
    "programmes": """\
code,name
HN,Hộ nghèo
NS,Nước sạch
""",
    "policies": """\
policy,effective_from,choice,amount,reference,signed_on
rounding,2015-06-05,half_up,,QC-01,2015-06-05
cash_unit,2015-06-05,,1000,QC-01,2015-06-05
""",
    "rate_decisions": """\
reference,signed_on,programme,kind,ppm,above_ppm,effective_from,effective_to,reach,overdue_reach
750/QĐ-TTg,2015-06-01,HN,rate,66000,,2015-06-05,,all,surcharge_on_reduced
750/QĐ-TTg,2015-06-01,NS,rate,90000,,2015-06-05,,all,surcharge_on_reduced
""",
    "groups": """\
code,name,area,point,organisation,leader,deputy,valid_from
KM-001,Tổ số 1,P1,D17,HPN,C1,C2,2025-07-01
""",
    "members": """\
group,customer,full_name,identity,phone,address
KM-001,C1,Phạm Thị Lụa,030908001001,0100001001,"Số 3, Khu dân cư Đông"
KM-001,C2,Y Blâm,,,
""",
    "member_moves": """\
core_ref,customer,effective_on,to_group,reason
""",
    "savings": """\
group,customer,account,as_of,balance
KM-001,C1,S1,2025-11-30,1845200
""",
    "savings_events": """\
core_ref,account,kind,effective_on,amount
G3,S1,deposit,2025-12-02,50000
""",
    "loans": """\
group,customer,loan,programme,opened_on,due_on,grace_end,ppm,as_of,in_term,overdue,frozen,frozen_until,\
arrears_in_term,arrears_overdue,arrears_grace,prepaid,numerator_in_term,numerator_overdue,numerator_grace
KM-001,C1,L1,HN,2023-04-18,2028-04-18,,66000,2025-11-30,50000000,0,0,,0,0,0,0,42900000000000,0,0
KM-001,C2,L2,NS,2025-09-10,2028-09-10,,90000,,,,,,,,,,,,
""",
    "loan_events": """\
core_ref,loan,kind,effective_on,amount,interest,until,due_on,ppm
G1,L2,disbursed,2025-09-10,20000000,,,,
G2,L1,principal_repaid,2025-12-02,5000000,,,,
""",
}


def write_export(folder, only=None, **changed):
    """Write the good export, or only some of its files; ``changed`` puts other text in a file's place."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES if only is None else only:
        (folder / f"{name}.csv").write_text(FILES[name], encoding="utf-8")
    for name, content in changed.items():
        (folder / f"{name}.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def with_cells(name, line, /, **cells):
    """A file with some cells of one line changed; lines are counted from 1, the header."""
    rows = list(csv.DictReader(io.StringIO(FILES[name])))
    rows[line - 2].update(cells)
    return _text(name, rows)


def with_row(name, /, **cells):
    """A file with one row more at its end, like the last one but for some cells."""
    rows = list(csv.DictReader(io.StringIO(FILES[name])))
    return _text(name, [*rows, rows[-1] | cells])


def rows_of(name, /, text=None):
    """The rows of a table, its header first; the good ones, or those of another text."""
    return list(csv.reader(io.StringIO(FILES[name] if text is None else text)))


def _text(name, rows):
    stream = io.StringIO()
    writer = csv.DictWriter(stream, FILES[name].splitlines()[0].split(","), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()
