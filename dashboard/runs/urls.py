"""Addresses of what every run, or every pinned result, has; dashboard/server/routes.py answers them."""

from dashboard.server.addresses import SignedAddress

# A picture of a part by its name, as it was stored; nothing is drawn for it.
part_url = SignedAddress("/img/part/{key}/{index:int}/{name}.png")
# An array of a part, uint8 (frame, height, width, 3), as a GIF.
animation_url = SignedAddress("/img/animation/{key}/{index:int}/{name}.gif", name="history")
# The small picture of a result in the gallery.
thumbnail_url = SignedAddress("/img/thumbnail/{key}.jpg")
