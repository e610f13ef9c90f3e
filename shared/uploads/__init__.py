"""What a file must satisfy before anything opens it: pictures, models, weights, data sets. Never imports Keras.

Pictures: `images`, `whole_png`; of many bands: `band_files`, `tiff_bands`.
Data sets: `data_sets`, whose names `member_names` reads, and whose `targets` are found by `layouts` in
`class_folders`, `label_tables` (by `label_columns`), `mask_folders` and `named_files`. Models: `models` and
`keras_archive`, whose configuration is put right by `repairs` and `channels_first` and read by `configs` (against
`allowed_classes` and `own_classes`), `declared_shapes`, `shapes`, `layer_parameters` and `sizes`; those of old
releases go through `upgrades`, TensorFlow's through `saved_model` (by `wire`), others' through `onnx` and `tfjs`, and
those at `addresses` are fetched; what lies in several files becomes `one_file`. Weights: `stored_weights`,
`separate_weights`, `attribute_texts`. Class names: `labels`. Text of old systems: `text_encoding`. All else:
`other_formats`, `advice`.
"""
