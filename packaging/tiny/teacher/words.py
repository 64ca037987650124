"""Real words and pronounceable invented ones, to spell and to count letters in."""

from random import Random
from typing import Final

_LISTED: Final = """
    strawberry raspberry blueberry banana apple orange cherry lemon melon peach pear plum grape
    mango papaya coconut tomato potato carrot onion garlic pepper cabbage lettuce spinach broccoli
    bread butter cheese cookie biscuit pancake waffle sandwich pizza noodle dinner breakfast lunch
    kitchen bottle glass plate spoon fork knife table chair window door garden flower forest tree
    river mountain valley ocean island desert beach village city street bridge tower castle palace
    house cottage building hospital school university library museum theater station airport harbor
    airplane rocket bicycle motorcycle tractor train wagon ship boat anchor engine wheel
    elephant giraffe zebra lion tiger panther leopard monkey gorilla kangaroo rabbit squirrel
    hedgehog butterfly dragonfly mosquito spider beetle cricket grasshopper dolphin whale shark
    octopus salmon penguin ostrich parrot pigeon sparrow eagle falcon chicken rooster goose turkey
    horse donkey cattle sheep goat camel buffalo reindeer hamster kitten puppy turtle crocodile
    lizard snake frog dinosaur dragon unicorn wizard witch knight princess emperor soldier teacher
    student doctor nurse lawyer farmer baker butcher painter singer dancer actor writer reporter
    engineer scientist professor president minister secretary captain sailor pilot driver
    mother father sister brother daughter grandmother grandfather cousin uncle neighbor friend
    computer keyboard monitor printer camera telephone television radio internet website program
    algorithm variable function number letter sentence paragraph chapter dictionary encyclopedia
    alphabet grammar language question answer problem solution mystery secret message newspaper
    magazine pencil paper eraser ruler scissors hammer screwdriver ladder bucket shovel needle
    thread button zipper pocket jacket trousers sweater mittens scarf shoes stocking umbrella
    mirror candle lantern blanket pillow mattress curtain carpet cupboard drawer basket suitcase
    morning evening midnight yesterday tomorrow monday tuesday wednesday thursday friday saturday
    sunday january february march april june july august september october november december
    spring summer autumn winter weather thunder lightning rainbow snowflake blizzard hurricane
    tornado earthquake volcano glacier planet galaxy universe telescope satellite astronaut gravity
    energy electricity magnet battery metal silver copper bronze diamond emerald crystal marble
    cotton leather plastic rubber concrete chocolate vanilla caramel cinnamon honey sugar pepper
    coffee lemonade yogurt cereal mushroom pumpkin cucumber avocado pineapple apricot walnut almond
    football baseball basketball volleyball tennis hockey swimming running climbing dancing music
    guitar piano violin trumpet trombone saxophone drummer orchestra concert melody rhythm
    happiness sadness laughter anger courage freedom justice wisdom knowledge memory imagination
    adventure journey holiday vacation birthday wedding festival celebration present surprise
    beautiful wonderful terrible horrible possible impossible important different difficult
    dangerous delicious generous curious nervous serious obvious famous ancient modern simple
    complex bright colorful purple yellow crimson turquoise fifteen twenty hundred thousand million
    success address business committee occurrence parallel necessary accommodate embarrass
    mississippi tennessee massachusetts california florida london paris berlin madrid vienna
    assess bookkeeper balloon coffee letter little middle pebble rabbit ribbon soccer summit
    tattoo trigger village witness yellow bubble hidden follow sudden common manner zigzag
    reason thinking model token layer weight neuron matrix vector temperature sample prompt"""
COMMON: Final = tuple(_LISTED.split())
_ONSETS: Final = (
    "b c d f g h j k l m n p r s t v w z bl br ch cl cr dr fl fr gl gr pl pr qu sh sk sl sm sn sp "
    "st str th tr tw wh"
)
ONSETS: Final = _ONSETS.split()
_VOWELS: Final = "a e i o u a e i o a e ee oo ai ea ou y io"
VOWELS: Final = _VOWELS.split()
_CODAS: Final = "n r s t l m d k p ck ll ss nd nt st rt rr tt pp mp x ng b g"
CODAS: Final = _CODAS.split()


def invented(rng: Random) -> str:
    """A word that does not exist but can be read aloud, 3 to 12 letters."""
    text = ""
    for _ in range(rng.choice((1, 2, 2, 3, 3, 4))):
        text += rng.choice(ONSETS) if rng.random() < 0.9 else ""
        text += rng.choice(VOWELS)
        text += rng.choice(CODAS) if rng.random() < 0.5 else ""
    return text[:12] if len(text) > 2 else text + "rin"


def scrambled(rng: Random) -> str:
    """Random letters, so that spelling does not lean on what words look like."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return "".join(rng.choice(letters) for _ in range(rng.randint(3, 9)))


def word(rng: Random) -> str:
    """A real word, an invented one, or random letters."""
    mood = rng.random()
    if mood < 0.5:
        return rng.choice(COMMON)
    return invented(rng) if mood < 0.9 else scrambled(rng)
