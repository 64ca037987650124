"""What a person has set: one tree of typed values, read from TOML, from the environment, or left as it is.

A flag outranks the environment, the environment outranks the file, the file outranks a default. Each field
says what it is for in its description, which `r1chat config show` and the settings screen show and the file
is written with.
"""

from r1chat.settings.key import Key, Value, keys, preset_key, word
from r1chat.settings.reading import Found, Source, load, look
from r1chat.settings.tree import DownloadSettings, Effect, Notify, Settings
from r1chat.settings.writing import reset_value, set_value

__all__ = [
    "DownloadSettings",
    "Effect",
    "Found",
    "Key",
    "Notify",
    "Settings",
    "Source",
    "Value",
    "keys",
    "load",
    "look",
    "preset_key",
    "reset_value",
    "set_value",
    "word",
]
