"""`duban demo`: two years of the real plan, played by an invented cast through the HTTP API in simulated time.

The story is data (`plans/shanghai-2022/cast.yaml`, `story.yaml`) and small pure functions that turn it into deeds with
dates; the player does what is due on each day. All chance comes from one seed.
"""
