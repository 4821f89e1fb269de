"""PyTorch without avoidable work: in training, gradients set to None and the fused Adam; then inference mode."""

import torch
from torch import nn

from benchmarks import networks
from benchmarks.cases import Case, batch
from benchmarks.contenders import Prepared, Settings
from benchmarks.networks import Network, walk

LAYOUTS = {"contiguous": torch.contiguous_format, "channels last": torch.channels_last}


def use_threads(threads: int) -> None:
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)


def settings(case: Case) -> Settings:
    return {name: lambda layout=layout: prepare(case, layout) for name, layout in LAYOUTS.items()}


class Normalize(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.normalize(x, eps=1e-12)


def build(network: Network) -> nn.Sequential:
    """The network from PyTorch's layers."""

    def layer(part: networks.Part, before: networks.Shape) -> list[nn.Module]:
        match part:
            case networks.Conv(filters, padding):
                return [nn.Conv2d(before[0], filters, networks.KERNEL, padding=padding)]
            case networks.Dense(units):
                return [nn.Linear(before[0], units)]
            case networks.Dropout(rate):
                return [nn.Dropout(rate)]
            case networks.BatchNorm(momentum, eps):
                return [nn.BatchNorm2d(before[0], eps, momentum)]
            case networks.MaxPool():
                return [nn.MaxPool2d(networks.POOL)]
            case networks.AveragePool():
                return [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        return [{networks.ReLU: nn.ReLU, networks.Flatten: nn.Flatten, networks.L2Normalize: Normalize}[type(part)]()]

    return nn.Sequential(*(module for part, before, _ in walk(network) for module in layer(part, before)))


def contrastive(z: torch.Tensor, same: torch.Tensor, margin: float = 1.0) -> torch.Tensor:
    """Embeddings (2P, D) -> the mean loss of the pairs (p, p + P)."""
    a, b = z.chunk(2)
    d = torch.linalg.vector_norm(a - b, dim=1)
    return torch.where(same, d, torch.relu(margin - d)).square().mean()


def prepare(case: Case, layout: torch.memory_format) -> Prepared:
    torch.manual_seed(0)
    model = build(case.network).to(memory_format=layout)
    images, same = map(torch.from_numpy, batch(case))
    images = images.contiguous(memory_format=layout)
    parameters = sum(p.numel() for p in model.parameters())
    if case.kind == "embed":
        model.eval()

        def embed() -> torch.Tensor:
            with torch.inference_mode():
                return model(images)

        return Prepared(embed, parameters)
    rate = case.network.rate
    if case.network.optimizer == "adam":
        optimizer = torch.optim.Adam(model.parameters(), rate, eps=1e-8, fused=True)
    else:
        optimizer = torch.optim.RMSprop(model.parameters(), rate, alpha=0.99, eps=1e-8)
    model.train()

    def step() -> float:
        optimizer.zero_grad(set_to_none=True)
        loss = contrastive(model(images), same)
        loss.backward()
        optimizer.step()
        return loss.item()

    return Prepared(step, parameters)
