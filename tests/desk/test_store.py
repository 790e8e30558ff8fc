"""What the database complains of holds nobody's number."""

from __future__ import annotations

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from ioc.desk.tables_duty import AddressRow
from tests.desk.made import Office

NUMBER = "+84912000001"


def add(office: Office, number: str) -> None:
    with office.store.writing() as session:
        session.execute(insert(AddressRow).values(person="An", channel="sms", address=number))


def test_an_error_of_the_database_holds_no_number(office: Office) -> None:
    add(office, NUMBER)
    with pytest.raises(IntegrityError) as caught:
        add(office, NUMBER)

    assert "addresses" in str(caught.value)
    assert NUMBER not in str(caught.value)
