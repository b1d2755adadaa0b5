"""Exhibits by name: what a table or a figure is called, and the module that makes it."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module


class Exhibits(Mapping[str, Callable]):
    """The functions of a package, imported when asked for: a job imports no other exhibit's code.

    modules : by the name of the exhibit, which is that of its function
    """

    def __init__(self, package: str, modules: Mapping[str, str]):
        self._package, self._modules = package, modules

    def __getitem__(self, name: str) -> Callable:
        return getattr(import_module(self.module(name)), name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)

    def module(self, name: str) -> str:
        """The full name of the module of one exhibit."""
        return f"{self._package}.{self._modules[name]}"
