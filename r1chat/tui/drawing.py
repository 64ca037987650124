"""How the open chat draws its tokens: by the preset of its last reply, until another is chosen."""

import difflib
from dataclasses import dataclass

from r1chat.core.conversation import Conversation
from r1chat.core.presets import DEFAULT, RECOMMENDED, SETTINGS, Preset, following, named
from r1chat.core.presets import presets as all_presets
from r1chat.errors import UsageError


@dataclass
class Drawing:
    """The preset of the open chat, and what else there is."""

    presets: tuple[Preset, ...] = all_presets(DEFAULT)
    start: Preset = DEFAULT
    """That of a new chat."""
    preset: Preset = DEFAULT

    @property
    def fact(self) -> str:
        """What the status line says of it; empty for what is recommended."""
        return "" if self.preset.name == RECOMMENDED else f"draws {self.preset.name}"

    def offer(self, choices: tuple[Preset, ...]) -> None:
        """Take what the settings have now; a chat that is as new ones are stays so, others keep theirs."""
        fresh, start = self.preset == self.start, choices[1] if choices[1].name == SETTINGS else choices[0]
        self.presets, self.start = choices, start
        again = next((preset for preset in choices if preset.name == self.preset.name), self.preset)
        self.preset = start if fresh else again

    def recall(self, conversation: Conversation | None) -> None:
        """Draw as the last reply of a chat was drawn."""
        path = conversation.path() if conversation else ()
        drawn = [message.sampling for message in path if message.sampling]
        self.preset = named(drawn[-1], (self.start, *self.presets)) if drawn else self.start

    def choose(self, name: str) -> Preset:
        """Take the preset of that name; the next one where none is named. Raises UsageError."""
        if not name:
            self.preset = following(self.preset, self.presets)
            return self.preset
        names = [preset.name for preset in self.presets]
        for preset in self.presets:
            if preset.name.lower() == name.strip().lower():
                self.preset = preset
                return preset
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"Did you mean {close[0]}?" if close else f"There are {', '.join(names)}."
        raise UsageError(f"There is no preset “{name}”.", hint)
