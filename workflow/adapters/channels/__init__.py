"""The ways a message leaves: each channel is an adapter behind one small port (`port.Channel`)."""

from workflow.adapters.channels.port import Channel, Hook, Parcel, Refused, Robot, Unavailable

__all__ = ["Channel", "Hook", "Parcel", "Refused", "Robot", "Unavailable"]
