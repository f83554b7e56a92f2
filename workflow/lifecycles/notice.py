"""Notice 通知: drafted, signed off, issued with a number, served on the unit, answered, closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pydantic import Field

from models import Notice
from models.states import NoticeState as N
from models.states import Role
from workflow.acts import Act
from workflow.approvals.rights import OFFICE_SIGNERS
from workflow.facts import NoticeStanding
from workflow.law import Action, Details, Lifecycle, Reason, Telling
from workflow.notices import issued_columns, signed_columns
from workflow.permissions import answers_for, signatory
from workflow.standings import load_notices


class Reply(Details):
    """The unit's answer (反馈) to a notice."""

    text: str = Field(min_length=1, max_length=5000, examples=["已制定补救措施，预计7月15日前完成。"])


def of_the_office(standing: NoticeStanding) -> bool:
    """Supervisors, leaders and signatories of the office."""
    return standing.actor.in_office(*OFFICE_SIGNERS, Role.SIGNATORY)


def of_the_unit(standing: NoticeStanding) -> bool:
    return answers_for(standing, standing.notice.unit_id)


def about_notice(act: Act[NoticeStanding]) -> dict[str, object]:
    task = act.standing.task
    return {
        "task_id": task.id, "task_number": task.number, "task_name": task.name, "notice_id": act.subject_id,
        "notice_kind": act.standing.notice.kind, "reply_on": act.standing.reply_on.isoformat(), "reason": act.reason,
    }  # fmt: skip


def the_office(topic: str) -> Callable[[Act[NoticeStanding]], Iterator[Telling]]:
    def tell(act: Act[NoticeStanding]) -> Iterator[Telling]:
        yield Telling(topic, {"role": Role.SUPERVISOR, "office": True}, about_notice(act))

    return tell


def the_unit(topic: str) -> Callable[[Act[NoticeStanding]], Iterator[Telling]]:
    def tell(act: Act[NoticeStanding]) -> Iterator[Telling]:
        for role in (Role.OWNER, Role.LEADER):
            yield Telling(topic, {"role": role, "unit_id": act.standing.notice.unit_id}, about_notice(act))

    return tell


SERVED = [N.ISSUED, N.ACKNOWLEDGED, N.REPLIED]

NOTICE = Lifecycle(
    "notice",
    table=Notice,
    states=N,
    root=("task", "task_id"),
    load=load_notices,
    actions=[
        Action("sign_off", N.DRAFTED, to=N.SIGNED_OFF, may=signatory, sets=signed_columns,
               tells=[the_office("notice_signed_off")]),
        Action("send_back", N.SIGNED_OFF, to=N.DRAFTED, may=of_the_office, reason=Reason.REQUIRED,
               sets=lambda act: {"facts": None, "facts_sha256": None, "signed_off_at": None, "signed_off_by": None}),
        Action("issue", N.SIGNED_OFF, to=N.ISSUED, may=of_the_office, sets=issued_columns),
        Action("acknowledge", N.ISSUED, to=N.ACKNOWLEDGED, may=of_the_unit),
        Action("reply", N.ACKNOWLEDGED, to=N.REPLIED, may=of_the_unit, takes=Reply,
               sets=lambda act: {"reply": act.details.text}, tells=[the_office("notice_replied")]),
        Action("close", N.REPLIED, to=N.CLOSED, may=of_the_office),
        Action("discard", N.DRAFTED, to=N.VOIDED, may=of_the_office, reason=Reason.REQUIRED),
        Action("void", SERVED, to=N.VOIDED, may=of_the_office, reason=Reason.REQUIRED,
               tells=[the_unit("notice_voided")]),
    ],
)  # fmt: skip
