"""Learn to read handwritten digits: a two-layer network in plain NumPy; diffpy finds its gradient.

python examples/digits.py [--epochs 40] [--seed 0] [--picture digits.png] [--show-source]
"""

import argparse
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from rich.progress import track
from sklearn.datasets import load_digits

from diffpy import differentiable, value_with_gradient

HIDDEN, BATCH, RATE, MOMENTUM = 64, 32, 0.05, 0.9


@differentiable
@dataclass
class Network:
    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray

    def __call__(self, images):
        hidden = np.maximum(images @ self.w1 + self.b1, 0.0)
        return hidden @ self.w2 + self.b2


def random_network(rng, inputs, hidden, outputs):
    return Network(
        w1=rng.normal(0.0, np.sqrt(2 / inputs), (inputs, hidden)),
        b1=np.zeros(hidden),
        w2=rng.normal(0.0, np.sqrt(2 / hidden), (hidden, outputs)),
        b2=np.zeros(outputs),
    )


@differentiable
def cross_entropy(network, images, labels):
    scores = network(images)
    scores = scores - scores.max(axis=1, keepdims=True)
    log_likelihoods = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return -log_likelihoods[np.arange(len(labels)), labels].mean()


def read(network, images):
    return network(images).argmax(axis=1)


def load(rng, test_share=0.25):
    """The 1,797 digits, shuffled and divided: (images, labels) to learn from, and those to be tested on."""
    digits = load_digits()
    order = rng.permutation(len(digits.target))
    images, labels = digits.data[order] / 16.0, digits.target[order]
    tests = int(len(labels) * test_share)
    return (images[tests:], labels[tests:]), (images[:tests], labels[:tests])


def train(network, images, labels, epochs, rng):
    """Mini-batch gradient descent with momentum; also gives the loss of each epoch."""
    loss_with_gradient = value_with_gradient(of=cross_entropy, wrt="network")
    velocity = None
    losses = []
    for _ in track(range(epochs), description="Training"):
        total = 0.0
        for batch in np.array_split(rng.permutation(len(labels)), len(labels) // BATCH):
            loss, network_bar = loss_with_gradient(network, images[batch], labels[batch])
            velocity = network_bar if velocity is None else MOMENTUM * velocity + network_bar
            network = network.move(along=-RATE * velocity)
            total += loss * len(batch)
        losses.append(total / len(labels))
    return network, losses


def draw(path, losses, images, labels, answers):
    """The learning curve, and up to eight of the digits that were misread."""
    figure = Figure(figsize=(6, 6), layout="constrained")
    axes = figure.subplot_mosaic([["curve"] * 4, [0, 1, 2, 3], [4, 5, 6, 7]])
    axes["curve"].plot(np.arange(1, len(losses) + 1), losses)
    axes["curve"].set(title="Learning curve", xlabel="epoch", ylabel="training loss", yscale="log")
    for place in range(8):
        axes[place].axis("off")
    for place, digit in enumerate(np.flatnonzero(answers != labels)[:8]):
        axes[place].imshow(images[digit].reshape(8, 8), cmap="gray_r")
        axes[place].set_title(f"{labels[digit]}, read as {answers[digit]}", fontsize=10)
    figure.savefig(path, dpi=120)


def main():
    parser = argparse.ArgumentParser(description="Learn to read handwritten digits with diffpy.")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", default="digits.png", help="where the learning curve is drawn")
    parser.add_argument("--show-source", action="store_true", help="print the gradient's generated Python")
    options = parser.parse_args()

    rng = np.random.default_rng(options.seed)
    (images, labels), (test_images, test_labels) = load(rng)
    network = random_network(rng, images.shape[1], HIDDEN, 10)
    if options.show_source:
        print(value_with_gradient(of=cross_entropy, wrt="network").source_for(network, images, labels))

    network, losses = train(network, images, labels, options.epochs, rng)
    answers = read(network, test_images)
    draw(options.picture, losses, test_images, test_labels, answers)
    right = int((answers == test_labels).sum())
    print(f"training loss: {losses[0]:.4f} after the first epoch, {losses[-1]:.4f} after the last")
    print(f"test accuracy: {right / len(answers):.4f} ({right} of {len(answers)} digits it had not seen)")
    print(f"learning curve and misread digits: {options.picture}")


if __name__ == "__main__":
    main()
