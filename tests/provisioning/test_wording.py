"""Every refusal has its Vietnamese sentence, and no text of an exception reaches a person."""

from pathlib import Path

import pytest

from provisioning.errors import (
    ClockError,
    DeviceEndedError,
    DirectoryError,
    ProvisioningError,
    TooManyGuessesError,
    VoucherRefusedError,
    WrongStateError,
)
from provisioning.wording import sentence


def concrete(kind=ProvisioningError):
    found = kind.__subclasses__()
    return [kind] if not found else [leaf for child in found for leaf in concrete(child)]


def made(kind):
    if issubclass(kind, DirectoryError):
        return kind(Path("kinh-mon"), "developers read this")
    arguments = {
        ClockError: (0, bytes(24)),
        DeviceEndedError: ("revoked",),
        WrongStateError: ("waiting",),
        TooManyGuessesError: (600,),
        VoucherRefusedError: ("used",),
    }
    return kind(*arguments.get(kind, ("developers read this",)))


@pytest.mark.parametrize("kind", concrete(), ids=lambda kind: kind.__name__)
def test_a_refusal_is_a_vietnamese_sentence(kind):
    text = sentence(made(kind))
    assert text.endswith(".")
    assert "developers" not in text
    assert "{" not in text
    assert any(character > "\x7f" for character in text)
    if issubclass(kind, DirectoryError) and kind.code not in ("root_not_apart", "key_change"):
        assert "kinh-mon" in text


def test_a_used_voucher_reads_like_an_unknown_one():
    assert sentence(VoucherRefusedError("used")) == sentence(VoucherRefusedError("unknown"))


def test_every_code_is_used_once():
    codes = [kind.code for kind in concrete()]
    assert len(set(codes)) == len(codes)
