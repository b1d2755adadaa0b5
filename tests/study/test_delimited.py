"""The one reader of small tables: what it takes, and each thing it refuses with its line."""

import pytest

from evaluation.study.delimited import plain_number, read_delimited, whole_number
from evaluation.study.errors import InputError


def written(folder, content):
    path = folder / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


@pytest.mark.parametrize(
    "content",
    [
        "a,b\nNA,1\nÑ x,2\n",
        "\ufeffa,b\nNA,1\nÑ x,2\n",
        "a,b\r\nNA,1\r\nÑ x,2\r\n",
        "a,b\rNA,1\rÑ x,2\r",
        'a,b\nNA,1\n"Ñ x",2',
        "a,b\nNA,1\nÑ x,2\n\n\n",
    ],
)
def test_encodings_marks_and_line_ends_give_the_same_cells(tmp_path, content):
    table = read_delimited(written(tmp_path, content))
    assert table.columns == {"a": ["NA", "Ñ x"], "b": ["1", "2"]}
    assert table.records() == [{"a": "NA", "b": "1"}, {"a": "Ñ x", "b": "2"}]


def test_a_header_alone_is_a_table_without_rows_and_a_quoted_comma_is_no_separator(tmp_path):
    assert read_delimited(written(tmp_path, "a,b\n")).columns == {"a": [], "b": []}
    assert read_delimited(written(tmp_path, 'a,b\n"x, y","say ""z"""\n')).records() == [
        {"a": "x, y", "b": 'say "z"'}
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf\n", "the file is empty"),
        ("\na,b\n1,2\n", "line 1: a blank line. Expected the header"),
        (
            "a,b\nPEÑON,1\n".encode("latin-1"),
            r"line 2: the text is not UTF-8: byte 0xD1 \(“Ñ” in",
        ),
        ("a\rb\rPEÑON\r".encode("latin-1"), "line 3: the text is not UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04 a,b\n", "a workbook or zip archive"),
        (b"\n<html>", "an HTML page"),
        (b"a,b\n1,\x002\n", r"line 2: the control character U\+0000"),
        ("a,b\n1,Pe\ufffdon\n", "line 2: U.FFFD"),
        ("a;b\n1;2\n", "line 1: columns are separated by semicolons"),
        ("a\tb\n1\t2\n", "separated by tabs"),
        ("a,,c\n1,2,3\n", "line 1: column 2 has no name"),
        ("a, b\n1,2\n", "line 1: column ' b' has a blank"),
        ("a,a\n1,2\n", "line 1: column 'a' twice"),
        ("a,b\n1,2\n3\n", "line 3: 1 values"),
        ("a,b\n1,2\n3,4,5\n", "line 3: 3 values"),
        ("a,b\n\n1,2\n", "line 2: a blank line between rows"),
        ("a,b\n1,2\n,\n", "line 3: a line without values"),
        ('a,b\n"1,2\n3,"4\n', "line 2: a quote that does not belong"),
        ("a,b\n1,2 \n", "line 2, column b: '2 ' begins or ends with a blank"),
        ("a,b\nx,\u00a02\n", "line 2, column b: .* begins or ends with a blank"),
    ],
)
def test_what_is_no_plain_table_is_refused_with_its_line(tmp_path, content, message):
    with pytest.raises(InputError, match=message):
        read_delimited(written(tmp_path, content))


def test_a_missing_file_a_folder_and_another_header_are_refused(tmp_path):
    with pytest.raises(InputError, match="none.csv: no such file.* Look there"):
        read_delimited(tmp_path / "none.csv", missing="Look there.")
    with pytest.raises(InputError, match="a folder. Expected a CSV table"):
        read_delimited(tmp_path)
    path = written(tmp_path, "a,c\n1,2\n")
    with pytest.raises(InputError, match=r"line 1: missing columns \['b'\] and unknown .*'c'"):
        read_delimited(path, ["a", "b"])
    assert read_delimited(path, ["c", "a"]).columns == {"a": ["1"], "c": ["2"]}


def test_whole_numbers_are_digits_and_decimals_plain():
    assert all(map(whole_number, ["0", "7", "300000", "-5"]))
    wrong = ["", "300.000", "300,000", "1e3", "+5", " 5", "\u0663", "012", "-0", "1.0", "9" * 16]
    assert not any(map(whole_number, wrong))
    assert all(map(plain_number, ["0", "7", "0.25", "-99.1", "300.000"]))
    wrong = ["", "1,5", "1e3", "+5", ".5", "5.", "nan", "inf", "-0", "01.5", "0x1F", "\u0663"]
    assert not any(map(plain_number, wrong))
