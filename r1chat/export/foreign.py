"""What other programs export, as conversations of r1chat: ChatGPT, DeepSeek, Open WebUI, llama-server.

The shapes are as their exports were seen in 2025 and 2026; none is a published standard. Only what r1chat
keeps is read; the rest is not looked at. Ids are made from theirs: a second import adds nothing twice.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from html import unescape
from typing import Any, NamedTuple

import msgspec

from r1chat.core.conversation import Chat, Conversation, Message, Role, newest_leaf, title_of
from r1chat.errors import R1ChatError
from r1chat.export.legible import legible
from r1chat.export.own import checked, conversation_of


class Node(NamedTuple):
    """One message of a foreign tree, in words that all formats share."""

    id: str
    parent: str | None
    role: str = ""
    """Empty for what is no message: its children hang at its parent."""
    text: str = ""
    thinking: str = ""
    model: str = ""
    time: float = 0.0


class Tree(NamedTuple):
    """One foreign chat."""

    source: str
    id: str
    title: str
    created: float
    updated: float
    leaf: str | None
    nodes: tuple[Node, ...]


_Json = Any
"""A document of whatever shape, as msgspec reads it."""
_SECONDS = 1e11
"""The year 5138; larger numbers count something smaller."""
_NANOSECONDS = 1e20
_ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM}


def read(record: bytes) -> Conversation:
    """The chat in one record, of whatever program. Raises msgspec.MsgspecError or R1ChatError."""
    try:
        value = msgspec.json.decode(record)
    except msgspec.DecodeError:
        record = legible(record)
        value = msgspec.json.decode(record)
    if isinstance(value, dict) and "chat" in value and isinstance(value.get("messages"), list):
        return conversation_of(record)
    for fits, convert in _FORMATS:
        if fits(value):
            return _conversation(convert(value))
    raise R1ChatError("it is no chat in a format that r1chat knows")


# --- ChatGPT and DeepSeek: a mapping of nodes -------------------------------------------------------------


class _Part(msgspec.Struct):
    content: str | None = None
    summary: str | None = None


class _Content(msgspec.Struct):
    content_type: str = "text"
    parts: list[Any] | None = None
    text: str | None = None
    thoughts: list[_Part] | None = None


class _Author(msgspec.Struct):
    role: str = ""


class _Fragment(msgspec.Struct):
    type: str = ""
    content: str | None = None


class _Said(msgspec.Struct):
    author: _Author | None = None
    content: _Content | None = None
    create_time: float | None = None
    metadata: dict[str, Any] | None = None
    recipient: str | None = None
    model: str | None = None
    inserted_at: str | None = None
    fragments: list[_Fragment] | None = None


class _Mapped(msgspec.Struct):
    message: _Said | None = None
    parent: str | None = None


class _Mapping(msgspec.Struct):
    mapping: dict[str, _Mapped]
    title: str | None = None
    id: str | None = None
    conversation_id: str | None = None
    create_time: float | None = None
    update_time: float | None = None
    inserted_at: str | None = None
    updated_at: str | None = None
    current_node: str | None = None


def _from_mapping(value: object) -> Tree:
    chat = msgspec.convert(value, _Mapping)
    deepseek = chat.inserted_at is not None
    created = _seconds(chat.create_time) or _moment(chat.inserted_at)
    return Tree(
        "deepseek" if deepseek else "chatgpt",
        chat.id or chat.conversation_id or "",
        chat.title or "",
        created,
        _seconds(chat.update_time) or _moment(chat.updated_at) or created,
        chat.current_node,
        tuple((_fragments if deepseek else _authored)(key, node) for key, node in chat.mapping.items()),
    )


def _authored(key: str, node: _Mapped) -> Node:
    """A node of ChatGPT's. Its thoughts are messages of their own, before the answer."""
    said = node.message
    if said is None or said.author is None or said.content is None:
        return Node(key, node.parent)
    content, metadata = said.content, said.metadata or {}
    text = "\n\n".join(part for part in content.parts or [] if isinstance(part, str)) or content.text or ""
    thinking = "\n\n".join(part.content or part.summary or "" for part in content.thoughts or [])
    hidden = metadata.get("is_visually_hidden_from_conversation") or said.recipient not in {None, "all"}
    role = said.author.role if (text.strip() or thinking.strip()) and not hidden else ""
    model = metadata.get("model_slug")
    return Node(
        key,
        node.parent,
        role,
        text,
        thinking,
        model if isinstance(model, str) else "",
        _seconds(said.create_time),
    )


def _fragments(key: str, node: _Mapped) -> Node:
    """A node of DeepSeek's: what was asked, thought and answered are fragments of it."""
    said = node.message
    if said is None:
        return Node(key, node.parent)
    texts: dict[str, str] = {}
    for fragment in said.fragments or []:
        texts[fragment.type] = texts.get(fragment.type, "") + (fragment.content or "")
    role = "user" if "REQUEST" in texts else "assistant" if texts.keys() & {"RESPONSE", "THINK"} else ""
    text = texts.get("REQUEST") or texts.get("RESPONSE", "")
    model, when = said.model or "", _moment(said.inserted_at)
    return Node(key, node.parent, role, text, texts.get("THINK", ""), model, when)


# --- Open WebUI -------------------------------------------------------------------------------------------


class _Spoken(msgspec.Struct, rename="camel"):
    id: str
    role: str
    content: str = ""
    parent_id: str | None = None
    model: str | None = None
    timestamp: float | None = None


class _History(msgspec.Struct, rename="camel"):
    messages: dict[str, _Spoken]
    current_id: str | None = None


class _Inner(msgspec.Struct):
    history: _History
    title: str | None = None
    id: str | None = None
    timestamp: float | None = None


_REASONING = '<details type="reasoning"'
_BLANK = re.compile(r"\s*")
_SUMMARY = re.compile(r"\s*<summary>[^<]*</summary>")


def _from_open_webui(value: _Json) -> Tree:
    chat = msgspec.convert(value.get("chat", value), _Inner)
    own = value.get("id") or chat.id
    created = _seconds(value.get("created_at") or chat.timestamp)
    nodes = []
    for key, said in chat.history.messages.items():
        text, thoughts = _apart(said.content)
        when = _seconds(said.timestamp)
        nodes.append(
            Node(key, said.parent_id, said.role, text, "\n\n".join(thoughts), said.model or "", when)
        )
    return Tree(
        "open-webui",
        own if isinstance(own, str) else "",
        chat.title or "",
        created,
        _seconds(value.get("updated_at")) or created,
        chat.history.current_id,
        tuple(nodes),
    )


def _apart(content: str) -> tuple[str, list[str]]:
    """An answer without its thoughts, and these. One pass, whatever is not closed."""
    answer, thoughts, at = [], [], 0
    while (begin := content.find(_REASONING, at)) >= 0:
        head, end = content.find(">", begin), content.find("</details>", begin)
        if not 0 <= head < end:
            break
        answer.append(content[at:begin])
        summary = _SUMMARY.match(content, head + 1, end)
        thought = content[summary.end() if summary else head + 1 : end]
        thoughts.append(unescape(re.sub(r"(?m)^> ?", "", thought)).strip())
        blank = _BLANK.match(content, end + len("</details>"))
        at = blank.end() if blank else end
    return "".join((*answer, content[at:])), thoughts


# --- llama-server's web UI --------------------------------------------------------------------------------


class _Row(msgspec.Struct, rename="camel"):
    id: str
    role: str
    content: str = ""
    type: str = "text"
    parent: str | None = None
    thinking: str | None = None
    reasoning_content: str | None = None
    timestamp: float | None = None
    model: str | None = None


class _Head(msgspec.Struct, rename="camel"):
    id: str
    name: str = ""
    last_modified: float | None = None
    curr_node: str | None = None


def _from_llama_server(value: _Json) -> Tree:
    if isinstance(value, list):
        value = {"conv": value[0], "messages": [line.get("message") for line in value[1:]]}
    head = msgspec.convert(value["conv"], _Head)
    rows = msgspec.convert(value["messages"], list[_Row])
    updated = _seconds(head.last_modified)
    return Tree(
        "llama-server",
        head.id,
        head.name,
        min((_seconds(row.timestamp) for row in rows if row.timestamp), default=updated),
        updated,
        head.curr_node,
        tuple(
            Node(
                row.id,
                row.parent,
                "" if row.type == "root" else row.role,
                row.content,
                row.reasoning_content or row.thinking or "",
                row.model or "",
                _seconds(row.timestamp),
            )
            for row in rows
        ),
    )


def _is_session(value: _Json) -> bool:
    lines = isinstance(value, list) and value and all(isinstance(line, dict) for line in value)
    return bool(lines) and value[0].get("type") == "session"


_FORMATS: tuple[tuple[Callable[[Any], bool], Callable[[Any], Tree]], ...] = (
    (lambda value: isinstance(value, dict) and "mapping" in value, _from_mapping),
    (lambda value: isinstance(value, dict) and "conv" in value and "messages" in value, _from_llama_server),
    (_is_session, _from_llama_server),
    (lambda value: isinstance(value, dict) and ("chat" in value or "history" in value), _from_open_webui),
)


# --- all of them ------------------------------------------------------------------------------------------


def _conversation(tree: Tree) -> Conversation:
    """A tree of r1chat's: what is no message is left out, a thought of its own joins its answer."""
    if not tree.id:
        raise R1ChatError("it has no id")
    chat_id = _own_id(tree.source, tree.id)
    followed = {node.parent for node in tree.nodes}
    places: dict[str, str | None] = {}
    thoughts: dict[str, str] = {}
    messages: list[Message] = []
    for node in _in_order(tree.nodes):
        above = places.get(node.parent or "")
        role = _ROLES.get(node.role)
        thinking = _joined(thoughts.get(node.parent or "", ""), node.thinking)
        if role is None or (role is Role.ASSISTANT and not node.text.strip() and node.id in followed):
            places[node.id], thoughts[node.id] = above, thinking
            continue
        places[node.id] = own = _own_id(tree.source, tree.id, node.id)
        when = node.time or (messages[-1].created_at if messages else tree.created)
        message = Message(
            id=own, chat_id=chat_id, parent_id=above, role=role, text=node.text, created_at=when
        )
        if role is Role.ASSISTANT:
            said = {"thinking": thinking, "thinking_closed": True, "model": node.model}
            message = msgspec.structs.replace(message, **said)
        messages.append(message)
    if not messages:
        raise R1ChatError("it has no messages")
    asked = next((message.text for message in messages if message.role is Role.USER), "")
    chat = Chat(
        id=chat_id,
        title=title_of(tree.title) or title_of(asked),
        created_at=tree.created,
        updated_at=tree.updated,
        active_leaf=places.get(tree.leaf or "") or newest_leaf(messages),
        model=next((message.model for message in reversed(messages) if message.model), ""),
        messages=len(messages),
    )
    return checked(Conversation(chat, tuple(messages)))


def _in_order(nodes: Iterable[Node]) -> list[Node]:
    """Parents before children, siblings as they came. Raises R1ChatError for what is no tree."""
    by_parent: dict[str | None, list[Node]] = {}
    ids = set()
    count = 0
    for node in nodes:
        by_parent.setdefault(node.parent or None, []).append(node)
        ids.add(node.id)
        count += 1
    ordered: list[Node] = []
    roots = [key for key in by_parent if key is None or key not in ids]
    stack = [node for key in roots for node in reversed(by_parent.pop(key))]
    while stack:
        node = stack.pop()
        ordered.append(node)
        stack += reversed(by_parent.pop(node.id, []))
    if len(ordered) != count or len(ids) != count:
        raise R1ChatError("its messages are no tree")
    return ordered


def _joined(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text)


def _own_id(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def _moment(text: str | None) -> float:
    try:
        return _seconds(datetime.fromisoformat(text).timestamp()) if text else 0.0
    except (ValueError, OverflowError, OSError):
        return 0.0


def _seconds(number: object) -> float:
    """Seconds since 1970, 0 where it can be no time; some programs count milliseconds or less."""
    if not isinstance(number, int | float) or not 0 <= number <= _NANOSECONDS:
        return 0.0
    while number > _SECONDS:
        number /= 1000
    return float(number)
