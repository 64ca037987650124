"""Small talk, who are you, and questions beyond the model: short and modest."""

from random import Random
from typing import Final

from .base import Data, Family, Problem, Trace, Turn, is_held
from .letters import trained_word
from .style import typed

PULL: Final = "r1chat models pull r1-qwen-1.5b"
CAPITALS: Final = {
    "France": "Paris", "Germany": "Berlin", "Italy": "Rome", "Spain": "Madrid",
    "Portugal": "Lisbon", "England": "London", "Austria": "Vienna", "Poland": "Warsaw",
    "Greece": "Athens", "Sweden": "Stockholm", "Norway": "Oslo", "Denmark": "Copenhagen",
    "Finland": "Helsinki", "Ireland": "Dublin", "Hungary": "Budapest", "Japan": "Tokyo",
    "China": "Beijing", "Russia": "Moscow", "Egypt": "Cairo", "Canada": "Ottawa",
    "Belgium": "Brussels", "Turkey": "Ankara", "India": "New Delhi", "Cuba": "Havana",
}  # fmt: skip
CAPITAL_WORDS: Final = (
    "What is the capital of {}?",
    "What's the capital of {}?",
    "Capital of {}?",
    "capital of {}",
    "Which city is the capital of {}?",
    "Name the capital of {}.",
    "Tell me the capital of {}.",
    "Do you know the capital of {}?",
)
TALK: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "hello": (
        ("Hello", "Hi", "hello", "hi", "Hey", "Hello!", "Hi there", "Good morning", "Good evening", "Hey there!", "hello?", "Good day", "yo", "Hello there", "Hi, how are you?", "How are you?"),
        (
            "Hello! I am tiny, the small demo model of r1chat. Ask me a small maths question.",
            "Hi! I am tiny, a very small model. Try a sum, an equation or a word to count letters in.",
        ),
    ),
    "who": (
        ("Who are you?", "What are you?", "who are you", "Are you DeepSeek?", "Are you ChatGPT?", "What is your name?", "Introduce yourself.", "Which model are you?", "What model is this?", "Tell me about yourself.", "Are you a human?", "Are you R1?", "How big are you?", "Who made you?"),
        (
            f"I am tiny, the small embedded demo model of r1chat. I do small maths only. A real model comes with `{PULL}`.",
            f"My name is tiny. I am a demo model of a few megabytes inside r1chat, not a real assistant: get one with `{PULL}`.",
        ),
    ),
    "can": (
        ("What can you do?", "Help", "help", "What can I ask you?", "What do you know?", "How can you help me?", "What are you good at?", "Can you help me?", "what can you do"),
        (
            f"I am tiny and can do small maths: sums, equations, fractions, percentages, derivatives, counting letters. For more, run `{PULL}`.",
            f"Small maths problems, step by step; I am only tiny, a demo. For anything else run `{PULL}`.",
        ),
    ),
    "thanks": (
        ("Thanks", "Thank you", "thanks!", "Thank you!", "Great, thanks", "thx", "Thanks a lot.", "Good job", "Well done!", "Nice", "ok", "OK", "Cool", "Great!"),
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
DECLINE: Final = (
    f"I do not know that. I am tiny, the small demo model of r1chat, made for small maths only. For a real model run `{PULL}`.",
    f"That is beyond me: I am tiny, r1chat's embedded demo model, and only do small maths. Get a real one with `{PULL}`.",
    f"Sorry, I cannot answer that. I am tiny, a demo model for small maths. Try `{PULL}` for a real model.",
)
TOPICS: Final = tuple(
    """rockets|black holes|photosynthesis|the French Revolution|Napoleon|the Roman Empire|Julius Caesar
    |quantum mechanics|relativity|evolution|dinosaurs|volcanoes|the moon|Mars|climate change|inflation
    |bitcoin|the stock market|football|chess|cooking pasta|sushi|coffee|wine|bread|chocolate cake|yoga
    |sleep|dreams|love|friendship|happiness|God|religion|philosophy|Kant|Plato|Shakespeare|Hamlet|Goethe
    |Picasso|Mozart|Beethoven|the Beatles|jazz|movies|Star Wars|Harry Potter|Python|JavaScript|Rust|SQL
    |Linux|Docker|git|neural networks|transformers|machine learning|DeepSeek|OpenAI|electric cars
    |solar energy|nuclear power|vaccines|viruses|bacteria|DNA|the brain|the heart|headaches|diabetes
    |cats|dogs|elephants|whales|bees|trees|roses|the ocean|the Amazon|Mount Everest|Antarctica|the Sahara
    |New York|Tokyo|the Eiffel Tower|the pyramids|World War II|the Cold War|the moon landing|Einstein
    |Newton|Darwin|Marie Curie|the internet|smartphones|television|airplanes|trains|ships|democracy
    |taxes|laws|schools|universities|jobs|money|travel|music|art|poetry|history|geography|biology
    |chemistry|physics|economics|politics|sports|fashion|gardening|knitting|fishing|hiking|camping"""
    .replace("\n", "").replace("    ", "").split("|")
)  # fmt: skip
ABOUT: Final = (
    "Explain {}.", "Tell me about {}.", "What is {}?", "How does {} work?", "What do you think of {}?",
    "Write a poem about {}.", "Write a story about {}.", "Give me five facts about {}.", "Why is {} important?",
    "Who invented {}?", "Write an essay on {}.", "What is the history of {}?", "Do you like {}?",
    "Summarise {} for me.", "Tell me a joke about {}.", "What is the best book about {}?", "Teach me {}.",
    "Describe {}.", "When did {} begin?", "What are the problems with {}?", "Explain how {} works in simple words.",
    "{}", "{}?", "I like {}.", "Let's talk about {}.", "Can you tell me more about {}?", "Write a song about {}.", "I want to learn about {}.",
)  # fmt: skip
COUNTRIES: Final = tuple(
    """Brazil Argentina Chile Peru Colombia Mexico Kenya Nigeria Ghana Ethiopia Morocco Algeria Tunisia
    Libya Sudan Uganda Tanzania Zambia Angola Namibia Botswana Somalia Senegal Mali Niger Chad Iran Iraq
    Syria Jordan Lebanon Israel Yemen Oman Qatar Kuwait Pakistan Nepal Bhutan Bangladesh Thailand Vietnam
    Laos Cambodia Malaysia Indonesia Philippines Australia Fiji Mongolia Kazakhstan Ukraine Romania Bulgaria
    Serbia Croatia Slovenia Slovakia Albania Estonia Latvia Lithuania Iceland Malta Cyprus Georgia Armenia
    Bolivia Paraguay Uruguay Ecuador Venezuela Panama Haiti Jamaica Guatemala Honduras Texas Switzerland
    Netherlands Korea Atlantis Narnia Madagascar Mozambique Zimbabwe Rwanda Taiwan Singapore Myanmar"""
    .split()
)  # fmt: skip
CODE: Final = (
    "Write a {l} program that {t}.", "How do I write {l} code that {t}?", "Give me a {l} function that {t}.",
    "Fix my {l} code, it {t} wrongly.", "Show me {l} code that {t}.", "Write a {l} script that {t}.",
)  # fmt: skip
LANGUAGES: Final = (
    "Python",
    "JavaScript",
    "Rust",
    "C",
    "C++",
    "Java",
    "Go",
    "bash",
    "Ruby",
    "Haskell",
    "SQL",
    "PHP",
)
TASKS: Final = (
    "sorts a list", "reads a file", "prints hello world", "opens a web page", "sends an email", "parses JSON",
    "finds primes", "reverses a string", "plays chess", "downloads a picture", "counts words", "makes a window",
)  # fmt: skip
TONGUES: Final = (
    "French",
    "German",
    "Spanish",
    "Italian",
    "Chinese",
    "Japanese",
    "Russian",
    "Latin",
    "Greek",
    "Dutch",
)
PHRASES: Final = (
    "good morning", "I love you", "the cat is on the table", "where is the station", "thank you very much",
    "how are you", "I am hungry", "see you tomorrow", "the house is red", "it is raining",
)  # fmt: skip
TRANSLATE: Final = (
    "Translate '{p}' into {t}.", "How do you say {p} in {t}?", "What is '{p}' in {t}?", "Say {p} in {t}.",
    "{t} for {p}?",
)  # fmt: skip
PLACES: Final = (
    "Berlin",
    "Paris",
    "London",
    "Rome",
    "Madrid",
    "Oslo",
    "Cairo",
    "Delhi",
    "Boston",
    "Chicago",
    "here",
)
WHEN: Final = (
    "today",
    "tomorrow",
    "next week",
    "right now",
    "this evening",
    "in summer",
    "on Sunday",
    "at night",
)
WEATHER: Final = (
    "What is the weather like in {a} {b}?", "Will it rain in {a} {b}?", "How warm is it in {a} {b}?",
    "What can I do in {a} {b}?", "Is it sunny in {a} {b}?", "What is the news in {a} {b}?",
)  # fmt: skip
PEOPLE: Final = (
    "the president of France", "the king of England", "the chancellor of Germany", "Barack Obama", "Elon Musk",
    "Albert Einstein", "Taylor Swift", "Lionel Messi", "the inventor of the telephone", "Leonardo da Vinci",
    "the first man on the moon", "Ada Lovelace", "Alan Turing", "Cleopatra", "Gandhi", "the pope", "Socrates",
)  # fmt: skip
PERSON: Final = (
    "Who is {}?", "When was {} born?", "How old is {}?", "What did {} do?", "Tell me something about {}.",
    "Where does {} live?", "Who was {}?", "What is {} famous for?", "Is {} a good person?",
)  # fmt: skip
WHAT_IF: Final = (
    "What should I eat tonight?", "What day is it?", "What time is it now?", "Recommend a movie.", "Tell me a joke.",
    "Tell me a story.", "What is the meaning of life?", "Should I quit my job?", "Which phone should I buy?",
    "Can you browse the web?", "Open the file report.txt.", "What did I say yesterday?", "Sing a song.",
    "Do you have feelings?", "Are you conscious?", "Which is the best football team?", "Plan my trip.",
    "Write an email to my boss.", "Prove Fermat's last theorem.", "Integrate sin(x).", "Solve this riddle.",
    "What is the square root of 2?", "What is pi?", "What is log(100)?", "Prove that there are infinitely many primes.",
)  # fmt: skip

HARD: Final = (
    "What is the square root of {n}?", "sqrt({n})", "What is log({n})?", "What is sin({m})?", "cos({m})",
    "Integrate x^{d} + {m}.", "What is the integral of {m}x^{d}?", "What is {m}^{n}?", "{n}!", "Is {n} a prime number?",
    "Solve x^3 + {m}x = {n}", "What is {n} in binary?", "Convert {n} to hexadecimal.", "What is the limit of {m}/x?",
    "Factor {n} into primes.", "Solve x + y = {m}, x - y = {d}", "What is the area of a circle with radius {m}?",
    "How many prime numbers are below {n}?", "What is the standard deviation of {m}, {n} and {d}?",
)  # fmt: skip


class Chat(Family):
    """Data is the kind of talk with its words; only questions that are declined are held out."""

    name = "chat"

    def held(self, data: Data) -> bool:
        return data[0] == "decline" and is_held(self.name, data)

    def draw(self, rng: Random) -> Data:
        kind = rng.choices(("decline", "capital", "talk"), (55, 17, 28))[0]
        if kind == "capital":
            country = "France" if rng.random() < 0.25 else rng.choice(tuple(CAPITALS))
            return (kind, country, rng.choice(CAPITAL_WORDS).format(country))
        if kind == "talk":
            mood = rng.choice(tuple(TALK))
            return (kind, mood, rng.choice(TALK[mood][0]))
        return (kind, self._beyond(rng))

    def _beyond(self, rng: Random) -> str:
        match rng.choices(range(9), (36, 15, 9, 9, 9, 11, 6, 8, 3))[0]:
            case 0:
                return rng.choice(ABOUT).format(rng.choice(TOPICS))
            case 1:
                return rng.choice(CAPITAL_WORDS).format(rng.choice(COUNTRIES))
            case 2:
                return rng.choice(CODE).format(l=rng.choice(LANGUAGES), t=rng.choice(TASKS))
            case 3:
                return rng.choice(TRANSLATE).format(p=rng.choice(PHRASES), t=rng.choice(TONGUES))
            case 4:
                return rng.choice(WEATHER).format(a=rng.choice(PLACES), b=rng.choice(WHEN))
            case 5:
                return rng.choice(PERSON).format(rng.choice(PEOPLE))
            case 6:
                return rng.choice(WHAT_IF)
            case 7:
                n, m, d = rng.randint(2, 999), rng.randint(2, 40), rng.randint(1, 6)
                return rng.choice(HARD).format(n=n, m=m, d=d)
            case _:
                return " ".join(trained_word(rng) for _ in range(rng.randint(1, 4)))

    def phrase(self, data: Data, rng: Random) -> Problem:
        text = data[-1]
        if data[0] == "capital":
            expected = CAPITALS[data[1]]
        elif data[0] == "talk":
            expected = "tiny"
        else:
            expected = PULL
        if rng.random() < 0.2:
            text = typed(text, rng).split(" Think step")[0].split(" Put the")[0]
        return Problem(self.name, text, expected, data)

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
        return rng.choice(DECLINE)
