"""Comment (Ghi chú): words on an alert, kept with their author and time; they are never changed and never lost."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ioc.desk.acts.act import Asked, Done, begin, end, move, words


def comment(session: Session, alert_id: str, asked: Asked, text: str) -> Done:
    """Keep these words; an owner's words are a sign that they are at work."""
    said = words(text)
    row, asked, done = begin(session, alert_id, "comment", asked)
    if done:
        return done
    # Words never clash with what another did meanwhile.
    state = move(session, row, "comment", asked._replace(seen=None))
    return end(session, row, "comment", asked, state, text=said)
