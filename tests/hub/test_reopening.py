"""A phone's next epoch (L5): when it is opened, where the last one was left, and with which numbers (L13)."""

from itertools import pairwise

import pytest
from msgspec import structs

from hub.errors import CorrectionError, DayError
from hub.service.forks.reopening import reopen
from protocol.trust_facts import Received, WriterAdmitted
from tests.hub.builders import GROUP, sqlite_branch, visit
from tests.hub.pushes import go_on, push, revoke


@pytest.fixture
def branch(tmp_path):
    return sqlite_branch(tmp_path)


@pytest.fixture
def phone(branch):
    """The leader's phone with three entries received, and a fourth that nobody has."""
    phone = branch.admit()
    phone.write(visit(1), visit(2), visit(3))
    push(branch, phone.seal(), asker=phone)
    phone.write(visit(4))
    return phone


def again(branch, ordinal=1, by="KSV01", confirmed_by="IT01"):
    return reopen(branch.groups, GROUP, ordinal, by, confirmed_by)


def refusal(branch, **given):
    with pytest.raises((CorrectionError, DayError)) as caught:
        again(branch, **given)
    return caught.value.code


def test_L5_the_next_epoch_names_where_the_last_one_was_left(branch, phone):
    done = again(branch)
    admitted = done.admitted
    assert done.is_new
    assert (admitted.ordinal, admitted.writer, admitted.epoch) == (1, phone.writer, 1)
    assert (admitted.spki, admitted.role, admitted.algorithm) == (phone.signer.spki, "leader", "ed25519")
    assert (admitted.left.seq, admitted.left.head) == (3, phone.hashes[3])
    assert (admitted.decided_by, admitted.confirmed_by) == ("KSV01", "IT01")


def test_L13_the_admission_is_sealed_alone(branch, phone):
    assert phone.ordinal == 1
    seal = again(branch).state.seals[-1]
    assert [type(placed.entry) for placed in seal.placed] == [WriterAdmitted]


def test_L13_no_receipt_number_can_come_again(branch, phone):
    deputy = branch.admit(ordinal=2)
    ranges = [
        (phone.admission.first_receipt, phone.admission.last_receipt),
        (deputy.admission.first_receipt, deputy.admission.last_receipt),
    ]
    for _ in range(3):
        done = again(branch)
        ranges.append((done.admitted.first_receipt, done.admitted.last_receipt))
        go_on(branch, phone, done)
    ranges.sort()
    assert len(ranges) == 5
    assert all(last < first for (_, last), (first, _) in pairwise(ranges))


def test_an_epoch_that_was_not_used_is_not_followed_by_another(branch, phone):
    done = again(branch)
    repeated = again(branch)
    assert (repeated.is_new, repeated.admitted) == (False, done.admitted)
    go_on(branch, phone, done)
    assert again(branch).admitted.epoch == 2


def test_entries_of_both_epochs_are_received(branch, phone):
    go_on(branch, phone, again(branch))
    late = branch.groups.load(GROUP).phones[1, 0]
    assert late.length == 3
    state = branch.another_process().load(GROUP)
    received = [placed.entry for placed in state.log.entries if isinstance(placed.entry, Received)]
    assert [(one.epoch, one.count) for one in received] == [(0, 3), (1, 1)]
    assert len(state.facts) == 4


def test_L18_a_revoked_phone_is_not_reopened(branch, phone):
    revoke(branch, phone)
    assert refusal(branch) == "revoked_phone"


def test_only_a_phone_of_the_group_is_reopened_by_two_people(branch, phone):
    assert phone.ordinal == 1
    assert refusal(branch, ordinal=7) == "no_such_phone"
    assert refusal(branch, by="IT01") == "same_person"


def test_L1_a_phone_whose_algorithm_nobody_verifies_here_is_not_reopened(branch):
    phone = branch.admit()
    other = structs.replace(phone.admission, ordinal=2, writer=b"0123456789", algorithm="p256")
    branch.groups.append(GROUP, lambda _: [[other]])
    assert refusal(branch, ordinal=2) == "no_such_log"
