"""The one YAML loader: YAML 1.2 scalars, and each surprise refused with its line."""

import pytest

from evaluation.study.errors import InputError
from evaluation.study.strict_yaml import parse_mapping, place, read_mapping


def test_plain_scalars_follow_yaml_1_2_and_keys_are_text():
    text = (
        "whole: 12\nminus: -5\npart: 0.5\nsmall: 1e-3\nyes_: yes\nno: off\nclock: 1:30\n"
        "day: 2020-01-31\nmonth: 2020-01\ngrouped: 1_000\ntruth: true\nnothing:\n2019: year\n"
        "quoted: '012'\nfolded: >-\n  two\n  words\nlist: [a, {b: 1}]\n"
    )
    assert parse_mapping(text, "x.yaml") == {
        "whole": 12,
        "minus": -5,
        "part": 0.5,
        "small": 0.001,
        "yes_": "yes",
        "no": "off",
        "clock": "1:30",
        "day": "2020-01-31",
        "month": "2020-01",
        "grouped": "1_000",
        "truth": True,
        "nothing": None,
        "2019": "year",
        "quoted": "012",
        "folded": "two words",
        "list": ["a", {"b": 1}],
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", r"x.yaml, line 3: the key 'a' a second time \(first in line 1\)"),
        ("a:\n  b: 1\n  c: 2\n  b: 3\n", r"line 4: the key 'b' .*line 2"),
        ("a: 1\nb: .nan\n", "line 2: found .nan. Expected a finite"),
        ("a: [1, -.inf]\n", "line 1: found -.inf"),
        ("a: 1e999\n", "line 1: found 1e999. Expected a finite"),
        ("a: 1\nb: 012\n", "line 2: found 012. Expected .* without leading zeros"),
        ("a: 0x1F\n", "line 1: found 0x1F"),
        ("a: 0o17\n", "line 1: found 0o17"),
        ("a: &x 1\nb: *x\n", "line 1: found the anchor or alias 'x'"),
        ("a: {b: 1}\n<<: {c: 2}\n", "line 2: found a merge key"),
        ("a: !!python/name:os.system\n", "line 1: found the tag"),
        ("a: !!int '012'\n", "line 1: found the tag"),
        ("a: [1\nb: 2\n", "line 2"),
        ("a: 1\n---\nb: 2\n", "line 2"),
        ("\ta: 1\n", "line 1"),
        ("- a\n- b\n", "line 1: not a mapping"),
        ("# nothing\n", "not a mapping"),
        ("[a]: 1\n", "line 1: found a key that is no text"),
        ("a: " + "[" * 5000, "too many levels|line 1"),
    ],
)
def test_what_two_readers_could_take_for_two_things_is_refused_with_its_line(text, message):
    with pytest.raises(InputError, match=message):
        parse_mapping(text, "x.yaml")


def test_files_that_are_no_yaml_are_refused(tmp_path):
    path = tmp_path / "x.yaml"
    for content, message in [
        (b"", "the file is empty"),
        ("a: 1\nb: Peñón\n".encode("latin-1"), "line 2: the text is not UTF-8: byte 0xF1"),
        (b"a: 1\nb: \x07\n", r"line 2: the control character U\+0007"),
    ]:
        path.write_bytes(content)
        with pytest.raises(InputError, match=message):
            read_mapping(path)
    for odd, message in [(tmp_path, "a folder"), (tmp_path / "none.yaml", "no such file")]:
        with pytest.raises(InputError, match=message):
            read_mapping(odd)


def test_a_key_has_the_line_of_the_innermost_key_that_the_file_holds(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("a: 1\nb:\n  c:\n    - 1\n    - 2\n")
    assert place(path, ["b", "c", "1"]) == f"{path}, line 5, key b.c.1"
    assert place(path, ["b", "d"]) == f"{path}, line 2, key b.d"
    assert place(path, ["z"]) == f"{path}, key z"
    assert place(path, []) == f"{path}, key (top level)"
    assert place(tmp_path / "none.yaml", ["a"]) == f"{tmp_path / 'none.yaml'}, key a"
