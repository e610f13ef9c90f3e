"""What to do about what is never opened: the last sentence of a refusal."""

REBUILD = (
    "Only layers that Keras itself brings are opened: rebuild the model from them where its code is, take the weights "
    "over with `new.set_weights(old.get_weights())`, and save it with `model.save('name.keras')`."
)
# A browser or a sharing site unpacks a .keras file, which is an archive, by itself.
PACK_AGAIN = (
    "Where config.json, metadata.json and model.weights.h5 lie beside one another, a .keras file was unpacked: `python "
    "-m zipfile -c name.keras config.json metadata.json model.weights.h5` in their folder packs it again."
)
WITH_JSON = (
    "Weights and the network's JSON (`model.to_json()`) are added together: choose both files under Models, or a zip "
    "archive of the two (in a terminal: `convscope models add model.json NAME.weights.h5 --name NAME`)."
)
_LAMBDA = (
    "Python code in a file is never run: replace the layer by one that says what it does. `Lambda(lambda x: x / 255)` "
    "is `layers.Rescaling(1 / 255)`; a resize is `layers.Resizing(height, width)`; `|a - b|` is "
    "`keras.ops.abs(a - b)`; a normalised vector is `layers.UnitNormalization()`; a mean over the picture is "
    "`layers.GlobalAveragePooling2D()`. Then `new.set_weights(old.get_weights())` and `new.save('name.keras')`."
)
_FOREIGN = "It runs a program of another framework: rebuild the model from layers of Keras and save it again."
_TEXT = "It reads word lists from other files: save the part of the model that sees pictures by itself."
_QUANTIZED = "Add the network as it was before it was quantized, or as it is when quantized to int8, int4 or float8."

_TRUST = (
    f"{_LAMBDA} Or, where its code is trusted, whoever looks after the server adds it there (in a terminal: `convscope "
    "models add FILE --trust`)."
)

ADVICE = {
    **dict.fromkeys(("LambdaMerge", "TFOpLambda", "SlicingOpLambda"), _LAMBDA),
    **dict.fromkeys(("Lambda", "__lambda__"), _TRUST),
    **dict.fromkeys(("TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"), _FOREIGN),
    **dict.fromkeys(("AWQDTypePolicy", "GPTQDTypePolicy"), _QUANTIZED),
    **dict.fromkeys(("StringLookup", "IntegerLookup", "TextVectorization"), _TEXT),
}
