"""`--out FILE`: the same bytes as a redirect, all or nothing."""

import pytest

from tests.commands.expect import refused


@pytest.mark.parametrize("output", ["table", "tsv", "json", "ndjson", "csv", "md"])
@pytest.mark.parametrize("terminal", [False, True])
def test_a_file_holds_the_bytes_of_a_redirect(run, tmp_path, output, terminal):
    file = tmp_path / "answer"
    result = run("carry", "-o", output, "--out", str(file), terminal=terminal)
    assert (result.code, result.out) == (0, "")
    assert file.read_bytes() == run("carry", "-o", output).out.encode()


def test_without_a_format_a_file_is_tab_separated_even_on_a_terminal(run, tmp_path):
    file = tmp_path / "answer.txt"
    assert run("cost", "--out", str(file), terminal=True).code == 0
    assert file.read_text() == run("cost").out


def test_a_missing_folder_is_exit_3_and_nothing_is_made(run, tmp_path):
    refused(run("cost", "--out", str(tmp_path / "none" / "a.json")), 3, "--out", "folder")
    assert not (tmp_path / "none").exists()


def test_a_missing_folder_is_found_before_anything_is_asked(run, tmp_path, monkeypatch):
    monkeypatch.setenv("FUNDCLI_GATEWAY", "http://127.0.0.1:9")
    refused(run("cost", "--live", "--out", str(tmp_path / "none" / "a")), 3, "--out")


def test_a_folder_is_no_file(run, tmp_path):
    refused(run("cost", "--out", str(tmp_path)), 3, "folder")


def test_a_failure_leaves_the_old_file_as_it_was(run, tmp_path):
    file = tmp_path / "answer.json"
    file.write_text("yesterday")
    assert run("cost", "--strict", "--out", str(file)).code == 6
    assert run("cost", "--leverage", "0", "--out", str(file)).code == 2
    assert file.read_text() == "yesterday"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith((".answer", "answer"))] == ["answer.json"]


def test_a_file_is_replaced_whole_and_leaves_nothing_beside_it(run, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    file = folder / "answer.json"
    file.write_text("x" * 100_000)
    before = file.stat().st_ino
    assert run("cost", "-o", "json", "--out", str(file)).code == 0
    assert file.read_text() == run("cost", "-o", "json").out
    assert file.stat().st_ino != before  # a new file took its place; a reader of the old one is not disturbed
    assert [path.name for path in folder.iterdir()] == ["answer.json"]
