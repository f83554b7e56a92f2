"""Who may do what in an approval, by the rules once more: half of the second witness (`rules.py` has the rest).

Nothing here reads a table or imports the engine; people and units are names, a seat is a place in a list.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from tests.workflow.approvals.offices import JOINT, LEAD, OFFICE, Grant, Office

GONE = ("removed", "set_aside", "returned")
STILL = ("waiting", "open")


@dataclass(frozen=True)
class Move:
    who: str
    action: str
    seat: int = -1
    """Its place in the round's list."""
    people: tuple[str, ...] = ()
    place: str = ""
    step: str = ""
    resume: str | None = None


@dataclass(eq=False)
class Seat:
    """One place to sign: of a role in a unit, or of a person (of that unit, where one is named)."""

    step: int
    key: str
    mode: str
    role: str | None = None
    unit: str | None = None
    person: str | None = None
    turn: int = 0
    quorum: int = 0
    state: str = "waiting"
    on: int | None = None
    """Of an added signer: whose seat it hangs on."""
    place: str = ""
    added_by: str | None = None
    lent_by: str | None = None
    limit: tuple[int, str] | None = None
    opened: date | None = None
    met: bool = False
    urged: date | None = None
    signer: str | None = None
    for_: str | None = None
    passed: bool = False
    """Its limit passed in silence."""
    kept: bool = False
    """Its signature was given in the round before."""

    @property
    def accepts(self) -> bool:
        return (self.role, self.unit) == ("supervisor", OFFICE)


@dataclass(eq=False)
class Rights:
    """A round of signatures, and who may do what in it."""

    office: Office
    opener: str
    opened: date
    carries_over: bool
    resumes: tuple[str, ...]
    to_steps: bool
    seats: list[Seat] = field(default_factory=list)
    parties: set[str] = field(default_factory=set)
    state: str = "open"
    comes_back_to: int | None = None
    """The step to which the next round comes straight back."""
    root_of_end: Seat | None = None
    """Whoever returned it, or who had added them."""
    decided: bool = False
    """Whether anybody has decided in this very round."""
    at: int = 0
    """The step that it stands at."""
    fresh: list[Seat] = field(default_factory=list)
    """Those of that step that have opened since it came there."""
    given: list[Seat] = field(default_factory=list)
    """Those that were decided by somebody in this very round, in order."""
    carried: list[str] = field(default_factory=list)
    """Whose signatures were carried over, in order."""

    # How far it is

    def live(self) -> list[Seat]:
        return [seat for seat in self.seats if seat.state not in GONE]

    def base(self, step: int) -> list[Seat]:
        return [seat for seat in self.live() if seat.step == step and seat.on is None]

    def beside(self, seat: Seat) -> list[Seat]:
        """Those that were added to a seat."""
        n = self.seats.index(seat)
        return [each for each in self.live() if each.on == n]

    def done(self, seat: Seat) -> bool:
        return seat.state == "signed" and all(self.done(each) for each in self.beside(seat))

    def against(self, seat: Seat) -> bool:
        return seat.state == "opposed" or any(self.against(each) for each in self.beside(seat))

    def won(self, step: int) -> bool:
        seats = self.base(step)
        done = sum(self.done(seat) for seat in seats)
        wanted = {"any": 1, "all": len(seats), "sequence": len(seats), "vote": seats[0].quorum}[seats[0].mode]
        return done >= wanted

    def lost(self, step: int) -> bool:
        seats = self.base(step)
        return seats[0].mode == "vote" and sum(not self.against(seat) for seat in seats) < seats[0].quorum

    # Who may sign what

    def right(self, who: str, seat: Seat, day: date) -> str | None:
        """In whose right somebody may sign a seat: their own, an absent person's, or nobody's."""
        if seat.lent_by is not None or seat.state == "removed":
            return None
        stands_for = [who, *self.office.absent(who, day)]
        if who == self.opener:
            return None
        return next(
            (each for each in stands_for if each != self.opener and self.has(each, who, seat, day)), None
        )

    def has(self, who: str, actor: str, seat: Seat, day: date) -> bool:
        if seat.person is not None and seat.person != who:
            return False
        if seat.person is not None or seat.accepts:
            return self.suits(who, actor, seat, day)
        return self.office.holds(who, seat.role, seat.unit, day)

    def suits(self, who: str, actor: str, seat: Seat, day: date) -> bool:
        """Whether a seat could be somebody's. The supervisor is not the supervised."""
        if not seat.accepts:
            return self.office.serves(who, seat.unit, day)
        supervised = any(self.office.serves(each, LEAD, day) for each in (who, actor))
        return not (supervised or self.stood_in(actor)) and any(
            self.office.holds(who, role, OFFICE, day) for role in ("supervisor", "leader")
        )

    def stood_in(self, actor: str) -> bool:
        """Whether somebody has decided in another's stead, but for acceptance: two eyes, not four."""
        return any(s.signer == actor and s.for_ != actor and not s.accepts for s in self.seats)

    def own(self, move: Move, day: date) -> Seat | None:
        """The seat that is named, where it is the mover's to sign now."""
        seat = self.seats[move.seat]
        return seat if seat.state == "open" and self.right(move.who, seat, day) else None

    def oversees(self, who: str, day: date) -> bool:
        holds = self.office.holds(who, "supervisor", OFFICE, day)
        return holds and who != self.opener and not self.office.serves(who, LEAD, day)

    def signs(self, who: str, day: date) -> bool:
        return any(self.right(who, seat, day) for seat in self.seats)

    def lent(self, who: str, day: date, side: str) -> list[Seat]:
        """Seats that somebody lent, or was lent."""
        names = {who, *self.office.absent(who, day)} if side == "lent_by" else {who}
        return [s for s in self.seats if s.lent_by and s.state == "open" and self.state == "open"
                and (s.lent_by if side == "lent_by" else s.person) in names]  # fmt: skip

    def sees(self, who: str, day: date) -> bool:
        held = self.office.held(who, day)
        if any(grant.unit in (LEAD, *JOINT) or _sees_all(grant) for grant in held) or who in self.parties:
            return True
        absent = list(self.office.absent(who, day))
        waits = [s for s in self.seats if s.state in STILL]
        return any(s.person in absent or any(s.role and self.office.holds(a, s.role, s.unit, day) for a in absent)
                   for s in waits)  # fmt: skip

    # What the rules refuse

    def refuses(self, move: Move, day: date, working_day: date) -> str | None:
        """Why a move is refused; None: it is taken. `working_day`: today, or the last one before."""
        if not self.sees(move.who, day):
            return "unseen"
        if move.action in ("copy", "comment"):
            return None if self.takes_part(move.who, day) else "no part in it"
        if self.state != "open":
            return "over"
        if move.action == "urge":
            return self.refuses_urging(move, day, working_day)
        if move.action in ("give_back", "take_back"):
            side = "person" if move.action == "give_back" else "lent_by"
            return None if self.seats[move.seat] in self.lent(move.who, day, side) else "not lent"
        if move.action == "remove_signer":
            return self.refuses_removal(move, day)
        if (
            move.action == "transfer"
            and self.oversees(move.who, day)
            and self.seats[move.seat].state in STILL
        ):
            return self.refuses_receiver(move, day)
        if (seat := self.own(move, day)) is None:
            return "no right"
        return self.refuses_at(seat, move, day)

    def refuses_at(self, seat: Seat, move: Move, day: date) -> str | None:
        """Of a seat that is one's own to sign."""
        if move.action == "oppose":
            return None if seat.mode == "vote" else "no vote"
        if move.action in ("return", "return_to_step"):
            wrong = seat.mode == "vote" or (move.resume is not None and move.resume not in self.resumes)
            steps = {s.key for s in self.live() if s.step < seat.step}
            off = move.action == "return_to_step" and (not self.to_steps or move.step not in steps)
            return "not so" if wrong or off else None
        if move.action in ("transfer", "delegate"):
            return self.refuses_receiver(move, day)
        if move.action == "add_signers":
            fit = [who != self.opener and bool(self.office.held(who, day)) and not self.sits(who, seat.step)
                   and who != move.who for who in move.people]  # fmt: skip
            return None if all(fit) else "cannot be added"
        return None

    def refuses_receiver(self, move: Move, day: date) -> str | None:
        seat, (to, *_) = self.seats[move.seat], move.people
        fit = to != self.opener and self.suits(to, move.who, seat, day) and not self.sits(to, seat.step, seat)
        for_another = seat.state == "open" and self.right(move.who, seat, day) not in (move.who, None)
        taken = to == move.who and (for_another or not self.has_by_right(to, seat, day))
        return None if fit and not taken else "cannot receive"

    def has_by_right(self, who: str, seat: Seat, day: date) -> bool:
        """Whether a seat is somebody's to sign without being given it."""
        own = seat.lent_by is None and self.has(who, who, seat, day)
        return own or self.has(who, who, replace(seat, person=None), day)

    def refuses_removal(self, move: Move, day: date) -> str | None:
        seat = self.seats[move.seat]
        if not (self.oversees(move.who, day) or self.added(move.who, seat, day)) or seat.state not in STILL:
            return "not theirs"
        if seat.on is not None:
            return None
        rest = [s for s in self.base(seat.step) if s is not seat]
        lost = seat.mode == "vote" and sum(not self.against(s) for s in rest) < seat.quorum
        return "wanted" if not rest or lost else None

    def added(self, who: str, seat: Seat, day: date) -> bool:
        """Whether somebody added a signer, to a seat that could still be theirs or an absent person's."""
        if seat.on is None or seat.added_by != who:
            return False
        on, stands_for = self.seats[seat.on], (who, *self.office.absent(who, day))
        return any(self.suits(each, who, on, day) for each in stands_for)

    def refuses_urging(self, move: Move, day: date, working_day: date) -> str | None:
        seat = self.seats[move.seat]
        if move.who != self.opener and not self.oversees(move.who, day):
            return "no right"
        again = seat.urged is not None and seat.urged >= working_day
        return "not now" if seat.state != "open" or again else None

    def takes_part(self, who: str, day: date) -> bool:
        mine = who == self.opener or self.oversees(who, day) or who in self.parties
        return mine or self.signs(who, day) or bool(self.lent(who, day, "lent_by"))

    def sits(self, who: str, step: int, but: Seat | None = None) -> bool:
        """Whether somebody has a seat in a step, or lent one: it comes back."""
        seats = [s for s in self.live() if s.step == step]
        return any(s.person == who or (s.lent_by == who and s is not but) for s in seats)


def _sees_all(grant: Grant) -> bool:
    of_office = grant.unit == OFFICE and grant.role in ("supervisor", "leader", "signatory")
    return of_office or (grant.unit is None and grant.role == "auditor")
