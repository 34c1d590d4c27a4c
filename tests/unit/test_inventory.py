"""Inventories: rows become machines, and what is wrong is named by row and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from bootbuilder import inventory
from bootbuilder.errors import RecipeError


def load(tmp_path: Path, text: str | bytes) -> tuple[inventory.Machine, ...]:
    path = tmp_path / "m.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return inventory.load(path)


def test_rows_become_machines_and_columns_variables(tmp_path: Path) -> None:
    """Known columns are checked and put into one form; every column is a variable; blank rows do not count."""
    one, two = load(
        tmp_path,
        'hostname,mac,ip,hall\nSAW-1,5254.0012.3456,10.0.0.1,North\n\nSAW-2,52-54-00-12-34-57,,"a,b"\n',
    )
    assert (one.name, one.hostname, one.mac, one.ip) == ("saw-1", "SAW-1", "52:54:00:12:34:56", "10.0.0.1")
    assert dict(one.variables)["hall"] == "North"
    assert (two.mac, two.ip, two.variables["hall"]) == ("52:54:00:12:34:57", "", "a,b")
    assert one.where.endswith("m.csv: row 2")


@pytest.mark.parametrize("separator", [";", "\t"])
def test_spreadsheets_may_use_other_separators(tmp_path: Path, separator: str) -> None:
    """Semicolons and tabs, a byte order mark and Windows line ends are what spreadsheets write."""
    text = "\ufeffhostname,n\r\na,1\r\nb,2\r\n".replace(",", separator)
    assert [machine.variables["n"] for machine in load(tmp_path, text)] == ["1", "2"]


def test_rows_without_host_name_are_named_by_mac_or_number(tmp_path: Path) -> None:
    """Each image needs a name of its own."""
    assert load(tmp_path, "mac\n52:54:00:00:00:01\n")[0].name == "52-54-00-00-00-01"
    assert load(tmp_path, "n\n5\n")[0].name == "row-2"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hostname\na\nb\nA\n", "row 4, column hostname: 'a' is also in row 2"),
        ("mac\n52:54:00:00:00:01\n525400000001\n", "row 3, column mac"),
        ("ip\n10.0.0.1\n10.0.0.1\n", "row 3, column ip"),
        ("hostname\nnot_a_host\n", "row 2, column hostname: 'not_a_host'"),
        ("hostname\nABCDEFGHIJKLMNOP\n", "row 2, column hostname"),
        ("mac\n52:54:00:00:00\n", "row 2, column mac"),
        ("mac\n01:54:00:00:00:00\n", "group address"),
        ("ip\n10.0.0.256\n", "row 2, column ip"),
        ("a,b\n1\n", "row 2: 1 cells under 2 columns"),
        ("a,b\n1,2,3\n", "row 2: 3 cells"),
        ("a,a\n1,2\n", "row 1, column 2: a second column 'a'"),
        ("a b\n1\n", "row 1, column 1"),
        ("a\n", "no machines"),
        ("", "empty"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_bad_tables_name_row_and_column(tmp_path: Path, text: str | bytes, says: str) -> None:
    """The admin finds the cell in the spreadsheet at once."""
    with pytest.raises(RecipeError) as caught:
        load(tmp_path, text)
    assert says in caught.value.message
    assert caught.value.hint


def test_missing_inventory(tmp_path: Path) -> None:
    """A wrong path is said."""
    with pytest.raises(RecipeError, match="no such inventory"):
        inventory.load(tmp_path / "gone.csv")
