# ruff: noqa: S608 - no value of others
"""A database with whatever a schema of MySQL or MariaDB may hold, and a description of it that the server gives."""

from __future__ import annotations

import json

from stack import Stack

ROWS = 20_000
# Statements are separated by lines of `--`; names and values as hostile as the server takes them.
STATEMENTS = r"""
SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO', SESSION time_zone = '+02:00'
--
CREATE TABLE `ev``ery, (%s) ?type` (
  id INT AUTO_INCREMENT PRIMARY KEY, tiny TINYINT, big BIGINT UNSIGNED, exact DECIMAL(65,30),
  `double` DOUBLE, bits BIT(64), year YEAR, day DATE, moment DATETIME(6), stamp TIMESTAMP(6) NULL, span TIME(6),
  fixed CHAR(10), words VARCHAR(200) COMMENT 'a, b) \'c\' `d`', latin VARCHAR(20) CHARACTER SET latin1, prose LONGTEXT,
  raw VARBINARY(300), fix BINARY(4), lump LONGBLOB, kind ENUM('a''b', 'ü', ''), some SET('x', 'y'), doc JSON,
  place POINT SRID 4326, any_place GEOMETRY, vec VECTOR(3), hidden INT INVISIBLE DEFAULT 7,
  twice INT GENERATED ALWAYS AS (tiny * 2) VIRTUAL, thrice INT GENERATED ALWAYS AS (tiny * 3) STORED)
--
INSERT INTO `ev``ery, (%s) ?type` (id, tiny, big, exact, `double`, bits, year, day, moment, stamp, span, fixed,
  words, latin, prose, raw, fix, lump, kind, some, doc, place, any_place, vec, hidden) VALUES
(0, -128, 18446744073709551615, -99999999999999999999999999999999999.999999999999999999999999999999,
  -1.7976931348623157e308, b'1111111111111111111111111111111111111111111111111111111111111111', 0, '0000-00-00',
  '9999-12-31 23:59:59.999999', '2021-10-31 02:30:00.000001', '-838:59:59.000000', 'NULL',
  'tab\tline\nreturn\rquote"\'back\\slash\\N,comma', 'é', REPEAT('long ü 😀 ', 10000), X'00FF0A0D22275C2C', X'00', X'',
  'a''b', 'x,y', '{"a": [1, 2.5, null, "\\n"]}', ST_GeomFromText('POINT(52 13)', 4326),
  ST_GeomFromText('LINESTRING(0 0, 1 1)'), TO_VECTOR('[1, -2.5, 0]'), NULL),
(5, 127, 0, 0.1, 5e-324, b'0', 2155, '2021-02-28', '1000-01-01 00:00:00', NULL, '00:00:00.5', '', '', '', '',
  NULL, NULL, NULL, '', '', 'null', NULL, NULL, NULL, 8),
(9, NULL, NULL, NULL, -0e0, NULL, NULL, '2021-00-00', NULL, '1970-01-01 02:00:01', NULL, NULL, NULL, NULL, NULL,
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, DEFAULT)
--
CREATE TABLE parent (id INT AUTO_INCREMENT PRIMARY KEY, boss INT, name VARCHAR(40) NOT NULL, UNIQUE KEY name (name),
  CONSTRAINT boss_is_there FOREIGN KEY (boss) REFERENCES parent (id),
  CONSTRAINT named CHECK (CHAR_LENGTH(name) > 1)) AUTO_INCREMENT = 1000
--
INSERT INTO parent VALUES (1, NULL, 'first'), (2, 1, 'second')
--
CREATE TABLE child (parent INT, words TEXT, KEY (parent), FULLTEXT KEY words (words), FULLTEXT KEY again (words),
  KEY lower_words ((CAST(LOWER(words) AS CHAR(20)))),
  CONSTRAINT parent_is_there FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE)
--
INSERT INTO child VALUES (1, 'the same'), (1, 'the same'), (2, 'another'), (NULL, NULL)
--
CREATE TABLE parts (day DATE NOT NULL, n INT, PRIMARY KEY (day, n)) PARTITION BY RANGE COLUMNS (day)
  (PARTITION old VALUES LESS THAN ('2021-01-01'), PARTITION new VALUES LESS THAN (MAXVALUE))
--
INSERT INTO parts VALUES ('2020-05-05', 1), ('2021-05-05', 2)
--
CREATE TABLE empty_one (id INT PRIMARY KEY)
--
CREATE TABLE log (at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, parent INT, note VARCHAR(50))
--
CREATE VIEW a_view AS SELECT z.name, COUNT(*) AS n FROM z_view AS z GROUP BY z.name
--
CREATE TRIGGER noted AFTER INSERT ON parent FOR EACH ROW INSERT INTO log (parent, note) VALUES (NEW.id, 'a; b')
--
CREATE FUNCTION plus_one(n INT) RETURNS INT DETERMINISTIC RETURN n + 1
--
CREATE PROCEDURE count_parents() BEGIN SELECT COUNT(*) FROM parent; SELECT 'done'; END
--
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' DISABLE DO DELETE FROM log
"""
IN_MARIADB = {
    "POINT SRID 4326": "POINT REF_SYSTEM_ID=4326",
    "TO_VECTOR(": "VEC_FromText(",
    "  KEY lower_words ((CAST(LOWER(words) AS CHAR(20)))),\n": "",
}
"""What MariaDB calls otherwise, or does not know."""
FILL = f"""
import numpy as np
import pandas as pd
import geopandas as gpd
from shapely import Point
from persistence import Database

db = Database.from_env()
n = {ROWS}
frame = pd.DataFrame(dict(word=[f"w{{i % 99}}é" for i in range(n)], value=np.arange(n) / 7, whole=np.arange(n)))
frame["day"] = pd.Timestamp("2021-01-01") + pd.to_timedelta(frame["whole"], unit="s")
db.save(frame, "without_key")
db.save(frame.assign(id=range(n, 0, -1)), "with_key", key="id")
points = gpd.GeoDataFrame(dict(id=range(500)), geometry=[Point(i / 50, i / 20) for i in range(500)], crs=4326)
db.save(points, "points", key="id", spatial_index=True)
statements = {STATEMENTS!r}
if db.query("SELECT VERSION() AS v")["v"].str.contains("MariaDB")[0]:
    for one, other in {IN_MARIADB!r}.items():
        statements = statements.replace(one, other)
statements = statements.split("--\\n")
order = "CREATE VIEW z_view AS SELECT p.name FROM parent AS p JOIN child AS c ON c.parent = p.id"
with db.engine.connect().execution_options(no_parameters=True) as connection:
    for statement in statements:
        if "a_view" in statement:
            connection.exec_driver_sql(order)
        connection.exec_driver_sql(statement)
    connection.commit()
    db.engine.dispose()
open("data/note.txt", "w").write("kept")
open("outputs/note.txt", "w").write("kept")
"""
TRIPS = """
from decimal import Decimal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from persistence import Database

rows, size = %d, 250_000
generator = np.random.default_rng(1)


def frames():
    for start in range(0, rows, size):
        n = min(size, rows - start)
        places = generator.normal((-122.6, 45.5), 0.1, (n, 2)).round(6)
        begin = pd.Timestamp("2021-01-01") + pd.to_timedelta(np.sort(generator.integers(0, 10**7, n)), unit="s")
        cents = pa.array(generator.integers(0, 10**5, n)).cast(pa.decimal128(19, 0))
        fares = pc.multiply(cents, pa.scalar(Decimal("0.01"))).cast(pa.decimal128(12, 2))
        frame = pd.DataFrame(dict(
            trip=np.arange(start, start + n), vehicle=[f"v-{i:06}" for i in generator.integers(0, 10**4, n)],
            begin=begin, end=begin + pd.to_timedelta(generator.integers(60, 3600, n), unit="s"),
            metres=generator.integers(1, 10**5, n), speed=generator.gamma(2, 5, n), paid=generator.random(n) < 0.5,
            fare=pd.Series(fares, dtype=pd.ArrowDtype(fares.type))))
        yield gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(*places.T), crs=4326)


db = Database.from_env()
db.save(frames(), "trips", key="trip", if_exists="replace")
with db.engine.begin() as connection:
    connection.exec_driver_sql("CREATE INDEX by_vehicle ON trips (vehicle(10))")
"""
DESCRIBE = """
import hashlib, json, re
from pathlib import Path
from persistence import Database

found = {}
with Database.from_env().engine.connect().execution_options(no_parameters=True) as connection:
    ask = lambda sql: [[str(value) for value in row] for row in connection.exec_driver_sql(sql)]
    quoted = lambda name: "`" + name.replace("`", "``") + "`"
    for name, kind in ask("SHOW FULL TABLES"):
        what = "VIEW" if kind == "VIEW" else "TABLE"
        # The character set, which the collation implies, is printed or not depending on how the table was made.
        create = ask(f"SHOW CREATE {what} {quoted(name)}")[0][1]
        found[name] = [kind, re.sub(r" CHARACTER SET \\w+ COLLATE ", " COLLATE ", create)]
        if what == "TABLE":
            found[name] += ask(f"CHECKSUM TABLE {quoted(name)}")[0][1:]
        else:
            found[name] += ask(f"SELECT * FROM {quoted(name)} ORDER BY 1")
    schema = "= DATABASE() ORDER BY 1"
    found["triggers"] = ask("SELECT trigger_name, action_statement, sql_mode FROM information_schema.triggers"
        f" WHERE trigger_schema {schema}")
    found["routines"] = ask("SELECT routine_name, routine_definition, sql_mode FROM information_schema.routines"
        f" WHERE routine_schema {schema}")
    found["events"] = ask("SELECT event_name, event_definition, starts, status FROM information_schema.events"
        f" WHERE event_schema {schema}")
for folder in ("data", "outputs"):
    files = (path for path in sorted(Path(folder).rglob("*")) if path.is_file())
    found[folder] = [[path.as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()] for path in files]
print(json.dumps(found))
"""


def fill(one: Stack) -> None:
    """Make the database of everything, and a file in data and in outputs."""
    one.python(FILL)


def add_trips(one: Stack, rows: int) -> None:
    """Make the table `trips`: integers, floats, decimals, texts, times, truths and points, with a key and an index."""
    one.compose("exec", "-T", "jupyter", "python", "-", stdin=TRIPS % rows, timeout=3600)


def describe(one: Stack) -> dict[str, list[object]]:
    """Return how each thing is defined, the server's own checksum of each table, and the files of data and outputs."""
    found: dict[str, list[object]] = json.loads(one.python(DESCRIBE))
    return found
