"""The alert desk: from a firing rule to a person who answers for it."""

from collections.abc import Sequence

from shows.point import Point, passing


def points(*, long: bool) -> Sequence[Point]:
    """The list in the order of the issue; `long` changes nothing here."""
    del long
    return [
        passing("the life of an alert: every cell of one table, its laws", "tests/alerts/test_lifecycle.py"),
        passing(
            "the lifecycle rows and complaints as timelines, on SQLite and PostgreSQL",
            "tests/desk/test_lifecycle_timeline.py",
        ),
        passing("any life against a naive desk: no act lost, none twice", "tests/desk/test_acts_laws.py"),
        passing(
            "the desk's tables: steps both ways on both databases",
            "tests/desk/test_schema.py",
            "tests/cli/test_desk.py",
        ),
        passing(
            "the desk's contract on both databases", "tests/desk", "--ignore=tests/desk/test_lifecycle_timeline.py"
        ),
        passing(
            "whom to call: routes, chains, rota, silences as timelines; ioc routes check, test, explain",
            "tests/alerts/test_routing.py",
            "tests/alerts/test_chain.py",
            "tests/alerts/test_rota.py",
            "tests/alerts/test_mute.py",
            "tests/desk/test_telling.py",
            "tests/desk/test_silences.py",
            "tests/workshop/test_route_test.py",
            "tests/cli/test_routes.py",
        ),
        passing(
            "duty directory, silences and rota on pages", "tests/desk/test_directory.py", "tests/console/test_duty.py"
        ),
        passing("contacts, rota, directory by ioc desk; ioc desk check", "tests/cli/test_desk_lists.py"),
        passing("red band where nobody can be told; storm mode on the screens", "tests/console/test_storm.py"),
        passing("the storm: 500 alerts an hour for 12 simulated hours", "tests/desk/test_storm_night.py"),
        passing(
            "texts: the reference letter by letter, every shipped rule in one part",
            "tests/sinks/test_text_sms.py",
            "tests/sinks/test_text_of_rules.py",
        ),
        passing(
            "channels: one contract; modem, SMPP, HTTP, mail against real other sides",
            "tests/sinks/test_channel_contract.py",
            "tests/sinks/test_modem.py",
            "tests/sinks/test_smpp.py",
            "tests/sinks/test_sms_http.py",
            "tests/sinks/test_apprise_people.py",
            "tests/runtime/test_channels.py",
        ),
        passing(
            "R12: 1,000 kills, missing 0; an extreme overtakes 400 on a modem of 10 a minute",
            "tests/desk/test_crashes.py",
        ),
        passing("answers by SMS: who may, what they do", "tests/desk/test_replies.py"),
        passing("false alarms: counted, quieted, given to the rule's author", "tests/console/test_false_alarms.py"),
        passing("the acts over HTTP, described by OpenAPI", "tests/console/test_api.py"),
        passing(
            "Chromium: keys, phone, a restart while typing, hostile words", "tests/console/test_card_in_chromium.py"
        ),
    ]
