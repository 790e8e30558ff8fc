"""Acts that were done under a key of the sender's: sent again, they are answered again and not done again."""

from __future__ import annotations

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ioc.desk.tables import Base, Id, Ms


class DoneRow(Base):
    """One act; `answer` is what its sender was told, as JSON."""

    __tablename__ = "done"
    key: Mapped[Id] = mapped_column(primary_key=True)
    alert_id: Mapped[Id]
    action: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(Text)
    at: Mapped[Ms] = mapped_column(index=True)
    answer: Mapped[str] = mapped_column(Text)
