"""ONNX files of convolutional networks, read as data and rewritten as a configuration of Keras 3 with weights.

    tensors      stored arrays
    graph        what a file says: nodes, initializers, inputs, outputs
    axes         which axis of a Keras tensor holds what of an ONNX tensor: channels last without transposes
    values       what the rules hand on: tensors of the network, and constants
    folding      nodes whose inputs are all known
    patterns     several nodes that are one activation
    names        readable names of layers
    network      the configuration, layer by layer
    rules        which layers an operator becomes
    translation  the whole

Nothing here imports Keras or the `onnx` package, and nothing in a file is executed. What comes out is checked by
`shared.uploads.configs` and measured by `shared.uploads.sizes` as any other configuration.
"""
