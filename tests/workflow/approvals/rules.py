"""The rules of approvals once more, in small: a second witness, written from the rules and not from the engine.

`Round` is one round of signatures. `refuses(move)` says whether the rules refuse a move, `follow(move)` takes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from tests.workflow.approvals.offices import OFFICE
from tests.workflow.approvals.rights import GONE, STILL, Move, Rights, Seat


class Round(Rights):
    """What the rules make of each move."""

    def follow(self, move: Move, day: date) -> None:
        getattr(self, f"_{move.action}")(move, day)

    def _approve(self, move: Move, day: date) -> None:
        self.sign(move.seat, move.who, self.right(move.who, self.seats[move.seat], day))
        self.go_on(day)

    def sign(self, n: int, who: str, for_: str | None) -> None:
        seat = self.seats[n]
        seat.state, seat.signer, seat.for_, self.decided = "signed", who, for_, True
        self.given.append(seat)
        if for_ != who:
            self.parties.add(who)

    def _oppose(self, move: Move, day: date) -> None:
        self.sign(move.seat, move.who, self.right(move.who, self.seats[move.seat], day))
        self.seats[move.seat].state = "opposed"
        self.go_on(day)

    def _return(self, move: Move, day: date) -> None:
        self._give_up(move, day)
        self.end("returned")
        if (move.resume or self.resumes[0]) == "straight_back":
            self.comes_back_to = self.seats[move.seat].step
            self.root_of_end = self.root(self.seats[move.seat])

    def root(self, seat: Seat) -> Seat:
        return seat if seat.on is None else self.root(self.seats[seat.on])

    def _give_up(self, move: Move, day: date) -> None:
        self.sign(move.seat, move.who, self.right(move.who, self.seats[move.seat], day))
        self.seats[move.seat].state = "returned"

    def _return_to_step(self, move: Move, day: date) -> None:
        old = self.seats[move.seat]
        to = next(s.step for s in self.live() if s.key == move.step)
        restart = (move.resume or self.resumes[0]) == "restart"
        last = old.step if restart else to
        again = [
            n for n, s in enumerate(self.seats) if s is old or (to <= s.step <= last and s.state not in GONE)
        ]
        self._give_up(move, day)
        for n in again:
            self.seats[n].state = "returned" if n == move.seat else "set_aside"
        made: dict[int, int] = {}
        for n in again:
            self.make_anew(n, made)
        for seat in self.live():
            seat.on = made[move.seat] if seat.on == move.seat else seat.on
        self.go_on(day)

    def make_anew(self, n: int, made: dict[int, int]) -> None:
        """The same seat once more, on the seat made for whose it hung on; on nothing that is gone."""
        old = self.seats[n]
        on = made.get(old.on, old.on) if old.on is not None else None
        if on is not None and self.seats[on].state in GONE:
            return
        made[n] = len(self.seats)
        anew = replace(
            old, state="waiting", on=on, person=old.lent_by or old.person, lent_by=None, opened=None, met=False,
            urged=None, signer=None, for_=None, passed=False, kept=False,
        )  # fmt: skip
        self.seats.append(anew)

    def _transfer(self, move: Move, day: date) -> None:
        self.hand(move, move.people[0], None)

    def _delegate(self, move: Move, day: date) -> None:
        self.hand(move, move.people[0], self.right(move.who, self.seats[move.seat], day))

    def _give_back(self, move: Move, day: date) -> None:
        self.hand(move, self.seats[move.seat].lent_by, None)

    _take_back = _give_back

    def hand(self, move: Move, to: str | None, lent_by: str | None) -> None:
        seat = self.seats[move.seat]
        self.parties |= {who for who in (to, seat.person, move.who) if who}
        seat.person, seat.lent_by = to, lent_by

    def _add_signers(self, move: Move, day: date) -> None:
        seat = self.seats[move.seat]
        if move.place == "before":
            seat.state = "waiting"
        for who in move.people:
            self.seats.append(Seat(seat.step, seat.key, seat.mode, person=who, turn=seat.turn, quorum=seat.quorum,
                                   on=move.seat, place=move.place, added_by=move.who))  # fmt: skip
        self.parties |= set(move.people)
        self.go_on(day)

    def _remove_signer(self, move: Move, day: date) -> None:
        gone = {move.seat}
        for n, seat in enumerate(self.seats):
            if seat.on in gone:
                gone.add(n)
        for n in gone:
            self.seats[n].state = "removed" if self.seats[n].state in STILL else self.seats[n].state
        self.go_on(day)

    def _urge(self, move: Move, day: date) -> None:
        self.seats[move.seat].urged = day

    def _copy(self, move: Move, day: date) -> None:
        self.parties |= set(move.people)

    _comment = _copy

    def meet(self, n: int, day: date) -> None:
        """The limit of a seat is over."""
        seat = self.seats[n]
        seat.met = True
        then = seat.limit[1] if seat.limit else "urge"
        if then == "pass":
            seat.state, seat.passed, self.decided = "signed", True, True
            self.go_on(day)
        elif then == "escalate":
            for who, unit in self.above(seat, day):
                given = replace(seat, person=who, unit=unit, lent_by=None)
                twice = (seat.unit is None or seat.mode == "vote") and self.sits(who, seat.step)
                barred = who in (self.opener, seat.person) or twice
                if not barred and self.right(who, given, day) == who:
                    seat.person, seat.unit, seat.lent_by = who, unit, None
                    self.parties.add(who)
                    return

    def above(self, seat: Seat, day: date) -> Iterator[tuple[str, str | None]]:
        if seat.unit is None:
            superior = self.office.superior(str(seat.person), day)
            yield from [(superior, None)] if superior else []
        else:
            yield from ((who, unit) for unit in (seat.unit, OFFICE) for who in self.office.leaders(unit, day))

    def withdraw(self) -> None:
        self.end("withdrawn")

    # Where it stands

    def due(self, seat: Seat) -> bool:
        """Whether it is a seat's turn within its step: nobody is to sign before it, nor before whose it hangs on."""
        return self.reached(seat) and all(
            self.done(each) for each in self.beside(seat) if each.place == "before"
        )

    def reached(self, seat: Seat) -> bool:
        if seat.on is None:
            earlier = (s for s in self.base(seat.step) if s.turn < seat.turn)
            return seat.mode != "sequence" or all(self.done(s) for s in earlier)
        of = self.seats[seat.on]
        if of.state in GONE:
            return False
        if seat.place == "before":
            return self.reached(of)
        return self.due(of) and (seat.place == "beside" or of.state == "signed")

    def go_on(self, day: date) -> None:
        """What lapses, opens or ends now; and what is signed already where nobody is asked twice in a row."""
        left = self.at
        self.advance(day)
        while self.carries_over and self.state == "open" and self.at > left:
            step = self.at
            while self.at == step and self.state == "open" and self.bring(left, day):
                self.advance(day)
            if self.at == step:
                return
            left = step

    def advance(self, day: date) -> None:
        for step in sorted({seat.step for seat in self.live() if seat.on is None}):
            if self.lost(step):
                self.end("returned")
                return
            waits = [seat for seat in self.live() if seat.step == step and seat.state in STILL]
            if not self.won(step):
                self.fresh = self.fresh if step == self.at else []
                self.at = step
                for seat in [seat for seat in waits if seat.state == "waiting" and self.due(seat)]:
                    seat.state, seat.opened = "open", day
                    self.fresh.append(seat)
                return
            for seat in waits:
                seat.state = "lapsed"
        self.end("approved")

    def bring(self, left: int, day: date) -> bool:
        """One signature from the step that was left to a seat that has opened since; False: no more of them."""
        signed = [s for s in self.given if s.step == left and s.state == "signed" and s.signer == s.for_]
        for who in dict.fromkeys(str(seat.signer) for seat in signed):
            units = {seat.unit for seat in signed if seat.signer == who}
            could = [seat for seat in self.fresh if seat.state == "open" and self.could_bring(who, seat, day)]
            for seat in [s for s in could if s.unit in units] + could:
                self.sign(self.seats.index(seat), who, who)
                self.carried.append(who)
                return True
        return False

    def could_bring(self, who: str, seat: Seat, day: date) -> bool:
        """Whether a seat is somebody's today, who has signed nothing in the step and sits nowhere else in it."""
        others = [each for each in self.live() if each.step == seat.step and each is not seat]
        twice = any(who in (each.person, each.lent_by, each.signer, each.for_) for each in others)
        return not twice and who != self.opener and seat.lent_by is None and self.has(who, who, seat, day)

    def end(self, state: str) -> None:
        self.state = state
        for seat in self.seats:
            seat.state = "lapsed" if seat.state in STILL else seat.state
