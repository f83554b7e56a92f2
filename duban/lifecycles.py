"""The law as a document: `python -m duban.lifecycles > docs/lifecycles.md` draws it from the tables themselves.

One diagram (Mermaid) and one table per lifecycle, with the words of the English and the Simplified catalogue.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import workflow.lifecycles  # noqa: F401  (declares the tables)
from workflow.law import LAWS, Action, Lifecycle
from workflow.words import catalogue

HEAD = """\
# Lifecycles

Everything with a life, as the tables in `workflow/lifecycles/` have it. Made by
`python -m duban.lifecycles > docs/lifecycles.md`; change the tables.

An arrow is an action that changes the state. *Who* may do it, what it *asks* of the facts and of what is handed in,
what it *takes* besides its name, whether it takes a written *reason*, whom it *tells* (kinds of letter), and what
*follows* in the same transaction (functions of the code). A dash in *to* keeps the state.
"""
COLUMNS = ("action", "from", "to", "who", "asks", "takes", "reason", "tells", "follows")
LANGUAGES = ("en", "zh-Hans")


def document() -> str:
    """The whole of docs/lifecycles.md as Markdown, ending in a newline."""
    return "\n".join([HEAD, *(f"{chapter(LAWS[kind])}" for kind in sorted(LAWS))])


def chapter(law: Lifecycle[Any]) -> str:
    """One lifecycle: its heading, diagram and table."""
    table = [_row(COLUMNS), _row(["---"] * len(COLUMNS))]
    table += [_row(_cells(law, action)) for action in law.actions.values()]
    return f"## {_both(f'kind.{law.kind}')}\n\n{diagram(law)}\n" + "".join(table)


def diagram(law: Lifecycle[Any]) -> str:
    """The states of a lifecycle and the actions between them, as a Mermaid state diagram."""
    lines = [f'    state "{_both(f"{law.kind}.state.{state}")}" as {state}' for state in law.states]
    lines.append(f"    [*] --> {first_state(law)}")
    lines += [
        f"    {a} --> {b} : {' / '.join(_both(f'{law.kind}.{n}') for n in names)}"
        for (a, b), names in _arrows(law)
    ]
    lines += [f"    {state} --> [*]" for state in last_states(law)]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```", ""])


def first_state(law: Lifecycle[Any]) -> str:
    """Where a life begins: the state that its enumeration names first."""
    return str(next(iter(law.states)))


def reachable(law: Lifecycle[Any]) -> set[str]:
    """Every state that actions lead to from the first one, itself included."""
    found, waiting = set(), [first_state(law)]
    while waiting:
        state = waiting.pop()
        if state not in found:
            found.add(state)
            waiting += [b for (a, b), _ in _arrows(law) if a == state]
    return found


def last_states(law: Lifecycle[Any]) -> list[str]:
    """Where a life may end: reachable states that no action leads out of."""
    left = {a for (a, _), _ in _arrows(law)}
    return [str(state) for state in law.states if state in reachable(law) - left]


def topics(action: Action[Any]) -> list[str]:
    """The kinds of letter that an action's row names: each of its tellers is made for one topic."""
    return [inspect.getclosurevars(teller).nonlocals["topic"] for teller in action.tells]


def who(law: Lifecycle[Any], action: Action[Any]) -> str:
    """The catalogue key of who may do it: the permission's name, said per kind where kinds differ."""
    name = action.may.__name__
    own = f"may.{law.kind}.{name}"
    return own if own in catalogue("en") else f"may.{name}"


def asked(action: Action[Any]) -> list[str]:
    """The catalogue keys of all that an action asks, of the facts and of its details."""
    questions: list[Callable[..., Any]] = [*action.needs, *action.checks]
    return [f"asks.{question.__name__}" for question in questions]


def _arrows(law: Lifecycle[Any]) -> Iterator[tuple[tuple[str, str], list[str]]]:
    arrows: dict[tuple[str, str], list[str]] = {}
    for action in law.actions.values():
        for source in action.sources:
            if action.to is not None:
                arrows.setdefault((str(source), str(action.to)), []).append(action.name)
    return iter(arrows.items())


def _cells(law: Lifecycle[Any], action: Action[Any]) -> list[str]:
    states = [_both(f"{law.kind}.state.{state}") for state in action.sources]
    return [
        f"`{action.name}` {_said(f'{law.kind}.{action.name}', 'zh-Hans')}",
        "<br>".join(states),
        _both(f"{law.kind}.state.{action.to}") if action.to is not None else "–",
        _lines(who(law, action)),
        "<br>".join(_lines(key) for key in asked(action)),
        _takes(action),
        _lines(f"reason.{action.reason}"),
        "<br>".join(f"`{topic}` {_said(f'topic.{topic}', 'zh-Hans')}" for topic in topics(action)),
        "<br>".join(f"`{effect.__name__}`" for effect in action.then),
    ]


def _takes(action: Action[Any]) -> str:
    if action.takes is None:
        return ""
    return ", ".join(f"`{name}`" for name in action.takes.model_fields)


def _row(cells: Any) -> str:
    return f"| {' | '.join(cells)} |\n"


def _both(key: str) -> str:
    return " ".join(_said(key, language) for language in LANGUAGES)


def _lines(key: str) -> str:
    return "<br>".join(_said(key, language) for language in LANGUAGES)


def _said(key: str, language: str) -> str:
    return catalogue(language)[key]


if __name__ == "__main__":
    print(document(), end="")
