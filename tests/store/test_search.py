import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r1chat.core.conversation import Chat, Conversation, Message, Role, Status
from r1chat.core.search import Field, Hit, Query, Term, parse
from r1chat.errors import UsageError
from r1chat.store import Store, lookup
from r1chat.store.lookup import FEW, RANKED
from r1chat.store.rows import Piece

DRAFT = Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT, model="r1-qwen-7b")
DAY = 86_400.0
START = parse("after:2026-01-01").after or 0.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    days = count()
    with closing(Store(tmp_path / "chats.db", clock=lambda: START + DAY * next(days))) as store:
        yield store


def say(store: Store, question: str, thought: str = "", answer: str = "", model: str = "r1-qwen-7b") -> str:
    """A chat of one turn; returns its id."""
    _, draft = store.ask(None, None, question, msgspec.structs.replace(DRAFT, model=model))
    done = {"thinking": thought, "text": answer, "status": Status.COMPLETE}
    store.finish_draft(msgspec.structs.replace(draft, **done))
    return draft.chat_id


def found(store: Store, text: str) -> list[str]:
    return [hit.chat.title for hit in store.search(parse(text))]


def marked(hit: Hit) -> str:
    return "".join(f"[{span.text}]" if span.hit else span.text for span in hit.snippet)


def test_words_are_found_in_titles_questions_answers_and_thoughts(store: Store) -> None:
    say(store, "alpha first line\nand a second with kangaroo")
    say(store, "beta", thought="Let me think of a wombat first.")
    say(store, "gamma", answer="It is the platypus.")
    for word, title, field in (
        ("alpha", "alpha first line", Field.TITLE),
        ("kangaroo", "alpha first line", Field.QUESTION),
        ("wombat", "beta", Field.THOUGHT),
        ("platypus", "gamma", Field.ANSWER),
    ):
        (hit,) = store.search(parse(word))
        assert (hit.chat.title, hit.field) == (title, field)
        assert f"[{word}]" in marked(hit)


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("two three ", ["one two three", "three two"]),
        ('"two three"', ["one two three"]),
        ('"two three', ["one two three"]),
        ("thr", ["one two three", "three two"]),
        ("thr ", []),
        ("thr* two ", ["one two three", "three two"]),
        ("three -one ", ["three two"]),
        ('three -"three two"', ["one two three"]),
        ("TWO ", ["one two three", "three two"]),
        ("nothing ", []),
        ("", []),
        ("?! …", []),
        ("-two", []),
        ("in:title cafe ", ["Café crème"]),
        ("café", ["Café crème"]),
        ("snake_case ", ["the snake_case word"]),
        ("9.11 ", ["Is 9.11 larger?"]),
    ],
)
def test_words_phrases_and_prefixes(store: Store, text: str, titles: list[str]) -> None:
    for title in (
        "three two",
        "one two three",
        "Café crème",
        "the snake_case word",
        "snake in a case",
        "Is 9.11 larger?",
    ):
        say(store, title)
    assert sorted(found(store, text)) == titles


@pytest.mark.parametrize(
    "text", ["小数", "比较", "先看整数", "较", "先看 比较", '"整数部分"', "in:thought 比"]
)
def test_chinese_is_found_by_any_part_of_it(store: Store, text: str) -> None:
    say(store, "nine", thought="用户问的是小数比较，先看整数部分。Then the fraction.", answer="9.9")
    say(store, "other", thought="数小，较比")
    (hit,) = [hit for hit in store.search(parse(text)) if hit.chat.title == "nine"]
    assert "[" in marked(hit)
    assert found(store, "数比 ") == ["nine"]
    assert found(store, "比数 ") == []


def test_japanese_and_korean_are_found(store: Store) -> None:
    say(store, "素数は無限にありますか？")
    say(store, "소수는 무한합니까?")
    assert found(store, "無限に") == ["素数は無限にありますか？"]
    assert found(store, "소수") == ["소수는 무한합니까?"]


def test_one_place_can_be_searched_alone(store: Store) -> None:
    say(store, "zebra")
    say(store, "horse", thought="no zebra", answer="a horse")
    assert found(store, "in:thought zebra ") == ["horse"]
    assert found(store, "in:question zebra ") == ["zebra"]
    assert sorted(found(store, "in:thoughts in:title zebra ")) == ["horse", "zebra"]
    assert found(store, "in:answer zebra ") == []


def test_model_and_dates_narrow_a_search(store: Store) -> None:
    say(store, "first zebra", answer="x")
    say(store, "second zebra", answer="zebra", model="r1-llama-8b")
    assert found(store, "model:r1-llama-8b zebra ") == ["second zebra"]
    assert found(store, "model:r1-llama zebra ") == ["second zebra"]
    assert found(store, "after:2026-01-05 zebra ") == ["second zebra"]
    assert found(store, "before:2026-01-03 zebra ") == ["first zebra"]
    assert found(store, "before:2026-01-03") == ["first zebra"]
    assert found(store, "after:2027 zebra ") == []


def test_a_title_stands_before_an_answer_and_an_answer_before_a_thought(store: Store) -> None:
    say(store, "the thought", thought="zebra " + "grass " * 20)
    say(store, "a zebra")
    say(store, "the answer", answer="zebra " + "grass " * 20)
    assert found(store, "zebra ") == ["a zebra", "the answer", "the thought"]


def test_where_very_much_matches_the_newest_is_found(store: Store) -> None:
    question, _ = store.ask(None, None, "old zebra", DRAFT)
    for number in range(RANKED):
        store.ask(question.chat_id, question.id, f"zebra {number}", DRAFT)
    say(store, "new", answer="zebra")
    hits = store.search(parse("in:question in:answer zebra "))
    assert {hit.chat.title: hit.places for hit in hits} == {"old zebra": RANKED - 1, "new": 1}


def test_an_exact_title_is_found_behind_a_long_chat_of_the_same_word(store: Store) -> None:
    say(store, "zebra basics")
    question, _ = store.ask(None, None, "long", DRAFT)
    for number in range(RANKED):
        store.ask(question.chat_id, question.id, f"zebra {number}", DRAFT)
    assert found(store, "zebra ") == ["zebra basics", "long"]
    assert found(store, '"zebra basics"') == ["zebra basics"]


def test_a_snippet_shows_the_words_around_the_first_match(store: Store) -> None:
    say(store, "q", answer="grass " * 50 + "then\na ZÉBRA came,\x1b[2J zebras all " + "grass " * 50)
    (hit,) = store.search(parse("zebra"))
    shown = marked(hit)
    assert "then a [ZÉBRA] came,\x1b[2J [zebras] all" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 200


def test_a_title_is_found_among_its_like_by_its_time(store: Store) -> None:
    for number in range(4):
        store.create_chat(title=f"zebra {number}")
    assert found(store, "before:2026-01-03 in:title zebra ") == ["zebra 1", "zebra 0"]
    assert found(store, "after:2026-01-03 zebra ") == ["zebra 3", "zebra 2"]
    (hit,) = store.search(parse("in:title after:2026-01-04 zebra "))
    assert hit.created_at == hit.chat.created_at


def test_what_is_found_bears_its_own_time_though_very_much_was_said_in_that_moment(store: Store) -> None:
    head = Chat(id="c", title="t", created_at=START)
    said = [
        Message(id=str(n), chat_id="c", parent_id=None, role=Role.USER, text=f"zebra{n} ", created_at=START)
        for n in range(200)
    ]
    store.add(Conversation(head, tuple(said)))
    (hit,) = store.search(parse("zebra199 "))
    assert hit.created_at == START


def test_among_very_many_what_was_said_stands_before_what_was_thought(store: Store) -> None:
    say(store, "first", answer="a zebra")
    for _ in range(RANKED - 1):
        say(store, "other", thought="zebra")
    hits = store.search(parse("zebra "))
    assert [hit.field for hit in hits[:2]] == [Field.ANSWER, Field.THOUGHT]


def test_a_term_that_is_everywhere_is_not_weighed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    say(store, "q", answer="common zebra zebra")
    say(store, "p", answer="common zebra " + "common " * 30)
    assert found(store, "common zebra ") == ["q", "p"]
    monkeypatch.setattr(lookup, "COMMON", 2)
    assert found(store, "common zebra ") == ["p", "q"]


def test_a_new_title_is_found_and_the_old_one_is_not(store: Store) -> None:
    chat = store.create_chat(title="old words")
    store.rename(chat.id, "new words")
    assert (found(store, "old "), found(store, "new ")) == ([], ["new words"])


def test_a_draft_is_found_when_it_has_ended(store: Store) -> None:
    _, draft = store.ask(None, None, "q", DRAFT)
    store.append_draft(draft.id, Piece("zebra", "", (1,)))
    assert found(store, "zebra") == []
    goes_on = msgspec.structs.replace(draft, thinking="zebra")
    store.finish_draft(goes_on)
    assert found(store, "zebra") == []
    store.finish_draft(msgspec.structs.replace(goes_on, status=Status.CANCELLED))
    store.finish_draft(msgspec.structs.replace(goes_on, status=Status.COMPLETE, thinking="horse"))
    assert (found(store, "zebra"), found(store, "horse")) == ([], ["q"])


@pytest.mark.parametrize(
    "text", ["before:yesterday", "after:2026-13", "in:nowhere", "in:x y", "zebra -tag:work", "-in:title x"]
)
def test_what_cannot_be_searched_for_is_said(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


def test_a_search_is_read_as_it_was_meant() -> None:
    assert parse('big "two words" sm* -no model:"a b" in:a la') == Query(
        terms=(Term("big"), Term("two words"), Term("sm", prefix=True), Term("la", prefix=True)),
        without=(Term("no"),),
        fields=(Field.ANSWER,),
        model="a b",
    )


@settings(max_examples=100)
@given(st.text(st.sampled_from('ab"*-:(){}^+ \\\0的數é\u0301in:model'), max_size=30))
def test_no_text_breaks_the_index_language(text: str) -> None:
    with closing(Store(":memory:")) as store:
        say(store, "a b的數é", answer="ab")
        try:
            query = parse(text)
        except UsageError:
            return
        store.search(query)


@settings(max_examples=60)
@given(
    st.lists(st.text(st.sampled_from("abéÀß的推 -_\n1."), min_size=1, max_size=12), min_size=1, max_size=5)
)
def test_every_word_of_every_answer_finds_it(answers: list[str]) -> None:
    with closing(Store(":memory:")) as store:
        for number, answer in enumerate(answers):
            say(store, f"chat{number}", answer=answer)
        for number, answer in enumerate(answers):
            for word in answer.split():
                if any(map(str.isalnum, word)):
                    assert f"chat{number}" in found(store, f'in:answer "{word}"')


def test_words_spread_over_question_and_answer_are_found_together(store: Store) -> None:
    say(store, "How do marsupials sleep?", thought="The wombat digs.", answer="In burrows.")
    say(store, "How do birds sleep?", answer="On one leg.")
    assert found(store, "marsupials burrows ") == ["How do marsupials sleep?"]
    assert found(store, "sleep burr") == ["How do marsupials sleep?"]
    assert found(store, "in:thought wombat burrows ") == []
    assert found(store, "marsupials leg ") == found(store, "marsupials burrows zebra ") == []


def test_chats_with_a_tag_are_found_alone_and_with_words(store: Store) -> None:
    for question, tags in (
        ("one zebra", ("Maths", "hard")),
        ("two zebra", ("maths of sets",)),
        ("three zebra", ()),
    ):
        store.label(say(store, question, answer="stripes"), tags=tags)
    assert found(store, "tag:maths") == ["two zebra", "one zebra"]
    assert found(store, "tag:Math") == ["two zebra", "one zebra"]
    assert found(store, 'tag:"maths of"') == ["two zebra"]
    assert found(store, "tag:maths tag:hard") == ["one zebra"]
    assert found(store, "tag:nothing") == found(store, "tag:nothing zebra") == []
    assert found(store, "zebra tag:maths") == ["two zebra", "one zebra"]
    assert found(store, "tag:maths zebra -two") == ["one zebra"]
    assert found(store, "tag:maths in:title stripes") == []
    assert found(store, "tag:maths before:2026-01-02") == ["one zebra"]
    assert [hit.field for hit in store.search(parse("tag:hard stripes"))] == [Field.ANSWER]


def test_a_tag_on_few_chats_is_found_beneath_many_newer_places(store: Store) -> None:
    old = say(store, "zebra of old")
    store.label(old, tags=("rare", "both"))
    for number in range(RANKED + 20):
        chat_id = say(store, "zebra")
        if number < FEW:
            store.label(chat_id, tags=("frequent", "both"))
    assert found(store, "tag:rare zebra") == ["zebra of old"]
    assert found(store, "tag:both old") == ["zebra of old"]
    assert len(found(store, "tag:frequent zebra")) == 20
    assert found(store, "tag:frequent old") == []


def test_what_the_index_names_and_is_not_there_is_no_result(store: Store, tmp_path: Path) -> None:
    say(store, "a zebra")
    lost = say(store, "lost zebra", answer="lion")
    with closing(sqlite3.connect(tmp_path / "chats.db")) as connection, connection:
        connection.execute("DELETE FROM messages WHERE chat_id = ?", (lost,))
    assert found(store, "in:question zebra") == ["a zebra"]
    assert found(store, "lion") == []


def test_messages_without_a_time_are_indexed_in_one_sweep(store: Store, tmp_path: Path) -> None:
    messages = tuple(
        Message(id=f"m{number}", chat_id="undated", parent_id=None, role=Role.USER, text=f"zebra {number}")
        for number in range(500)
    )
    store.add(Conversation(Chat(id="undated", title="undated"), messages))
    with closing(sqlite3.connect(tmp_path / "chats.db")) as connection:
        query = "SELECT doc FROM docs WHERE message IS NOT NULL ORDER BY message"
        keys = [doc for (doc,) in connection.execute(query)]
    assert keys == list(range(500))
    assert [hit.message_id for hit in store.search(parse('"zebra 444"'))] == ["m444"]
