"""Episodes: what many hands do on told days, each a few calls in somebody's name. Played by the demo, tested alone."""

from duban.demo.episodes.audits import AuditsEpisode
from duban.demo.episodes.backstage import Backstage, Episode
from duban.demo.episodes.ban import BanEpisode
from duban.demo.episodes.conduct import ReportsEpisode, WorkPlansEpisode
from duban.demo.episodes.definitions import Settlement
from duban.demo.episodes.direction import EventsEpisode, InstructionEpisode, MeetingEpisode, SuspensionEpisode
from duban.demo.episodes.organs import OrgansEpisode
from duban.demo.episodes.rounds import ExtensionEpisode

__all__ = [
    "EPISODES", "AuditsEpisode", "Backstage", "BanEpisode", "Episode", "EventsEpisode", "ExtensionEpisode",
    "InstructionEpisode", "MeetingEpisode", "OrgansEpisode", "ReportsEpisode", "Settlement", "SuspensionEpisode",
    "WorkPlansEpisode",
]  # fmt: skip

EPISODES: tuple[type[Episode], ...] = (
    SuspensionEpisode, WorkPlansEpisode, ReportsEpisode, AuditsEpisode, OrgansEpisode, EventsEpisode, BanEpisode,
    MeetingEpisode, InstructionEpisode, ExtensionEpisode,
)  # fmt: skip
"""In the order in which they begin."""
