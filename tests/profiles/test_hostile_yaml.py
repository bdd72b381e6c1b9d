"""A hostile or broken file costs a line, not the machine."""

import time

import pytest

from fundcli.errors import DataError


def _refused(load, text, *words):
    started = time.monotonic()
    with pytest.raises(DataError) as caught:
        load(text)
    assert time.monotonic() - started < 2
    said = caught.value.message[caught.value.message.index("mine.yaml") :]
    for word in words:
        assert word in said, said
    return caught.value


def test_a_billion_laughs_are_refused_at_the_first_anchor(load):
    bomb = "a: &a [lol, lol]\n" + "".join(
        f"{x}: &{x} [*{y}, *{y}, *{y}]\n" for x, y in zip("bcdefghi", "abcdefgh", strict=True)
    )
    _refused(load, bomb, "mine.yaml:1", "anchors")


def test_an_alias_and_a_merge_key_are_refused(load, whole):
    _refused(load, whole + "quirks: *a\n")
    _refused(load, "base: &b {a: 1}\nother:\n  <<: *b\n", "anchors")


def test_ten_megabytes_are_refused_unread(load):
    _refused(load, "a: " + "x" * 10_000_000 + "\n", "mine.yaml", "KiB")


@pytest.mark.parametrize(
    "text", ["[" * 5000 + "]" * 5000, "a: " + "{a: " * 3000 + "1" + "}" * 3000, "a: " + "- " * 3000 + "x"]
)
def test_deep_nesting_is_refused_and_not_a_recursion_error(load, text):
    _refused(load, text)


def test_a_doubled_key_is_refused_with_its_line(load, whole):
    _refused(load, whole + "name: Twice\n", f"mine.yaml:{whole.count(chr(10)) + 1}", "name", "twice")
    _refused(load, whole.replace("taker: 0.05%", "taker: 0.05%, taker: 0.06%"), "taker", "twice")


@pytest.mark.parametrize(
    "raw", [b"name: \xff\xfe\n", b"\xff\xfen\x00a\x00m\x00e\x00", "name: Börse\n".encode("latin-1")]
)
def test_what_is_not_utf_8_is_refused(load, raw):
    _refused(load, raw, "UTF-8")


def test_a_byte_order_mark_is_no_mistake(load, whole):
    assert load(b"\xef\xbb\xbf" + whole.encode()).profile.id == "mine"


def test_a_tag_makes_no_object(load, whole, tmp_path):
    marker = tmp_path / "ran"
    _refused(load, f"!!python/object/apply:os.system ['touch {marker}']\n")
    _refused(load, whole.replace("name: Mine", f"name: !!python/object/apply:os.system ['touch {marker}']"))
    assert not marker.exists()


@pytest.mark.parametrize(
    "text", ["a: !!str 5\n", "a: !foo x\n", "a: ! x\n", "a: !!binary aGk=\n", "!!str a: 1\n", "a: !!seq [1]\n",
             "--- !!map\na: 1\n"],
)  # fmt: skip
def test_a_tag_is_refused_and_not_passed_over(load, text):
    _refused(load, text, "mine.yaml:", "tags like `!!str` are not read")


@pytest.mark.parametrize(
    "text", ["a: [1, 2\n", "a: b: c\n", "\tname: x\n", "a: 'x\n", "%YAML 9\n---\na: 1\n", "a: \x00\n", "? [x]\n: 1\n"]
)
def test_broken_yaml_names_its_line(load, text):
    error = _refused(load, text, "mine.yaml:")
    assert "\n" not in error.line()


def test_a_second_document_is_refused(load, whole):
    _refused(load, whole + "---\nname: Other\n", "second document")


def test_a_name_from_a_profile_cannot_reach_the_terminal_through_a_table(run, whole):
    """The title of a table holds the symbol and the id."""
    from pathlib import Path

    evil = whole.replace("main: BTC/USDT:USDT", 'main: "B\\e[31mTC\\u202e/USDT:USDT"').replace(
        "id: mine", 'id: "m\\e]0;x\\ame"'
    )
    Path("mine.yaml").write_text(evil)
    for output in ("table", "tsv", "md", "csv"):
        for command in ("cost", "carry"):
            result = run(command, "-e", "mine.yaml", "-o", output, "--spot-fee=0" if command == "carry" else "-q")
            assert result.code == 0, result.err
            for char in "\x1b\x07\u202e":
                assert char not in result.out, (command, output)


def test_hostile_text_cannot_reach_the_terminal(run, whole):
    from pathlib import Path

    Path("mine.yaml").write_text(whole.replace("name: Mine", 'name: "Mi\\e[31mne\\n"').replace("live", '"\\e]0;x\\a"'))
    result = run("profiles", "check", "mine.yaml")
    assert result.code == 3
    assert "\x1b" not in result.err
    assert "\x07" not in result.err
    assert result.err.count("\n") == 1
