"""Settings and configuration files: read once, at the edge, into frozen values.

`load` gives the Settings tree, `load_catalogue` the feeds and known heat sources, `load_boundaries` the map, `load_rules` the rules,
`brokers` how Kafka is reached, `read_secret` what a `*_file` field names, `shipped` the examples in the package.
"""

from ioc.settings.boundaries import load_boundaries
from ioc.settings.brokers import brokers
from ioc.settings.catalogue import load_catalogue, load_feed
from ioc.settings.mistake import ConfigMistakes, Mistake
from ioc.settings.rules import load_rules
from ioc.settings.secret import read_secret
from ioc.settings.shipped import shipped
from ioc.settings.toml import dump, load, variable
from ioc.settings.tree import Settings

__all__ = [
    "ConfigMistakes",
    "Mistake",
    "Settings",
    "brokers",
    "dump",
    "load",
    "load_boundaries",
    "load_catalogue",
    "load_feed",
    "load_rules",
    "read_secret",
    "shipped",
    "variable",
]
