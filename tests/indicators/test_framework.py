"""The framework of an index: a tree or an error, and the tree as arrays."""

from typing import Any

import numpy as np
import pytest

import xinzhi as xz
from xinzhi.errors import UsageError, XinzhiError
from xinzhi.indicators.framework import effective, nested

ROUNDING = 1e-15


def framework(parents: dict[str, str], dimensions: dict[str, str | None], **settings: Any) -> xz.Framework:
    return xz.Framework(
        indicators=[xz.Indicator(name=name, parent=parent) for name, parent in parents.items()],
        dimensions=[xz.Dimension(name=name, parent=parent) for name, parent in dimensions.items()],
        **settings,
    )


UNEVEN = framework(  # c hangs directly under the index, beside dimensions
    {"a": "one", "b": "one", "c": "index", "d": "deep"},
    {"index": None, "one": "index", "two": "index", "deep": "two"},
)


@pytest.mark.parametrize(
    ("parents", "dimensions", "found"),
    [
        ({"a": "x", "b": "y"}, {"x": "y", "y": "x"}, "a circle: x, y"),
        ({"a": "x"}, {"x": "x"}, "a circle: x"),
        ({"a": "inde"}, {"index": None}, "'a' has the parent 'inde', which is no dimension"),
        ({"a": "index", "b": "index"}, {"index": None, "one": "elsewhere"}, "'one' has the parent 'elsewhere'"),
        ({"a": "index", "b": "top"}, {"index": None, "top": None}, "found: index, top"),
        ({"a": "index"}, {"index": None, "one": "index"}, "without parts: one"),
        ({"index": "index"}, {"index": None}, "named twice: index"),
        ({"unit": "index", "a": "status"}, {"index": None, "status": "index"}, "of the result: status, unit"),
    ],
    ids=["circle", "its own parent", "orphan", "orphaned dimension", "two tops", "no parts", "name twice", "taken"],
)
def test_what_is_not_a_tree_is_refused_in_words(
    parents: dict[str, str], dimensions: dict[str, str | None], found: str
) -> None:
    with pytest.raises(UsageError) as caught:
        framework(parents, dimensions)
    assert caught.value.code == "XZ-260"
    assert found in caught.value.found


def test_an_indicator_twice_and_a_dimension_twice_are_refused() -> None:
    a = xz.Indicator(name="a", parent="index")
    top = xz.Dimension(name="index")
    for indicators, dimensions, twice in (([a, a], [top], "a"), ([a], [top, top], "index")):
        with pytest.raises(UsageError, match=f"named twice: {twice}"):
            xz.Framework(indicators=indicators, dimensions=dimensions)


def test_all_complaints_come_together() -> None:
    with pytest.raises(UsageError) as caught:
        framework({"a": "index", "b": "indx"}, {"index": None, "empty": "index"})
    assert "indx" in caught.value.found
    assert "did you mean 'index'?" in caught.value.found
    assert "without parts: empty" in caught.value.found


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"direction": "interval", "best": 3.0}, "an interval needs best"),
        ({"direction": "target"}, "a target needs best"),
        ({"direction": "interval", "best": (3.0, 2.0)}, "low <= high"),
        ({"weight": -1.0}, "at least 0"),
        ({"name": ""}, "at least 1 letters"),
        ({"directoin": "cost"}, "did you mean 'direction'?"),
    ],
)
def test_settings_of_an_indicator_are_checked(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(XinzhiError) as caught:
        xz.Indicator(**{"name": "a", "parent": "index", **settings})
    assert words in caught.value.found


def test_children_come_before_their_parents_and_the_index_last() -> None:
    tree = UNEVEN.tree
    assert tree.indicators == ("a", "b", "c", "d")
    assert tree.groups == ("deep", "one", "two", "index")
    assert [tree.names[p] if p >= 0 else None for p in tree.parent] == [
        *("one", "one", "index", "deep"),
        *("two", "index", "index", None),
    ]
    assert [[tree.names[part] for part in parts] for parts in tree.children] == [
        ["d"],
        ["a", "b"],
        ["deep"],
        ["c", "one", "two"],
    ]
    assert tree.level.tolist() == [2, 2, 3, 4]
    assert tree.below.astype(int).tolist() == [[0, 0, 0, 1], [1, 1, 0, 0], [0, 0, 0, 1], [1, 1, 1, 1]]


def test_the_order_of_dimensions_does_not_change_who_belongs_to_whom() -> None:
    other = xz.Framework(indicators=UNEVEN.indicators, dimensions=UNEVEN.dimensions[::-1])
    below = {name: row.tolist() for name, row in zip(UNEVEN.tree.groups, UNEVEN.tree.below, strict=True)}
    assert below == {name: row.tolist() for name, row in zip(other.tree.groups, other.tree.below, strict=True)}


def test_keeping_some_indicators_takes_empty_dimensions_away() -> None:
    tree = UNEVEN.tree.keeping(np.array([True, False, True, False]))
    assert tree.names == ("a", "c", "one", "index")
    assert tree.parent.tolist() == [2, 3, 3, -1]


def test_weights_among_siblings_multiply_down_the_tree() -> None:
    weights = np.array([[0.25, 0.75, 0.5, 1.0, 1.0, 0.3, 0.2, 1.0]])  # a b c d, deep one two index
    whole = effective(UNEVEN.tree, weights)[0]
    np.testing.assert_allclose(whole[-1], [0.3 * 0.25, 0.3 * 0.75, 0.5, 0.2], rtol=ROUNDING)
    np.testing.assert_allclose(whole.sum(axis=1), 1.0, rtol=ROUNDING)


def test_weights_in_the_whole_and_among_siblings_are_each_others_inverse() -> None:
    flat = np.random.default_rng(1).dirichlet(np.ones(4), size=3)
    np.testing.assert_allclose(effective(UNEVEN.tree, nested(UNEVEN.tree, flat))[:, -1], flat, rtol=1e-14)


def test_parts_of_a_dimension_without_weight_count_equally() -> None:
    weights = nested(UNEVEN.tree, np.array([[0.0, 0.0, 1.0, 0.0]]))[0]
    assert weights[:2].tolist() == [0.5, 0.5]
    assert weights[[2, 5, 6]].tolist() == [1.0, 0.0, 0.0]


def test_titles_speak_the_readers_language() -> None:
    title = {"en": "Patents", "zh": "专利"}
    made = xz.Framework(
        indicators=[xz.Indicator(name="a", parent="index", title=title)], dimensions=[xz.Dimension(name="index")]
    )
    assert str(made.title("a")) == "Patents"
    assert str(made.title("index")) == "index"


def test_a_copy_has_a_tree_of_its_own() -> None:
    assert UNEVEN.indicator("a").weight is None
    new = tuple(i.model_copy(update={"weight": 2.0}) for i in UNEVEN.indicators)
    assert UNEVEN.model_copy(update={"indicators": new}).tree.given[:4].tolist() == [2.0] * 4
    assert UNEVEN.model_copy(update={"indicators": new}).indicator("a").weight == 2.0
    with pytest.raises(UsageError, match="XZ-260"):
        UNEVEN.model_copy(update={"indicators": new[:3]})  # nothing is left under one dimension


def test_a_framework_survives_being_written_down() -> None:
    assert xz.Framework.model_validate_json(UNEVEN.model_dump_json()) == UNEVEN
