"""Augmentation: one picture, and many copies of it as training would see them."""

from dashboard.analyses.augmentation_preview.choices import choose_and_compute
from dashboard.analyses.augmentation_preview.view import augmentation_view
from dashboard.runs.page import run_page

run_page(
    "Augmentation",
    "What training sees instead of one picture: copies changed at random, drawn anew in every epoch. It does not show "
    "whether the changes help; only training does.",
    choose_and_compute,
    lambda _: augmentation_view(),
    empty="Choose a picture on the left.",
    nothing="No picture to change.",
    reading="Every copy should still be what its class says: a 6 that is turned by 180 degrees is a 9. Of each change "
    "the copy draws a number from the whole range, so most are changed a little and few by all of it. **Fill** is what "
    "comes in where the picture ends. Copies hold no new information, they are strongly related; they keep a network "
    "from learning the very pictures by heart, no more. The book's shear of 0.2 was meant in degrees by the library of "
    "its time, next to nothing; here it is a fifth of the height. "
    "Method: F. Chollet, *Deep Learning with Python*, 2017, section 5.2.5.",
)
