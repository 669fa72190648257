"""A list of floats: its cotangent is a list."""

AT = ([1.0, 2.0, 3.0], 2.0)


def dot_of_lists(items, scale):
    total = 0.0
    for item in items:
        total += scale * item * item
    return total


TEXT = """
def dot_of_lists_value_with_gradient(items, scale):
    total = 0.0
    tape = []
    for item in items:
        tape.append(item)
        total = total + scale * item * item
    items_bar = None
    scale_bar = 0.0
    for k, item in zip(reversed(range(len(tape))), reversed(tape)):
        scale_bar = scale_bar + item * item
        item_bar = scale * item + item * scale
        items_bar = accumulate_item(items_bar, items, k, item_bar)
    return total, (own(items_bar, items), float(scale_bar))
"""
