"""docs/approvals.md says what is so: its examples are played."""

from __future__ import annotations

import pytest

from tests.house.sources import text_of
from tests.workflow.approvals.ground import Ground
from tests.workflow.approvals.stories import Example, examples, play
from workflow.approvals.definitions import Definition

EXAMPLES = examples(text_of("docs/approvals.md"))


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.title for example in EXAMPLES])
def test_an_example_goes_as_it_is_told(ground: Ground, example: Example) -> None:
    play(ground, example)


def test_every_block_of_the_document_is_an_example() -> None:
    text = text_of("docs/approvals.md")
    assert len(EXAMPLES) == text.count("```yaml")
    assert len({example.title for example in EXAMPLES}) == len(EXAMPLES)


def test_every_mode_has_an_example() -> None:
    shown = {step.mode for e in EXAMPLES for step in Definition.model_validate(e.definition).steps}
    assert {str(mode) for mode in shown} == {"any", "all", "sequence", "vote"}


def test_a_story_that_goes_otherwise_is_noticed(ground: Ground) -> None:
    wrong = Example("", EXAMPLES[0].definition, [{"olga": "submit", "asked": ["nobody/there"]}])
    with pytest.raises(AssertionError, match="asked"):
        play(ground, wrong)
    refused = Example("", EXAMPLES[0].definition, [{"petra": "approve", "refused": "wrong_state"}])
    with pytest.raises(AssertionError, match="petra"):
        play(ground, refused)
