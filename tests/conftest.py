"""Settings of the whole suite."""

from hypothesis import settings

# A slow machine must not fail a property: what is tested is the answer, never the time.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")
