"""The other benchmarks of this folder, as modules, and what an agent under test finds in its environment."""

import importlib.machinery
import importlib.util
import os
import pathlib
import sys

BENCH = pathlib.Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True  # this folder is under version control


def load(name):
    """`bench/NAME` as a module."""
    loader = importlib.machinery.SourceFileLoader(name, str(BENCH / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def environment(bench, options=""):
    """Nothing of what whoever measures has set for agents of their own, but OUTRIGGER_JAVA_OPTIONS.

    `bench` is that of bench/startup; `options` are further ones for the JVM.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OUTRIGGER_", "OTEL_"))}
    return inherited | {"OUTRIGGER_JAVA_OPTIONS": f"{options} {os.environ.get('OUTRIGGER_JAVA_OPTIONS', '')}",
                        "PATH": os.environ["PATH"] + ":" + os.path.dirname(bench.envoy)}
