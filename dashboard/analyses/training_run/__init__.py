"""The room of `training_run`: its page in the navigation."""

from dashboard.page_entry import NETWORKS, PageEntry

PAGE = PageEntry("Training", "training", ":material/model_training:", NETWORKS, invitation="a network of your own")
