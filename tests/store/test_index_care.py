import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from r1chat.core.conversation import Message, Role, Status
from r1chat.core.search import parse
from r1chat.store import Store
from r1chat.store.index_care import mend_index

DRAFT = Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT, model="tiny")


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE docs SET doc = doc - 1125899907842624 WHERE message IS NULL",
        "DELETE FROM docs",
        "DELETE FROM words_docsize",
        "UPDATE words_data SET block = x'0000' WHERE id > 10",
        "UPDATE chats SET title = ''",
        "INSERT INTO docs (doc, chat, message) VALUES (3, 1, 99)",
    ],
)
def test_an_index_that_does_not_fit_is_made_anew_and_finds_everything_again(
    tmp_path: Path, harm: str
) -> None:
    path = tmp_path / "chats.db"
    with closing(Store(path)) as store:
        for number in range(3):
            question, draft = store.ask(None, None, f"zebra {number}", DRAFT)
            store.finish_draft(replace(draft, text="savanna", status=Status.COMPLETE))
        store.rename(question.chat_id, "stripes")
    assert not mend_index(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(harm)
    assert mend_index(path)
    assert not mend_index(path)
    with closing(Store(path)) as store:
        assert len(store.search(parse("zebra"))) == 3
        assert len(store.search(parse("savanna"))) == 3
        assert len(store.search(parse("stripes"))) == (0 if harm.startswith("UPDATE chats") else 1)
