"""The ground under every table: names of constraints, exact types, and what makes a row a root."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Dialect,
    Enum,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    TypeDecorator,
    text,
)
from sqlalchemy import types as sql
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Id = BigInteger().with_variant(Integer(), "sqlite")
"""Row numbers: 64 bits; SQLite counts only an INTEGER primary key by itself."""

Json = JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
"""What is not there is NULL, never the JSON text `null`."""


class Instant(TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite keeps it as ISO text of one width, so that text order is time order."""

    impl = sql.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(27))
        return dialect.type_descriptor(sql.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must carry its zone")
        return instant_text(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return parse_instant(value) if isinstance(value, str) else value.astimezone(UTC)


def instant_text(value: datetime) -> str:
    """`2022-01-14T01:00:00.000000Z`: the one spelling of a moment in hashes, JSON and SQLite."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


class Quantity(TypeDecorator[Decimal]):
    """An exact decimal. SQLite would round NUMERIC to a float, so there it is text."""

    impl = Numeric()
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(String(40) if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return format(Decimal(value), "f") if dialect.name == "sqlite" else Decimal(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


def one_of(kind: type[StrEnum]) -> Enum:
    """A column that holds only values of `kind`: text with a CHECK, the same on both databases."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=f"known_{kind.__name__.lower()}",
        values_callable=lambda members: [member.value for member in members],
    )


def index_where(name: str, column: str, condition: str) -> Index:
    """An index over the rows alone that meet a condition, the same on both databases."""
    return Index(name, column, sqlite_where=text(condition), postgresql_where=text(condition))


class Base(DeclarativeBase):
    """Classes name the tables and type the columns; rows are written and read by Core statements."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: Id,
        datetime: Instant(),
        Decimal: Quantity(),
        dict[str, Any]: Json,
        list[Any]: Json,
        bytes: LargeBinary,
    }


class Row(Base):
    """A table whose rows are counted."""

    __abstract__ = True
    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-10)


class Rooted:
    """A row that other subjects share a lock and an audit chain with: it holds the chain's head."""

    chain_seq: Mapped[int] = mapped_column(default=0, server_default="0")
    chain_head: Mapped[str] = mapped_column(String(64), default="", server_default="")


class Versioned:
    """A row that acts change: each change counts up, and a writer who saw an older count is refused."""

    version: Mapped[int] = mapped_column(default=1, server_default="1")
