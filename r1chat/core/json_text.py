"""What `--json` prints."""

import json

import msgspec

from r1chat.core.terminal import plain_json


def json_text(value: object) -> str:
    """`value` as a JSON document for a terminal. Names of files may hold bytes that are no text."""
    try:
        document = msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        document = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, separators=(",", ":"))
    return plain_json(document)
