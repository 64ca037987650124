"""Command over a thought of the embedded model, in a real terminal and one process."""

from tests.e2e.terminal import Terminal, terminal

F5, F6, F7, F8, F9 = "\x1b[15~", "\x1b[17~", "\x1b[18~", "\x1b[19~", "\x1b[20~"
REGENERATE, CONTINUE, ANSWER_NOW, CLEAR, QUIT = "\x12", "\x0c", "\x13", "\x15", "\x11"
QUESTION = "Compute 37 + 58."
LONG = "Solve: x^2 - 18x + 72 = 0"
"""Thought about for long enough to act in the middle of it."""


def idle(screen: str) -> bool:
    return "Thought for" in screen and "⟦" in screen and "Thinking ·" not in screen


def thinking(screen: str) -> bool:
    return "Thinking ·" in screen and "answer now" in screen


def asked(session: Terminal, question: str) -> None:
    """Ask, and halt the engine in the middle of the thought."""
    session.engine.suspend()
    session.type(question + "\r")
    session.slowly(lambda screen: question in screen and thinking(screen))


def said(session: Terminal, words: str) -> None:
    """Look for words in the last thought, and go back to the prompt."""
    reading(session)
    session.type("/")
    session.wait("Find in the thought")
    session.type(words)
    session.wait("1/1")
    session.type("\x1b")
    session.wait(lambda screen: "1/1" not in screen and "/ find" in screen)
    session.type("\x1b")
    session.wait(lambda screen: "/ find" not in screen)


def reading(session: Terminal) -> None:
    session.type(F6)
    session.wait("/ find")


def test_a_thought_is_searched_outlined_forked_and_its_question_edited() -> None:
    with terminal() as session:
        session.wait(lambda screen: "Ask anything" in screen and "free" in screen)
        session.type(QUESTION + "\r")
        session.wait(idle)
        reading(session)
        session.type("/")
        session.wait("Find in the thought")
        session.type("7")
        session.wait("1/")
        session.type("\x1b")
        session.wait(lambda screen: "1/" not in screen)
        session.type("o")
        session.wait("Steps of the thought")
        session.type("q")
        session.wait(lambda screen: "Steps of the thought" not in screen)
        session.type("gf")
        session.wait(lambda screen: "‹ 2/2 ›" in screen and idle(screen))
        session.type(F9)
        session.wait("‹ 1/2 ›")
        session.type(F7)
        session.wait("editing question 1 of 1")
        session.type("\x15" + "Compute 30 + 12.\r")
        session.wait(lambda screen: "Compute 30 + 12." in screen and "‹ 2/2 ›" in screen and idle(screen))
        session.type("\x11")
        assert session.ended() == 0


def test_a_running_thought_is_steered_closed_stopped_gone_on_with_and_edited() -> None:
    with terminal() as session:
        session.wait(lambda screen: "Ask anything" in screen and "free" in screen)
        asked(session, LONG)
        session.type("Backwards." + F8)
        session.wait("your words wait")
        session.type("/steer Sideways.\r")
        session.wait("2 remarks wait")
        session.engine.resume()
        session.wait(idle)
        said(session, "Backwards.")
        said(session, "Sideways.")
        session.type("/new\r")
        session.wait(lambda screen: LONG not in screen)
        asked(session, LONG)
        session.type(ANSWER_NOW)
        session.engine.resume()
        session.wait(idle)
        session.type(REGENERATE)
        session.wait(lambda screen: "‹ 2/2 ›" in screen and idle(screen))
        session.type(F5)
        session.wait(lambda screen: "‹ 3/3 ›" in screen and idle(screen))
        session.type("/new\r")
        session.wait(lambda screen: LONG not in screen)
        asked(session, LONG)
        session.type("\x1b")
        session.slowly(lambda screen: "Stopped." in screen)
        session.engine.resume()
        session.type(CONTINUE)
        session.wait(lambda screen: "‹ 2/2 ›" in screen and idle(screen))
        reading(session)
        session.type("e")
        session.wait("Edit the thought")
        session.type("\x13")
        session.wait(lambda screen: "‹ 3/3 ›" in screen and idle(screen))
        session.type(QUIT)
        assert session.ended() == 0
