"""`extends`: the user's values over a built-in profile, or over another of the user's."""

from decimal import Decimal as D

import pytest

from fundcli.errors import DataError
from fundcli.profiles import builtin_folder


def test_an_override_replaces_only_what_it_names(user):
    loaded = user(okx="extends: okx\nfees:\n  perp: {taker: 0.03%}\n").load("okx")
    fees = loaded.profile.fees
    assert (fees.perp.taker, fees.perp.maker, fees.spot.taker) == (D("0.0003"), D("0.0002"), D("0.001"))
    assert loaded.profile.funding.window_seconds == 60


def test_each_value_knows_its_file_and_line(user, tmp_path):
    loaded = user(okx="# mine\nextends: okx\nfees:\n  perp:\n    taker: 0.03%\n").load("okx")
    assert str(loaded.origins[("fees", "perp", "taker")]) == f"{tmp_path / 'profiles' / 'okx.yaml'}:5"
    lines = (builtin_folder() / "okx.yaml").read_text().splitlines()
    fees = next(n for n, line in enumerate(lines, 1) if line.startswith("  perp: {maker"))
    assert str(loaded.origins[("fees", "perp", "maker")]).endswith(f"configs/okx.yaml:{fees}")
    assert loaded.origins[("funding", "window_seconds")].line == lines.index("  window_seconds: 60") + 1


def test_a_profile_of_another_name_takes_its_id_from_its_file(user):
    profile = user(desk="extends: binance\n").load("desk").profile
    assert (profile.id, profile.ccxt, profile.name) == ("desk", "binance", "Binance USDⓈ-M Futures")


def test_layers_stack_over_other_files_of_the_users(user):
    catalog = user(
        binance="extends: binance\nfees:\n  perp: {taker: 0.04%}\n",
        desk="extends: binance\nfees:\n  perp: {maker: 0.01%}\n",
        night="extends: desk\nname: Night\n",
    )
    fees = catalog.load("night").profile.fees
    assert (fees.perp.taker, fees.perp.maker, fees.spot.taker) == (D("0.0004"), D("0.0001"), D("0.001"))
    assert catalog.load("night").profile.name == "Night"


def test_null_takes_a_value_away(user):
    profile = user(binance="extends: binance\nborrow: null\nfunding: {interest_per_day: ~}\n").load("binance").profile
    assert profile.borrow is None
    assert profile.funding.interest_per_day is None
    assert profile.funding.interval_hours == 8


def test_null_where_nothing_stood_is_no_mistake(user):
    assert user(ftx="extends: ftx\nborrow: null\n").load("ftx").profile.borrow is None


def test_a_required_value_cannot_be_taken_away(user):
    with pytest.raises(DataError, match=r"fees\.perp: is missing"):
        user(binance="extends: binance\nfees:\n  perp: null\n").load("binance")


def test_a_list_is_replaced_whole(user):
    profile = user(binance="extends: binance\nquirks: [one]\n").load("binance").profile
    assert profile.quirks == ["one"]


def test_a_new_tier_stands_beside_the_old_ones(user):
    profile = (
        user(binance="extends: binance\nfees:\n  tiers:\n    Desk: {perp: {maker: 0%, taker: 1bp}}\n")
        .load("binance")
        .profile
    )
    assert profile.fees.tiers["Desk"].perp.taker == D("0.0001")
    assert "VIP9" in profile.fees.tiers


@pytest.mark.parametrize(
    "files",
    [
        {"desk": "extends: night\n", "night": "extends: desk\n"},
        {"desk": "extends: desk\n"},
        {"a": "extends: b\n", "b": "extends: c\n", "c": "extends: a\n"},
    ],
)
def test_a_circle_of_extends_is_refused(user, files):
    catalog = user(**files)
    with pytest.raises(DataError, match=": extends"):
        catalog.load(next(iter(files)))


def test_a_profile_that_extends_its_own_name_means_the_built_in_one(user):
    assert user(binance="extends: binance\nname: Mine\n").load("binance").profile.name == "Mine"


def test_an_unknown_base_gets_the_nearest_one_and_its_line(user, tmp_path):
    with pytest.raises(DataError) as caught:
        user(desk="name: Desk\nextends: binanse\n").load("desk")
    assert caught.value.message.startswith(f"{tmp_path / 'profiles' / 'desk.yaml'}:2: extends")
    assert "binance" in caught.value.remedy


@pytest.mark.parametrize("value", ["[binance]", "{a: b}", "true"])
def test_a_base_that_is_no_id_is_refused(user, value):
    with pytest.raises(DataError, match=": extends"):
        user(desk=f"extends: {value}\n").load("desk")


def test_a_mistake_in_an_override_names_the_overriding_file_and_one_below_it_the_base(user, tmp_path):
    catalog = user(desk="extends: binance\nfees:\n  perp:\n    taker: much\n", night="extends: desk\n")
    with pytest.raises(DataError) as caught:
        catalog.load("night")
    assert caught.value.message.startswith(f"{tmp_path / 'profiles' / 'desk.yaml'}:4: fees.perp.taker")


def test_a_rebate_is_not_discounted(user):
    from fundcli.profiles.fees import fee_rate

    profile = user(binance="extends: binance\nfees:\n  perp: {maker: -0.01%}\n").load("binance").profile
    assert fee_rate(profile, "perp", "maker", None, "BNB") == D("-0.0001")
