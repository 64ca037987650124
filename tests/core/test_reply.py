from r1chat.core.conversation import Injection, Message, Role, Status
from r1chat.core.events import AnswerDelta, Done, FinishReason, Loading, Prefill, Stats, ThinkingDelta
from r1chat.core.reply import Reply

DRAFT = Message(id="m", chat_id="c", parent_id="q", role=Role.ASSISTANT, status=Status.PARTIAL)


def test_a_reply_gathers_text_ids_and_time_of_its_thought() -> None:
    reply = Reply(DRAFT)
    events = (
        Loading(1.0),
        Prefill(2, 2, 0),
        ThinkingDelta(0, "two ", (5,)),
        ThinkingDelta(0, "and", (6, 1), closed=True),
        AnswerDelta(0, "", (7,)),
        AnswerDelta(0, "four", (8,)),
        Done(0, FinishReason.STOP, Stats(answer_tokens=2)),
    )
    for now, event in enumerate(events):
        reply.feed(event, float(now))
    message = reply.message(Status.ERROR, error="no", fingerprint="f")
    assert (message.thinking, message.text, message.tokens) == ("two and", "four", (5, 6, 1, 7, 8))
    assert (message.status, message.finish_reason, message.error) == (Status.COMPLETE, FinishReason.STOP, "")
    assert (message.thinking_s, message.fingerprint) == (1.0, "f")
    assert message.thinking_closed
    assert message.stats == Stats(answer_tokens=2)


def test_a_reply_that_was_cut_off_ends_as_it_is_told() -> None:
    reply = Reply(DRAFT)
    reply.feed(ThinkingDelta(0, "two", (5,)), 1.0)
    failed = reply.message(Status.ERROR, error="It crashed.")
    assert (failed.status, failed.finish_reason, failed.error) == (Status.ERROR, None, "It crashed.")
    stopped = reply.message(Status.CANCELLED)
    assert (stopped.status, stopped.finish_reason) == (Status.CANCELLED, FinishReason.CANCELLED)
    assert not stopped.thinking_closed


def test_a_reply_that_a_person_stopped_is_cancelled() -> None:
    reply = Reply(DRAFT)
    reply.feed(Done(0, FinishReason.CANCELLED, Stats()), 1.0)
    assert reply.message(Status.ERROR).status is Status.CANCELLED


def test_of_a_persons_words_those_are_noted_that_were_said() -> None:
    reply = Reply(DRAFT)
    for words in ("Check the other way round.", "Then\n\ntwice. "):
        reply.expect(words)
    for text, forced in (
        ("Hm", False),
        ("\n\nCheck", True),
        (" the other", True),
        ("\n\nThen", True),
        ("\n\n", True),
        ("twice.\n", True),
        ("\n", True),
        ("So", False),
        (" more", True),
    ):
        reply.feed(ThinkingDelta(0, text, (5,), forced=forced), 1.0)
    assert reply.injected == (Injection(1, "Check the other"), Injection(3, "Then\n\ntwice."))


def test_of_a_persons_words_those_come_back_that_were_not_said_to_their_end() -> None:
    reply = Reply(DRAFT)
    for words in ("Check it.", "Check it the other way round.", "Then twice."):
        reply.expect(words)
    for text, forced in (("Hm", False), ("\n\nCheck it.\n", True), ("\n", True), ("Check it the", True)):
        reply.feed(ThinkingDelta(0, text, (5,), forced=forced), 1.0)
    assert not reply.thought_over
    reply.feed(ThinkingDelta(0, "", (6,), closed=True, forced=True), 1.0)
    assert reply.thought_over
    assert reply.unsaid == ("Check it the other way round.", "Then twice.")
    assert reply.give_up() == ("Check it the other way round.", "Then twice.")
    assert reply.give_up() == ()
