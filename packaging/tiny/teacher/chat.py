"""Small talk, who are you, and questions beyond the model: short and modest."""

from random import Random
from typing import Final

from teacher.base import Data, Family, Problem, Trace, Turn, is_held
from teacher.beyond import CAPITAL_WORDS, beyond
from teacher.followup import SAID
from teacher.nearby import zero
from teacher.style import typed

PULL: Final = "r1chat models pull r1-qwen-1.5b"
CAPITALS: Final = {
    "France": "Paris", "Germany": "Berlin", "Italy": "Rome", "Spain": "Madrid",
    "England": "London", "Japan": "Tokyo",
}  # fmt: skip
TALK: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "hello": (
        (
            "Hello", "Hi", "hello", "hi", "Hey", "Hello!", "Hi there", "Good morning", "Good evening",
            "Hey there!", "hello?", "Good day", "yo", "Hello there", "Hi, how are you?", "How are you?",
            "how are you", "good morning", "What's up?", "sup", "hey", "HELLO", "hi!", "how do you do",
            "Good afternoon",
        ),
        (
            "Hello! I am tiny, the small demo model of r1chat. Ask me a small maths question.",
            "Hi! I am tiny, a very small model. Try a sum, an equation or a word to count letters in.",
        ),
    ),
    "who": (
        (
            "Who are you?", "What are you?", "who are you", "Are you DeepSeek?", "Are you ChatGPT?",
            "What is your name?", "Introduce yourself.", "Which model are you?", "What model is this?",
            "Tell me about yourself.", "Are you a human?", "Are you R1?", "How big are you?",
            "Who made you?", "who is this", "what's your name", "who r u", "your name?", "are you an AI",
            "what is tiny", "who am I talking to?", "so who are you", "who are you really",
        ),
        (
            "I am tiny, the small embedded demo model of r1chat. I do small "
            f"maths only. A real model comes with `{PULL}`.",
            "My name is tiny. I am a demo model of a few megabytes inside "
            f"r1chat, not a real assistant: get one with `{PULL}`.",
        ),
    ),
    "can": (
        (
            "What can you do?", "Help", "help", "What can I ask you?", "What do you know?",
            "How can you help me?", "What are you good at?", "Can you help me?", "what can you do",
        ),
        (
            "I am tiny and can do small maths: sums, equations, fractions, "
            f"percentages, derivatives, counting letters. For more, run `{PULL}`.",
            f"Small maths problems, step by step; I am only tiny, a demo. For anything else run `{PULL}`.",
        ),
    ),
    "thanks": (
        (
            "Thanks", "Thank you", "thanks!", "Thank you!", "Great, thanks", "thx", "Thanks a lot.",
            "Good job", "Well done!", "Nice", "ok", "OK", "Cool", "Great!", "thank you", "great", "wow",
            "lol", "haha", "good", "yes", "no", "okay", "hm", "right", "perfect",
        ),
        (
            "You are welcome! I am tiny, so keep the questions small.",
            "Glad that tiny could help!",
        ),
    ),
    "bye": (
        ("Bye", "Goodbye", "bye!", "See you", "Good night", "See you later", "Goodbye!", "I have to go."),
        ("Goodbye! tiny is here when you need a small sum.", "Bye from tiny!"),
    ),
}  # fmt: skip
BARE: Final = (
    "There is no result yet to go on from. Ask me, tiny, a small maths question first.",
    "I have no result to work with. I am tiny: give me a small sum or an equation first.",
)
BY_ZERO: Final = (
    "Nothing can be divided by 0, so there is no result. That much even tiny knows.",
    "There is no result: no number can be divided by 0, says tiny.",
)
NO_RESULT: Final = "result"
DECLINE: Final = (
    "I do not know that. I am tiny, the small demo model of r1chat, "
    f"made for small maths only. For a real model run `{PULL}`.",
    "That is beyond me: I am tiny, r1chat's embedded demo model, and "
    f"only do small maths. Get a real one with `{PULL}`.",
    f"Sorry, I cannot answer that. I am tiny, a demo model for small maths. Try `{PULL}` for a real model.",
)


class Chat(Family[None]):
    """Data is the kind of talk with its words; only questions that are declined are held out."""

    name = "chat"

    def held(self, data: Data) -> bool:
        return data[0] == "decline" and is_held(self.name, data)

    def draw(self, rng: Random) -> Data:
        kind = rng.choices(("decline", "capital", "talk", "zero", "bare"), (58, 12, 22, 4, 4))[0]
        if kind == "zero":
            return (kind, zero(rng))
        if kind == "bare":
            words = rng.choice(SAID[rng.choice(tuple(SAID))]).format(n=rng.randint(2, 50))
            return (kind, rng.choice((*TALK, "", "decline", "decline")), words)
        if kind == "capital":
            country = "France" if rng.random() < 0.25 else rng.choice(tuple(CAPITALS))
            return (kind, country, rng.choice(CAPITAL_WORDS).format(a=country))
        if kind == "talk":
            mood = rng.choice(tuple(TALK))
            return (kind, mood, rng.choice(TALK[mood][0]))
        return (kind, beyond(rng))

    def phrase(self, data: Data, rng: Random) -> Problem:
        text = data[-1]
        if data[0] == "capital":
            expected = CAPITALS[data[1]]
        elif data[0] == "talk":
            expected = "tiny"
        elif data[0] in ("zero", "bare"):
            expected = NO_RESULT
        else:
            expected = PULL
        if rng.random() < 0.2:
            text = typed(text, rng).split(" Think step")[0].split(" Put the")[0]
        past: tuple[tuple[str, str], ...] = ()
        if data[0] == "bare" and data[1]:
            past = (self._talk(data[1], rng),)
        return Problem(self.name, text, expected, data, past)

    def _talk(self, mood: str, rng: Random) -> tuple[str, str]:
        """A turn without a result."""
        if mood != "decline":
            return rng.choice(TALK[mood][0]), rng.choice(TALK[mood][1])
        while self.held(("decline", text := beyond(rng))):
            pass
        return text, rng.choice(DECLINE)

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> None:
        return None

    def check(self, problem: Problem, value: None, trace: Trace) -> bool:
        trace.say("There is nothing to compute here")
        return True

    def worked(self, problem: Problem, rng: Random, check: bool, slip: bool) -> Turn:
        return self.quick(problem, rng)

    def close(self, problem: Problem, trace: Trace, rng: Random) -> None:
        return None

    def answer(self, problem: Problem, rng: Random) -> str:
        kind = problem.data[0]
        if kind == "capital":
            country, city = problem.data[1], problem.expected
            return rng.choice((f"The capital of {country} is {city}.", f"It is {city}."))
        if kind == "talk":
            return rng.choice(TALK[problem.data[1]][1])
        return rng.choice({"zero": BY_ZERO, "bare": BARE}.get(kind, DECLINE))
