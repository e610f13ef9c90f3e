"""Configurations of Keras 1 and 2 rewritten as those of Keras 3: data in, data out, before anything is checked.

    upgrade         the whole: which files are old, the order of the steps, what the person is told
    keras1          names of layers and arguments until 2017
    names           a "/" in the name of a layer
    channels_last   networks of Theano's order, (channel, height, width), turned round
    layers          a layer's class, arguments and data type
    operations      TensorFlow's functions inside a network (`x / 127.5`), as layers
    function_rules  which layer computes which function
    graph_operations  nodes of TensorFlow 2.0 to 2.3 as such functions
    settings        initializers, regularizers, constraints, activations
    arguments       what today's layers take
    inbound_nodes   which layer takes what from which
    chains          one old layer that becomes several: hard_sigmoid, whose slope has changed; bilinear upsampling,
                    which counted pixels otherwise; Theano's "same" padding, where it differs from TensorFlow's
    refusals        what has no equal today, and the way out

Nothing here imports Keras, and nothing here decides what may be opened: that is `shared.uploads.configs`, afterwards.
"""
