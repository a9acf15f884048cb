"""A branch whose store is put back and whose people say so; a phone that is put back whole (L5, L15, P56)."""

import json

from tests.system.conftest import GROUP

PEOPLE = ("--by", "KSV01", "--confirmed-by", "GDV01")


def carriages(phone):
    return {entry["carriage"] for entry in phone.ask("status")["entries"]}


def test_N85_after_a_restore_the_phones_bring_back_all_and_every_command_goes_on(village):
    village.back_up()
    village.hub.start()
    village.leader.run("collect", 3, "--full", "--yes")
    village.leader.run("sync")
    village.deputy.run("sync")
    village.deputy.run("collect", 5, "--full", "--yes")
    village.hub.stop()
    village.put_back()
    village.branch.run("restored", "--again", *PEOPLE)  # the marks were put back too
    village.hub.start()
    village.deputy.run("sync")
    assert village.leader.attempt("sync").returncode == 0
    village.deputy.run("sync")
    for phone in (village.leader, village.deputy):
        told = phone.ask("status")
        assert (carriages(phone), told["branch_epoch"], told["agrees"]) == ({"at_branch"}, 1, True)
        assert (told["returned"], told["evidence"], told["stopped"]) == (0, 0, None)
    verdict = json.loads(village.verdict().stdout)
    assert (verdict["faults"], verdict["counts"]["phone_seals"]) == ([], 2)
    village.leader.run("collect", 4, "--savings", 10_000, "--yes")
    village.leader.run("sync")
    assert carriages(village.leader) == {"at_branch"}


def test_P56_a_phone_that_was_put_back_whole_is_opened_anew_with_its_receipts(village):
    village.back_up("phone-leader")
    village.hub.start()
    village.leader.run("collect", 3, "--full", "--yes")
    village.leader.run("sync")
    village.put_back("phone-leader")
    assert "Đừng thu tiếp" in village.leader.attempt("sync").stderr
    village.branch.run("reopen-phone", "--group", GROUP, "--writer", 1, *PEOPLE)
    village.leader.run("sync")
    assert village.leader.receipts() == [1]
    assert village.leader.attempt("collect", 3, "--full", "--yes").returncode == 1
    village.leader.run("collect", 5, "--full", "--yes")
    village.leader.run("sync")
    numbers = village.leader.receipts()
    assert (len(numbers), numbers[1] > 20_000) == (2, True)
    assert carriages(village.leader) == {"at_branch"}
    assert json.loads(village.verdict().stdout)["faults"] == []
