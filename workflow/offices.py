"""What an office has settled about itself: its names on paper, its series of numbers, whom to call."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, bindparam, insert, select, update

from models import Setting


class Office(BaseModel):
    """Printed on notices. `series` is the 发文机关代字; `public_address` the root that answers for codes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    issuer: str = Field(min_length=2, max_length=60, examples=["上海市公共机构节能工作联席会议办公室"])
    sealed_by: str | None = Field(default=None, max_length=60, examples=["上海市机关事务管理局"])
    series: str = Field(min_length=1, max_length=20, examples=["沪机管督"])
    contact_person: str = Field(min_length=1, max_length=40, examples=["安敏"])
    contact_phone: str = Field(min_length=3, max_length=40, examples=["021-00000000"])
    public_address: str | None = Field(
        default=None, max_length=200, pattern=r"^https?://\S+$", examples=[None]
    )


READ = select(Setting.value).where(Setting.key == bindparam("key"))


def office(tx: Connection) -> Office | None:
    """The office's settings, or None while nobody has entered them."""
    value = tx.execute(READ, {"key": "office"}).scalar_one_or_none()
    return None if value is None else Office.model_validate(value)


def settle(tx: Connection, key: str, value: dict[str, object]) -> None:
    """Enter or replace a setting of this database."""
    table = Setting.__table__
    if tx.execute(update(table).where(table.c.key == key).values(value=value)).rowcount == 0:  # type: ignore[arg-type]
        tx.execute(insert(table).values(key=key, value=value))  # type: ignore[arg-type]


def is_demo(tx: Connection) -> bool:
    """Whether this database was made for the demo: only then are demo accounts and the demo clock let in."""
    return tx.execute(READ, {"key": "demo"}).scalar_one_or_none() is not None
