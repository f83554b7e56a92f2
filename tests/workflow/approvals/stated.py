"""Definitions at random, each one that the schema takes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from models.states import AtLimit, IndicatorKind, Purpose, Role, StepMode
from workflow.approvals.definitions import Definition, Of, OwnSubmission, Resume, SamePerson, WhenEmpty

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,11}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
"""Logins and codes are texts of any kind: `no`, `1`, `- a: *b` and `null` among them."""
HARD = st.sampled_from(
    ["no", "on", "1", "007", "0x1f", "1_000", "null", "~", "- a", "a: b", "&x", "*x", "!t", "'", '"', "#", "2022-01-01",
     " "]
)  # fmt: skip
NUMBERS = st.decimals(-1000, 10**12, places=3, allow_nan=False, allow_infinity=False)


def some(draw: Any, strategy: st.SearchStrategy[Any]) -> dict[str, Any]:
    """The fields of a mapping that are given at all."""
    return {name: value for name, value in draw(strategy).items() if value is not None}


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def conditions(draw: Any) -> dict[str, Any]:
    return some(
        draw,
        st.fixed_dictionaries(
            {
                "programmes": maybe(st.lists(st.integers(1, 4), max_size=3)),
                "joint_units_at_least": maybe(st.integers(0, 4)),
                "quantity_at_least": maybe(NUMBERS | st.integers(0, 4).map(Decimal)),
                "quantity_below": maybe(NUMBERS | st.integers(0, 4).map(Decimal)),
            }
        ),
    )


def limits() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"days": st.integers(1, 250), "then": st.sampled_from(list(AtLimit))})


def votes() -> st.SearchStrategy[dict[str, Any]]:
    ratios = st.tuples(st.integers(1, 9), st.integers(9, 99)).map(
        lambda pair: {"ratio": f"{pair[0]}/{pair[1]}"}
    )
    return ratios | st.integers(1, 200).map(lambda count: {"count": count})


@st.composite
def whose(draw: Any, before: Sequence[str]) -> dict[str, Any]:
    """Who signs: in one of the four ways."""
    way = draw(st.sampled_from(["role", "role", "people", "group", "superior_of"]))
    if way == "role":
        return {"role": draw(st.sampled_from(list(Role))), "of": draw(st.sampled_from(list(Of)))}
    if way == "people":
        return {"people": draw(st.lists(TEXTS | HARD, min_size=1, max_size=4))}
    if way == "group":
        return {"group": draw(NAMES)}
    return {"superior_of": draw(st.sampled_from(["submitter", *before]))}


@st.composite
def steps(draw: Any, key: str, before: Sequence[str]) -> dict[str, Any]:
    mode = draw(st.sampled_from(list(StepMode)))
    more = {
        "when_empty": maybe(st.sampled_from(list(WhenEmpty))), "limit": maybe(limits()), "only_if": maybe(conditions()),
        "confirm_above": maybe(st.integers(1, 500)),
    }  # fmt: skip
    vote = {"vote": draw(votes())} if mode is StepMode.VOTE else {}
    return {
        "key": key,
        "mode": mode,
        **vote,
        **draw(whose(before)),
        **some(draw, st.fixed_dictionaries(more)),
    }


@st.composite
def scopes(draw: Any) -> dict[str, Any]:
    plan = draw(maybe(TEXTS | HARD))
    inner = {"kind": maybe(st.sampled_from(list(IndicatorKind)))}
    if plan is not None:
        inner |= {"programme": maybe(st.integers(1, 99)), "task": maybe(st.integers(1, 99))}
    return some(draw, st.fixed_dictionaries({"plan": st.just(plan), **inner}))


@st.composite
def definitions(draw: Any, purposes: Sequence[Purpose] = tuple(Purpose)) -> Definition:
    keys = draw(st.lists(NAMES.filter(lambda name: name != "submitter"), min_size=1, max_size=5, unique=True))
    returns = {
        "to_steps": st.booleans(),
        "resume": st.lists(st.sampled_from(list(Resume)), min_size=1, max_size=2, unique=True),
    }
    caps = {"times": maybe(st.integers(1, 20)), "days": maybe(st.integers(1, 1000))}
    body = {
        "key": draw(NAMES),
        "purpose": draw(st.sampled_from(list(purposes))),
        "holds_for": draw(scopes()),
        "own_submission": draw(st.sampled_from(list(OwnSubmission))),
        "same_person": draw(st.sampled_from(list(SamePerson))),
        "returns": draw(st.fixed_dictionaries(returns)),
        "caps": draw(maybe(st.fixed_dictionaries(caps))),
        "steps": [draw(steps(key, keys[:n])) for n, key in enumerate(keys)],
    }
    return Definition.model_validate(body)
