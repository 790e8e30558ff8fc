"""What senders call the quantities they measure; a feed's own `columns.names` stands before this table.

Sources: the symbols of Circular 10/2021/TT-BTNMT (annex 15: Flow, Temp, Color, `PM2,5` ...), OpenAQ, and the spellings
met in the province's feeds. `Temp` is air temperature unless the feed says otherwise (a waste-water feed does).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from ioc.events.quantities import ENVIRONMENT, EnvironmentQuantity

_CALLED: dict[EnvironmentQuantity, str] = {
    "pm1": "pm1.0|pm1,0|pm1_0|pm01",
    "pm25": "pm2.5|pm2,5|pm2_5|pm2p5|pm-2.5|bụi pm2.5|bụi pm2,5",
    "pm10": "pm10.0|pm_10|bụi pm10",
    "tsp": "pm|tsp|bụi tổng|bụi",
    "o3": "ozone",
    "no2": "nitrogen dioxide",
    "so2": "sulfur dioxide|sulphur dioxide",
    "co": "carbon monoxide",
    "co2": "carbon dioxide",
    "hg_air": "vhg|hg",
    "o2_air": "o2",
    "temperature": "temp|t|air temperature|air_temperature|nhiệt độ|temperature_c",
    "humidity": "hum|rh|relative humidity|relative_humidity|độ ẩm|relativehumidity",
    "pressure": "p|pres|press|barometric pressure|atmospheric pressure|áp suất|barometricpressure",
    "wind_speed": "ws|wind speed|windspeed|tốc độ gió|wind",
    "wind_gust": "wg|wind gust|gust|gió giật",
    "wind_direction": "wd|wind direction|winddirection|hướng gió",
    "rain": "rainfall|precipitation|lượng mưa|mưa|rain_mm",
    "solar_radiation": "sr|solar radiation|radiation|bức xạ",
    "dew_point": "dew|dewpoint|dew point|điểm sương",
    "noise": "laeq|noise level|tiếng ồn",
    "uv_index": "uv|uvi|uv index",
    "aqi_reported": "aqi",
    "water_level": "wl|water level|mực nước|h|level|waterlevel",
    "flow": "q|discharge|lưu lượng|water flow",
    "water_temperature": "wt|water temperature|nhiệt độ nước",
    "ph": "độ ph",
    "bod": "bod5",
    "nh4": "nh4+|nh4-n|amoni|ammonium",
    "tp": "tổng p|tổng photpho|total phosphorus",
    "tn": "tổng n|tổng nitơ|total nitrogen",
    "chlorine": "cl|cl2|clo dư|residual chlorine",
    "colour": "color|độ màu",
    "phosphate": "po4|po4-p|po43-",
    "conductivity": "ec|độ dẫn điện",
    "dissolved_oxygen": "do|dissolved oxygen|oxy hòa tan",
    "battery": "batt|vbat|battery_v",
}
_NAMES: dict[str, EnvironmentQuantity] = {
    **{quantity: quantity for quantity in ENVIRONMENT},
    **{name: quantity for quantity, names in _CALLED.items() for name in names.split("|")},
}


@lru_cache(maxsize=1024)
def folded(name: str) -> str:
    """A sender's name in the form it is compared in: NFC, small letters, single blanks."""
    return " ".join(unicodedata.normalize("NFC", name[:80]).casefold().split())


def quantity_of(name: str) -> EnvironmentQuantity | None:
    """The quantity that this name commonly means."""
    return _NAMES.get(folded(name))
