"""Gradient ascent on pictures: what to climb (objectives), how a picture is written down
(parameterizations), and the loop, once (gradient_ascent)."""
