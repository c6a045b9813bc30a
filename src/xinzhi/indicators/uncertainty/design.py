"""Which slots of an index are drawn, and what is drawn for them.

Uniform numbers in [0, 1) -> choices: the place of an option by equal slices, or a number between two others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from xinzhi.errors import UsageError
from xinzhi.indicators.setting_words import NAMES, value_words
from xinzhi.indicators.slots import Factor, OneOf, factors, settled
from xinzhi.indicators.stage import Step
from xinzhi.indicators.system import IndexSystem
from xinzhi.language import Text, enumerated, say
from xinzhi.panel.panel import Bools, Floats, Ints

SETTINGS = NAMES | {"over": say("rows of reference"), "levels": say("level"), "special": say("rule of")}
"""What a setting with a slot is called; ``by`` and ``indicator`` are the step itself."""
ITSELF = ("by", "indicator")
OPTIONS = {"pooled": say("all years"), "year": say("each year")}
"""Options that are one word and mean something else in other settings."""


@dataclass(frozen=True)
class Design:
    """The k slots of an index, in the order of its steps.

    ``factors``: paths begin with "steps" and the place of a step.
    """

    system: IndexSystem
    factors: tuple[Factor, ...]

    @classmethod
    def of(cls, system: IndexSystem, *, where: str) -> "Design":
        """Return the slots of an index; XZ-269 where it has none."""
        found = tuple(factors(system))
        if not found:
            raise UsageError("XZ-269", say("no step has a slot"), where=where)
        return cls(system, found)

    @cached_property
    def step(self) -> Ints:
        """Return the place of the step of each slot, (k,), never falling."""
        return np.array([factor.path[1] for factor in self.factors], dtype=np.int64)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Return a name for each slot, k different ones, such as ``normalise_by``."""
        found: list[str] = []
        for factor in self.factors:
            form, rest = self._step(factor).form, [str(part) for part in factor.path[2:]]
            name = "_".join([form, *rest])
            found.append(name if name not in found else "_".join([form, str(factor.path[1]), *rest]))
        return tuple(found)

    @cached_property
    def outer(self) -> Ints:
        """Return the slot in an option of which each slot lies, (k,); -1: in none."""
        place = {factor.path: k for k, factor in enumerate(self.factors)}
        inside = [[place[f.path[:d]] for d in range(len(f.path)) if f.path[:d] in place] for f in self.factors]
        return np.array([those[-1] if those else -1 for those in inside], dtype=np.int64)

    def choices(self, uniform: Floats) -> Floats:
        """Return what (r, k) uniform numbers draw: places of options, numbers; 0 where the slot is not in use."""
        drawn = np.empty(uniform.shape)
        for k, factor in enumerate(self.factors):
            slot, u = factor.slot, uniform[:, k]
            if isinstance(slot, OneOf):
                drawn[:, k] = np.floor(u * len(slot.options))
            else:
                number = slot.low + u * (slot.high - slot.low)
                drawn[:, k] = np.floor(number) if factor.whole else number
        return np.where(self.used(drawn), drawn, 0.0)

    def used(self, choices: Floats) -> Bools:
        """Return which slots are in use in each run, (r, k): those inside an option only where it is drawn."""
        out = np.ones(choices.shape, dtype=bool)
        for k, outer in enumerate(self.outer.tolist()):
            if outer >= 0:
                option = self.factors[k].path[len(self.factors[outer].path)]
                out[:, k] = out[:, outer] & (choices[:, outer] == option)
        return out

    def chooser(self, choices: Floats) -> Callable[[Factor], Any]:
        """Return the function that settles an index by the (k,) choices of a run."""
        place = {factor.path: k for k, factor in enumerate(self.factors)}
        return lambda factor: choices[place[factor.path]]

    def settled(self, choices: Floats) -> IndexSystem:
        """Return the index of a run of (k,) choices."""
        system: IndexSystem = settled(self.system, self.chooser(choices))
        return system

    def settled_step(self, place: int, choices: Floats) -> Step:
        """Return a step of a run of (k,) choices."""
        step: Step = settled(self.system.steps[place], self.chooser(choices), ("steps", place))
        return step

    def title(self, k: int) -> Text:
        """Return a slot in words: its step and setting, and the option that it lies in."""
        factor, parts = self.factors[k], list[str]()
        step, outer = self._step(factor), int(self.outer[k])
        if outer >= 0:
            here = self.factors[outer]
            option = factor.path[len(here.path)]
            assert isinstance(here.slot, OneOf)
            parts = [self.title(outer), getattr(here.slot.options[int(option)], "called", self.option(outer, option))]
            rest = factor.path[len(here.path) + 1 :]
        else:
            parts, rest = [step.called], factor.path[2:]
        names = [
            say("number {number}", number=part + 1)
            if isinstance(part, int)
            else SETTINGS.get(part) or self.system.framework.title(part)
            for part in rest
            if part not in ITSELF
        ]
        return (
            say("{step}: {setting}", step=enumerated(parts), setting=enumerated(names)) if names else enumerated(parts)
        )

    def option(self, k: int, choice: float | str) -> Text:
        """Return what a choice of a slot is in words."""
        slot = self.factors[k].slot
        option = slot.options[int(choice)] if isinstance(slot, OneOf) else float(choice)
        if isinstance(option, str):
            framework = self.system.framework
            known = option in framework.tree.indicators
            return OPTIONS.get(option) or (framework.title(option) if known else value_words(option))
        return value_words(option)

    def combination(self, choices: Floats, of: Bools | None = None) -> Text:
        """Return the (k,) choices of a run in words, of the slots in use, or of some (k,)."""
        used = self.used(choices[None])[0] if of is None else of
        words = [
            say("{factor} = {option}", factor=self.title(k), option=self.option(k, choices[k]))
            for k in range(used.size)
            if used[k]
        ]
        return enumerated(words)

    def _step(self, factor: Factor) -> Step:
        place = factor.path[1]
        assert isinstance(place, int)
        return self.system.steps[place]
