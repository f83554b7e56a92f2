"""Cards of shares over HTTP: they name the share and its unit, and no other district finds them."""

from __future__ import annotations

from schedules.watch import raise_cards
from tests.api.desks import Desks
from tests.people import Cast
from tests.workflow.scan.clockwork import morning
from tests.workflow.scan.districts import break_down
from workflow.bootstrap import Services


def test_a_card_names_its_share_and_whose_it_is(desks: Desks, services: Services, cast: Cast) -> None:
    own = break_down(services, cast, ["崇明", "金山"])["金山"]
    raise_cards(services, morning(2022, 12, 21))
    found = desks.rashid.get("/cards", params={"share": own.share}).json()["items"]
    assert [(card["colour"], card["unit"]["name"]) for card in found] == [
        ("yellow", "金山区机管局"), ("red", "金山区机管局"),
    ]  # fmt: skip
    share = {"id": own.share, "text": "完成20家能源审计", "due_on": "2022-11-30"}
    assert [card["share"] for card in found] == [share, share]
    assert desks.rashid.get(f"/cards/{found[0]['id']}").json()["share"] == share


def test_a_card_of_the_milestone_names_no_share(desks: Desks, services: Services, cast: Cast) -> None:
    raise_cards(services, morning(2023, 1, 3))
    (card,) = desks.rashid.get("/cards").json()["items"]
    assert card["share"] is None


def test_another_unit_finds_neither_card_nor_notice(desks: Desks, services: Services, cast: Cast) -> None:
    break_down(services, cast, ["崇明"])
    raise_cards(services, morning(2022, 12, 21))
    for noun, count in (("cards", 2), ("notices", 1)):
        ids = [item["id"] for item in desks.jun.get(f"/{noun}").json()["items"]]
        assert len(ids) == count
        assert desks.petra.get(f"/{noun}").json()["items"] == []
        assert {desks.petra.get(f"/{noun}/{id}").status_code for id in ids} == {404}
