"""What the finished tiles of a twins run say: how alike the channels are, and which pairs there are."""
