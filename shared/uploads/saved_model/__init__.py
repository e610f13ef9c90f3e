"""SavedModels of TensorFlow 2.0 to 2.15 with Keras's metadata, read as data: no graph of theirs is ever run.

`metadata` finds the configuration and which stored tensor belongs to which layer, `bundle` reads the tensors.
"""

from shared.uploads.saved_model.metadata import SavedModel, holds_saved_model, pack_folder, read_saved_model

__all__ = ["SavedModel", "holds_saved_model", "pack_folder", "read_saved_model"]
