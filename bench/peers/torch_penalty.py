"""The L2 penalty that PyTorch's optimizers decay by, as a share of the loss."""
import torch


def with_penalty(weights, reg):
    """`full_loss(data_loss)` adds the penalty as it was before the step: ours is of the loss that was differentiated."""

    def penalty():
        with torch.no_grad():
            return reg / 2 * sum(float((w.double() ** 2).sum()) for w in weights) if reg else 0.0

    before = penalty()

    def full_loss(data_loss):
        nonlocal before
        loss, before = data_loss + before, penalty()
        return loss

    return full_loss
