"""Command over a thought of the embedded model, in a real terminal and one process."""

from tests.e2e.terminal import Terminal, terminal

F5, F6, F7, F9 = "\x1b[15~", "\x1b[17~", "\x1b[18~", "\x1b[20~"
QUESTION = "Compute 37 + 58."


def idle(screen: str) -> bool:
    return "Thought for" in screen and "⟦" in screen and "Thinking ·" not in screen


def reading(session: Terminal) -> None:
    session.type(F6)
    session.wait(lambda screen: "▾ Thought" in screen)


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
