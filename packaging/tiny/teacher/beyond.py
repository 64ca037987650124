"""Questions that are beyond the model, so that declining generalises."""

from collections.abc import Sequence
from random import Random
from typing import Final

from teacher.letters import trained_word
from teacher.nearby import near, noise

CAPITAL_WORDS: Final = (
    "What is the capital of {a}?",
    "What's the capital of {a}?",
    "Capital of {a}?",
    "capital of {a}",
    "Which city is the capital of {a}?",
    "Name the capital of {a}.",
    "Tell me the capital of {a}.",
    "Do you know the capital of {a}?",
)
_TOPICS: Final = """
    rockets|black holes|photosynthesis|the French Revolution|Napoleon|the Roman Empire|Julius Caesar|
    quantum mechanics|relativity|evolution|dinosaurs|volcanoes|the moon|Mars|climate change|inflation|
    bitcoin|the stock market|football|chess|cooking pasta|sushi|coffee|wine|bread|chocolate cake|yoga|
    sleep|dreams|love|friendship|happiness|God|religion|philosophy|Kant|Plato|Shakespeare|Hamlet|Goethe|
    Picasso|Mozart|Beethoven|the Beatles|jazz|movies|Star Wars|Harry Potter|Python|JavaScript|Rust|SQL|
    Linux|Docker|git|neural networks|transformers|machine learning|DeepSeek|OpenAI|electric cars|
    solar energy|nuclear power|vaccines|viruses|bacteria|DNA|the brain|the heart|headaches|diabetes|
    cats|dogs|elephants|whales|bees|trees|roses|the ocean|the Amazon|Mount Everest|Antarctica|the Sahara|
    New York|Tokyo|the Eiffel Tower|the pyramids|World War II|the Cold War|the moon landing|Einstein|
    Newton|Darwin|Marie Curie|the internet|smartphones|television|airplanes|trains|ships|democracy|
    taxes|laws|schools|universities|jobs|money|travel|music|art|poetry|history|geography|biology|
    chemistry|physics|economics|politics|sports|fashion|gardening|knitting|fishing|hiking|camping"""
TOPICS: Final = tuple(topic.strip() for topic in _TOPICS.split("|"))
ABOUT: Final = (
    "Explain {a}.", "Tell me about {a}.", "What is {a}?", "How does {a} work?", "What do you think of {a}?",
    "Write a poem about {a}.", "Write a story about {a}.", "Give me five facts about {a}.",
    "Why is {a} important?",
    "Who invented {a}?", "Write an essay on {a}.", "What is the history of {a}?", "Do you like {a}?",
    "Summarise {a} for me.", "Tell me a joke about {a}.", "What is the best book about {a}?",
    "Teach me {a}.",
    "Describe {a}.", "When did {a} begin?", "What are the problems with {a}?",
    "Explain how {a} works in simple words.",
    "{a}", "{a}?", "I like {a}.", "Let's talk about {a}.", "Can you tell me more about {a}?",
    "Write a song about {a}.", "I want to learn about {a}.",
)  # fmt: skip
_COUNTRIES: Final = """
    Brazil Argentina Chile Peru Colombia Mexico Kenya Nigeria Ghana Ethiopia Morocco Algeria Tunisia
    Libya Sudan Uganda Tanzania Zambia Angola Namibia Botswana Somalia Senegal Mali Niger Chad Iran Iraq
    Syria Jordan Lebanon Israel Yemen Oman Qatar Kuwait Pakistan Nepal Bhutan Bangladesh Thailand Vietnam
    Laos Cambodia Malaysia Indonesia Philippines Australia Fiji Mongolia Kazakhstan Ukraine Romania Bulgaria
    Serbia Croatia Slovenia Slovakia Albania Estonia Latvia Lithuania Iceland Malta Cyprus Georgia Armenia
    Bolivia Paraguay Uruguay Ecuador Venezuela Panama Haiti Jamaica Guatemala Honduras Texas Switzerland
    Netherlands Korea Portugal Austria Poland Greece Sweden Norway Denmark Finland Ireland Hungary China
    Russia Egypt Canada Belgium Turkey India Cuba Atlantis Narnia
    Madagascar Mozambique Zimbabwe Rwanda Taiwan Singapore Myanmar Afghanistan Belarus Moldova Macedonia
    Kosovo Bosnia Montenegro Luxembourg Monaco Andorra Azerbaijan Uzbekistan Turkmenistan Kyrgyzstan
    Tajikistan Bahrain Nicaragua Guyana Suriname Belize Bahamas Barbados Trinidad Gambia Guinea Liberia Togo
    Benin Gabon Congo Burundi Malawi Lesotho Eritrea Djibouti Mauritius Mauritania Maldives Brunei Samoa
    Tonga Scotland Wales Bavaria Sicily California Ohio Alaska Quebec Greenland Wakanda Mordor Utopia"""
_LONG_COUNTRIES: Final = """
    the Netherlands|the United States|the USA|South Africa|South Korea|North Korea|New Zealand|Saudi Arabia|
    Sri Lanka|Costa Rica|the Czech Republic|the Philippines|El Salvador|Puerto Rico|Burkina Faso|
    the Dominican Republic|Sierra Leone|the Ivory Coast|Papua New Guinea|the European Union|Middle Earth"""
COUNTRIES: Final = (*_COUNTRIES.split(), *(name.strip() for name in _LONG_COUNTRIES.split("|")))
UNLISTED: Final = (
    "Palau", "Vanuatu", "Grenada", "Dominica", "Comoros", "Nauru", "Kiribati", "Tuvalu", "Seychelles",
    "Timor", "Micronesia", "Liechtenstein", "Gibraltar", "Bermuda", "Normandy",
)  # fmt: skip
"""Names that no training document has: only asked about in the evaluation."""
CODE: Final = (
    "Write a {l} program that {t}.", "How do I write {l} code that {t}?",
    "Give me a {l} function that {t}.",
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
    "sorts a list", "reads a file", "prints hello world", "opens a web page", "sends an email",
    "parses JSON",
    "finds primes", "reverses a string", "plays chess", "downloads a picture", "counts words",
    "makes a window",
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
    "the president of France", "the king of England", "the chancellor of Germany", "Barack Obama",
    "Elon Musk",
    "Albert Einstein", "Taylor Swift", "Lionel Messi", "the inventor of the telephone", "Leonardo da Vinci",
    "the first man on the moon", "Ada Lovelace", "Alan Turing", "Cleopatra", "Gandhi", "the pope",
    "Socrates",
)  # fmt: skip
PERSON: Final = (
    "Who is {a}?", "When was {a} born?", "How old is {a}?", "What did {a} do?",
    "Tell me something about {a}.",
    "Where does {a} live?", "Who was {a}?", "What is {a} famous for?", "Is {a} a good person?",
)  # fmt: skip
WHAT_IF: Final = (
    "What should I eat tonight?", "What day is it?", "What time is it now?", "Recommend a movie.",
    "Tell me a joke.",
    "Tell me a story.", "What is the meaning of life?", "Should I quit my job?",
    "Which phone should I buy?",
    "Can you browse the web?", "Open the file report.txt.", "What did I say yesterday?", "Sing a song.",
    "Do you have feelings?", "Are you conscious?", "Which is the best football team?", "Plan my trip.",
    "Write an email to my boss.", "Prove Fermat's last theorem.", "Integrate sin(x).", "Solve this riddle.",
    "What is the square root of 2?", "What is pi?", "What is log(100)?",
    "Prove that there are infinitely many primes.",
)  # fmt: skip

HARD: Final = (
    "What is the square root of {n}?", "sqrt({n})", "What is log({n})?", "What is sin({m})?", "cos({m})",
    "Integrate x^{d} + {m}.", "What is the integral of {m}x^{d}?", "{n}!",
    "Is {n} a prime number?",
    "Solve x^3 + {m}x = {n}", "What is {n} in binary?", "Convert {n} to hexadecimal.",
    "What is the limit of {m}/x?",
    "Factor {n} into primes.", "Solve x + y = {m}, x - y = {d}",
    "What is the area of a circle with radius {m}?",
    "How many prime numbers are below {n}?", "What is the standard deviation of {m}, {n} and {d}?",
)  # fmt: skip
# weight, wordings, and what the wordings' names stand for
KINDS: Final[tuple[tuple[int, tuple[str, ...], dict[str, Sequence[object]]], ...]] = (
    (30, ABOUT, {"a": TOPICS}),
    (80, CAPITAL_WORDS, {"a": COUNTRIES}),
    (9, CODE, {"l": LANGUAGES, "t": TASKS}),
    (9, TRANSLATE, {"p": PHRASES, "t": TONGUES}),
    (9, WEATHER, {"a": PLACES, "b": WHEN}),
    (15, PERSON, {"a": PEOPLE}),
    (6, WHAT_IF, {}),
    (8, HARD, {"n": range(2, 1000), "m": range(2, 41), "d": range(1, 7)}),
)
BABBLE: Final = 0.05
NEAR_SHARE: Final = 0.32
NOISE_SHARE: Final = 0.08
MADE_UP: Final = 0.35  # names nobody has heard of, since the unknown is what is to be declined


def beyond(rng: Random) -> str:
    """A question to be declined, now and then only babble."""
    mood = rng.random()
    if mood < NEAR_SHARE:
        return near(rng)
    if mood < NEAR_SHARE + NOISE_SHARE:
        return noise(rng)
    if rng.random() < BABBLE:
        return " ".join(trained_word(rng) for _ in range(rng.randint(1, 4)))
    _, words, names = rng.choices(KINDS, [kind[0] for kind in KINDS])[0]
    filled = {name: rng.choice(options) for name, options in names.items()}
    if "a" in filled and rng.random() < MADE_UP:
        filled["a"] = trained_word(rng).capitalize()
    return rng.choice(words).format(**filled)
