"""What the server's dump program writes, as it stands in a backup: for any user, with each value as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backup_database import differences, portable


def line(text: str) -> str:
    return b"".join(portable(iter([text.encode()]))).decode()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("/*!50013 DEFINER=`root`@`%` SQL SECURITY DEFINER */", "/*!50013  SQL SECURITY DEFINER */"),
        ("/*!50003 CREATE*/ /*!50017 DEFINER=`a``b`@`%`*/ /*!50003 T*/", "/*!50003 CREATE*/ /*!50017 */ /*!50003 T*/"),
        ("CREATE DEFINER=`root`@`localhost` PROCEDURE `p`()", "CREATE  PROCEDURE `p`()"),
        ("/*!50106 CREATE*/ /*!50117 DEFINER=`r`@`%`*/ /*!50106 E*/", "/*!50106 CREATE*/ /*!50117 */ /*!50106 E*/"),
        ("CREATE TABLE `DEFINER=``x``@``y``` (", "CREATE TABLE `DEFINER=``x``@``y``` ("),
    ],
)  # fmt: skip
def test_the_definer_goes_and_nothing_else(written: str, kept: str) -> None:
    assert line(written) == kept


def test_invalid_dates_are_taken_as_they_are() -> None:
    said = "/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;"
    assert "SQL_MODE='NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES' */" in line(said)


VALUES = st.text(st.sampled_from("-0,()'\\ax"), max_size=8)


@given(
    st.lists(st.lists(st.sampled_from(["-0", "0", "-0.5", "NULL"]) | VALUES.map(lambda text: f"'{text}"), min_size=1))
)
def test_a_zero_keeps_its_sign_and_texts_stay(rows: list[list[str]]) -> None:
    def literal(value: str) -> str:
        escaped = value[1:].replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'" if value.startswith("'") else value

    def insert(zero: str) -> str:
        values = [f"({','.join(zero if one == '-0' else literal(one) for one in row)})" for row in rows]
        return f"INSERT INTO `t` VALUES {','.join(values)};\n"  # noqa: S608 - read by nobody

    assert line(insert("-0")) == insert("-0e0")


def test_what_differs_is_named() -> None:
    one = {"server": "9.7", "tables": {"a": {"rows": 1, "checksum": "1"}, "b": {"rows": 2}}, "objects": {"view v": "x"}}
    other = {
        "server": "9.7",
        "tables": {"a": {"rows": 1, "checksum": "2"}, "c": {"rows": 2}},
        "objects": {"view v": "y"},
    }
    assert differences(one, one) == []
    said = ["a differs (checksum)", "b is not there", "c is not in the backup", "view v differs"]
    assert differences(one, other) == said
    # Another server has checksums and a way to write of its own.
    assert differences(one, {**other, "server": "11.8-MariaDB"}) == said[1:3]
