"""One part of a transaction by itself: where it fails its own changes are undone, and the others go on."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from ioc.errors import Retryable

log = logging.getLogger(__name__)


def apart(session: Session, what: str, work: Callable[[], object]) -> bool:
    """Do `work` in a savepoint; False where it failed, which the log says of `what`.

    A database that cannot take it now is no fault of this part: that is raised, and the whole is done again.
    """
    try:
        with session.begin_nested():
            work()
    except (Retryable, OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("%s failed and is tried again; nothing else waits for it", what)
        return False
    return True
