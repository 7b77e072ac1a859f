"""A table's definition, as the server writes it: what can wait until the rows are there, and what the rest is."""

from __future__ import annotations

from backup_definitions import Definition, without_definer

CREATE = r"""CREATE TABLE `a``(x` (
  `id` int NOT NULL AUTO_INCREMENT,
  `n,)` varchar(10) DEFAULT 'it''s, (x\')' COMMENT 'a, b) AUTO_INCREMENT',
  `d` decimal(10,2) GENERATED ALWAYS AS ((`id` * 2)) VIRTUAL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `u` (`n,)`,`d`),
  KEY `f` ((lower(`n,)`))),
  CONSTRAINT `fk,` FOREIGN KEY (`id`) REFERENCES `o` (`id`) ON DELETE CASCADE,
  CONSTRAINT `c` CHECK ((`id` > 0))
) ENGINE=InnoDB AUTO_INCREMENT=4 COMMENT='(, )'
/*!50100 PARTITION BY RANGE (`id`)
(PARTITION p0 VALUES LESS THAN (10) ENGINE = InnoDB) */"""


def test_lines_end_at_commas_that_stand_neither_in_quotes_nor_in_parentheses() -> None:
    definition = Definition.parsed(CREATE)
    assert len(definition.lines) == 8
    whole = ",\n  ".join(definition.lines)
    assert f"CREATE TABLE `a``(x` (\n  {whole}\n{definition.options}" == CREATE


def test_indexes_and_constraints_wait() -> None:
    definition = Definition.parsed(CREATE)
    assert definition.indexes() == definition.lines[4:6]
    assert definition.constraints() == {definition.lines[6]: "`fk,`", definition.lines[7]: "`c`"}
    building = Definition.parsed(definition.building("other`"))
    assert building == Definition(definition.lines[:4], definition.options)


def test_indexes_do_not_wait_where_the_rows_lie_by_them_or_count_by_them() -> None:
    keyless = "CREATE TABLE `t` (\n  `a` int NOT NULL,\n  UNIQUE KEY `a` (`a`)\n) ENGINE=InnoDB"
    counted = (
        "CREATE TABLE `t` (\n  `a` int NOT NULL,\n  `n` int NOT NULL AUTO_INCREMENT,\n  PRIMARY KEY (`a`),\n"
        "  KEY `n` (`n`)\n) ENGINE=InnoDB"
    )
    for create in (keyless, counted):
        assert Definition.parsed(create).indexes() == []
        assert Definition.parsed(create).building("t") == create


def test_the_definer_goes_and_nothing_else() -> None:
    view = "CREATE ALGORITHM=UNDEFINED DEFINER=`a``b`@`%` SQL SECURITY DEFINER VIEW `v` AS select ' DEFINER=`x`@`y`'"
    assert without_definer(view) == view.replace(" DEFINER=`a``b`@`%`", "", 1)
