"""The second witness of the law: what each action does in each state, written by hand from the specification.

A cell names the state that follows; `=` keeps the state; `.` is refused as the wrong moment. Nothing here is read
from the tables: where the two disagree, one of them is wrong.
"""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import workflow.lifecycles
from workflow.errors import UnknownAction, WrongState
from workflow.law import LAWS

for module in pkgutil.iter_modules(workflow.lifecycles.__path__):
    importlib.import_module(f"workflow.lifecycles.{module.name}")

MATRICES = {
    "plan": """
                             draft      active     discarded
        appoint              =          .          .
        define               =          .          .
        confirm              active     .          .
        open_item            .          =          .
        discard              discarded  .          .
        set_reporting        .          =          .
        set_work_plan_limit  =          =          .
    """,
    "finding": """
                  open       ruled
        rule      ruled      .
        reopen    .          open
    """,
    "task": """
                      assigned      acknowledged  in_progress   suspended     completed     closed        cancelled
        acknowledge   acknowledged  .             .             .             .             .             .
        start         .             in_progress   .             .             .             .             .
        suspend       .             suspended     suspended     .             .             .             .
        resume        .             .             .             in_progress   .             .             .
        complete      completed     completed     completed     completed     .             .             .
        close_out     .             .             .             .             closed        .             .
        reopen        .             .             .             .             in_progress   in_progress   .
        resume_work   .             .             .             .             in_progress   in_progress   .
        cancel        cancelled     cancelled     cancelled     cancelled     .             .             .
        draft_notice  =             =             =             =             =             .             .
        instruct      =             =             =             =             =             .             .
        propose_adjustment  =       =             =             =             =             .             .
        set_reporting =             =             =             =             .             .             .
        call_report   .             =             =             .             .             .             .
        raise_problem =             =             =             =             .             .             .
        define        =             =             =             =             =             .             .
    """,
    "part": """
                      assigned      acknowledged
        acknowledge   acknowledged  .
    """,
    "milestone": """
                           planned      in_progress  submitted    accepted     returned     waived
        start              in_progress  .            .            .            in_progress  .
        report             .            =            .            .            =            .
        attach             .            =            .            .            =            .
        detach             .            =            .            .            =            .
        draft_criteria     =            =            .            .            =            .
        tie                .            =            .            .            =            .
        correct            .            =            .            .            =            .
        break_down         =            =            .            .            =            .
        enter_items        .            =            .            .            =            .
        submit             .            submitted    .            .            submitted    .
        withdraw           .            .            in_progress  .            .            .
        accept             .            .            accepted     .            .            .
        return_for_rework  .            .            returned     .            .            .
        recall             .            .            in_progress  .            .            .
        waive              waived       waived       .            .            waived       .
        reopen             .            .            .            in_progress  .            in_progress
        redate             =            =            =            .            =            .
        follow_event       =            =            =            .            =            .
        request_extension  =            =            .            .            =            .
        request_waiver     =            =            .            .            =            .
        rule_shortfall     .            =            .            .            =            .
        carry_surplus      .            .            .            =            .            .
        raise_card         =            =            =            .            =            .
        follow_calendar    =            =            =            .            =            .
        call_attestation   .            .            .            =            .            .
        report_violation   .            .            .            =            .            .
    """,
    "criteria": """
                 drafted   approved  returned
        redraft  drafted   .         drafted
        approve  approved  .         .
        return   returned  .         .
        reopen   .         returned  .
    """,
    "attestation": """
                          due       attested  violated
        attest            attested  .         .
        report_violation  violated  violated  .
        follow_calendar   =         .         .
    """,
    "share": """
                           issued        acknowledged  in_progress  submitted    accepted     returned     waived
        acknowledge        acknowledged  .             .            .            .            .            .
        start              .             in_progress   .            .            .            in_progress  .
        report             .             .             =            .            .            =            .
        correct            .             .             =            .            .            =            .
        attach             .             .             =            .            .            =            .
        detach             .             .             =            .            .            =            .
        tie                .             .             =            =            =            =            .
        break_down         .             =             =            .            .            =            .
        enter_items        .             .             =            .            .            =            .
        submit             .             .             submitted    .            .            submitted    .
        withdraw           .             .             .            in_progress  .            .            .
        accept             .             .             .            accepted     .            .            .
        return_for_rework  .             .             .            returned     .            .            .
        amend              =             =             =            .            .            =            .
        waive              waived        waived        waived       waived       .            waived       .
        reopen             .             .             .            .            in_progress  .            in_progress
        raise_card         =             =             =            =            .            =            .
        follow_calendar    =             =             =            =            .            =            .
    """,
    "calendar_year": """
                     provisional  noticed
        enter        noticed      .
        correct      .            =
        be_followed  .            =
    """,
    "adjustment": """
                  proposed   approved   refused    withdrawn
        approve   approved   .          .          .
        refuse    refused    .          .          .
        withdraw  withdrawn  .          .          .
        lapse     withdrawn  .          .          .
        put_forward  =       .          .          .
    """,
    "extension": """
                  requested  granted    refused    withdrawn
        grant     granted    .          .          .
        refuse    refused    .          .          .
        withdraw  withdrawn  .          .          .
        lapse     withdrawn  .          .          .
    """,
    "waiver": """
                  requested  granted    refused    withdrawn
        grant     granted    .          .          .
        refuse    refused    .          .          .
        withdraw  withdrawn  .          .          .
        lapse     withdrawn  .          .          .
    """,
    "webhook": """
                 active     paused    disabled  ended
        amend    =          =         =         .
        rotate   =          =         =         .
        pause    paused     .         .         .
        resume   .          active    active    .
        disable  disabled   .         .         .
        end      ended      ended     ended     .
    """,
    "item": """
                 counted  struck
        strike   struck   .
        restore  .        counted
    """,
    "approval": """
                        open       approved   returned   withdrawn  voided
        approve         =          .          .          .          .
        return          returned   .          .          .          .
        conclude        approved   .          .          .          .
        withdraw        withdrawn  .          .          .          .
        void            voided     .          .          .          .
        oppose          =          .          .          .          .
        return_to_step  =          .          .          .          .
        transfer        =          .          .          .          .
        delegate        =          .          .          .          .
        give_back       =          .          .          .          .
        take_back       =          .          .          .          .
        add_signers     =          .          .          .          .
        remove_signer   =          .          .          .          .
        urge            =          .          .          .          .
        copy            =          =          =          =          =
        comment         =          =          =          =          =
        meet_limit      =          .          .          .          .
        lose            returned   .          .          .          .
        carry_over      =          .          .          .          .
        hand_over       =          .          .          .          .
    """,
    "card": """
                              raised        acknowledged  rectifying  verifying  lifted  appealed      revoked
        acknowledge           acknowledged  .             .           .          .       .             .
        rectify               .             rectifying    .           .          .       .             .
        request_verification  .             verifying     verifying   .          .       .             .
        appeal                appealed      appealed      .           .          .       .             .
        dismiss_appeal        .             .             .           .          .       acknowledged  .
        lift                  .             .             .           lifted     .       .             .
        revoke                revoked       revoked       revoked     revoked    .       revoked       .
    """,
    "notice": """
                     drafted     signed_off  issued        acknowledged  replied  closed  replaced  voided
        sign_off     signed_off  .           .             .             .        .       .         .
        send_back    .           drafted     .             .             .        .       .         .
        issue        .           issued      .             .             .        .       .         .
        acknowledge  .           .           acknowledged  .             .        .       .         .
        reply        .           .           .             replied       .        .       .         .
        close        .           .           .             .             closed   .       .         .
        discard      voided      .           .             .             .        .       .         .
        void         .           .           voided        voided        voided   .       .         .
    """,
    "instruction": """
                     issued        acknowledged  replied       closed
        acknowledge  acknowledged  .             .             .
        reply        replied       replied       .             .
        ask_again    .             .             acknowledged  .
        close        .             .             closed        .
        withdraw     closed        closed        .             .
    """,
    "event": """
                   pending  dated
        set_dates  dated    dated
        follow_calendar  =  .
    """,
    "work_plan": """
                  required    submitted  approved   returned
        submit    submitted   .          .          submitted
        approve   .           approved   .          .
        return    .           returned   .          .
        lapse     .           returned   .          .
        put_forward  .        =          .          .
        reopen    .           .          returned   .
        redate    =           .          .          =
        follow_calendar  =    .          .          =
    """,
    "report": """
                  due         filed
        file      filed       .
        redate    =           .
        follow_calendar  =    .
    """,
    "problem": """
                  raised      answered   settled
        answer    answered    .          .
        settle    .           settled    .
        reopen    .           raised     .
    """,
    "person": """
                       invited   active    departed
        issue_slip     =         =         .
        activate       active    active    .
        set_password   .         =         .
        lock           .         =         .
        unlock         .         =         .
        issue_token    .         =         .
        revoke_token   .         =         .
        make_feed      .         =         .
        revoke_feed    .         =         .
        run_job        .         =         .
        amend_contact  =         =         .
        amend          =         =         .
        grant          =         =         .
        end_grant      =         =         .
        announce_absence  =      =         .
        end_absence    =         =         =
        hand_over      =         =         =
        depart         departed  departed  .
        reinstate      .         .         invited
    """,
}


def _read(matrix: str) -> tuple[list[str], dict[str, list[str]]]:
    head, *rows = [line.split() for line in matrix.strip().splitlines()]
    return head, {row[0]: row[1:] for row in rows}


def _cells() -> list[tuple[str, str, str, str]]:
    return [
        (kind, action, state, cell)
        for kind, matrix in MATRICES.items()
        for states, rows in [_read(matrix)]
        for action, cells in rows.items()
        for state, cell in zip(states, cells, strict=True)
    ]


@pytest.mark.parametrize("kind", sorted(LAWS))
def test_the_witness_knows_every_state_and_action(kind: str) -> None:
    assert kind in MATRICES, "write its matrix from the specification"
    states, rows = _read(MATRICES[kind])
    assert states == [str(state) for state in LAWS[kind].states]
    assert set(rows) == set(LAWS[kind].actions)


@pytest.mark.parametrize(("kind", "action", "state", "cell"), _cells())
def test_the_law_agrees_with_the_witness(kind: str, action: str, state: str, cell: str) -> None:
    law = LAWS[kind]
    if cell == ".":
        with pytest.raises(WrongState):
            law.target(law.action(action), state)
        return
    assert law.target(law.action(action), state) == (state if cell == "=" else cell)


@pytest.mark.parametrize("kind", sorted(LAWS))
def test_what_no_row_names_is_no_action(kind: str) -> None:
    with pytest.raises(UnknownAction):
        LAWS[kind].action("dance")
