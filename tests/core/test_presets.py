"""Presets: which there are, and what a reply was drawn with."""

from r1chat.core.conversation import Sampling
from r1chat.core.presets import CREATIVE, DEFAULT, PRECISE, RECOMMENDED, Preset, following, named, presets

SET = Preset("settings", 1.0, 0.8)


def test_the_settings_own_values_are_a_choice_where_they_differ_from_the_advice() -> None:
    assert presets(Preset("settings", 0.6, 0.95)) == (DEFAULT, PRECISE, CREATIVE)
    assert presets(SET) == (DEFAULT, SET, PRECISE, CREATIVE)


def test_an_own_preset_replaces_a_built_in_one_of_its_name() -> None:
    mine = Preset("precise", 0.1, 1.0)
    assert presets(SET, [mine]) == (DEFAULT, SET, mine, CREATIVE)


def test_a_reply_tells_its_preset_by_how_it_was_drawn() -> None:
    assert named(Sampling(temperature=0.5, top_p=0.9, seed=3), presets(SET)) == PRECISE
    assert named(Sampling(temperature=0.7, top_p=0.9, seed=3), presets(SET)).name == "0.7 / 0.9"


def test_walking_through_them_comes_back_to_the_first() -> None:
    choices = presets(SET)
    seen = [choices[0]]
    while (after := following(seen[-1], choices)) not in seen:
        seen.append(after)
    assert tuple(seen) == choices
    assert following(Preset("0.7 / 0.9", 0.7, 0.9), choices).name == RECOMMENDED
