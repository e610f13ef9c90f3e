"""Networks that take several pictures, as siamese ones do, or one by a name, made to take one as it is."""

import keras


def with_one_input(network: keras.Model) -> keras.Model:
    """The same network for one picture, where it takes several of one shape, or a dictionary; any other as it is.

    What compares two pictures then meets the same one twice: its layers, channels and classes can be looked at as
    those of any network, and a layer that both branches share is called twice.

    Args:
        network: as loaded; not changed, though its layers are called once more on shapes.

    Returns:
        A network of its own layers and the same weights, with the names of the old one; or `network` itself.
    """
    inputs = network.inputs or []
    shapes = {tuple(one.shape) for one in inputs}
    several = len(inputs) > 1 or (len(inputs) == 1 and isinstance(getattr(network, "_inputs_struct", None), dict))
    if not several or len(shapes) > 1 or len(shape := shapes.pop()) != 4:
        return network
    picture = keras.Input(shape[1:], name="picture" if len(inputs) > 1 else inputs[0].name)
    # Symbolic: every layer is called on the one picture's shape, in the structure that the inputs had.
    outputs = network.call(keras.tree.map_structure(lambda _: picture, network.input))
    again = keras.Model(picture, outputs, name=network.name)
    # Copied, since the layers still remember the old inputs: `layer.output` would be what they made of those.
    alone = keras.models.clone_model(again)
    alone.set_weights(again.get_weights())
    return alone
