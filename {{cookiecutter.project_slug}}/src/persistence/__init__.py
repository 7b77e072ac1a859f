"""A DataFrame or GeoDataFrame to the project's database and back.

    from persistence import Database

    db = Database.from_env()
    db.save(frame, "trips", if_exists="replace", key="TripID")
    db.load("trips", columns=["TripID", "StartTime"], where="TripDuration > %(least)s", params={"least": 60})
    db.query("SELECT COUNT(*) AS n FROM trips")

The same code runs on MySQL and on an SQLite file; ``DATABASE`` in ``.env`` says which.
"""

from persistence.database import Database
from persistence.errors import (
    ConnectionFailedError,
    DatabaseError,
    PersistenceError,
    SettingsError,
    TableExistsError,
    TableMissingError,
    UnsupportedValueError,
    UsageError,
)
from persistence.settings import Settings

__all__ = [
    "ConnectionFailedError",
    "Database",
    "DatabaseError",
    "PersistenceError",
    "Settings",
    "SettingsError",
    "TableExistsError",
    "TableMissingError",
    "UnsupportedValueError",
    "UsageError",
]
