"""The program stands back for the shell that began it, in a real terminal."""

import shlex

from tests.e2e.terminal import R1CHAT, terminal

SHELL = ("bash", "--norc", "--noprofile", "-i")


def test_the_program_is_suspended_for_its_shell_and_goes_on() -> None:
    with terminal(program=SHELL) as session:
        session.type(f"PS1='$ '\r{shlex.join(R1CHAT)}\r")
        session.wait(lambda screen: "Ask anything" in screen and "free" in screen)
        session.type("/suspend\r")
        session.wait("Stopped")
        session.type("echo $((6 * 7)) here\r")
        session.wait("42 here")
        session.type("fg\r")
        session.wait("Ask anything")
        session.type("\x11")
        session.wait(lambda screen: "Ask anything" not in screen)
        session.type("exit\r")
        assert session.ended() == 0


def test_without_a_shell_the_program_says_so_and_goes_on() -> None:
    with terminal() as session:
        session.wait(lambda screen: "Ask anything" in screen and "free" in screen)
        session.type("/suspend\r")
        session.wait("There is no shell behind r1chat")
        session.type("\x11")
        assert session.ended() == 0
