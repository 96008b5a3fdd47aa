import sys

import grimp
from importlinter.cli import lint_imports


def test_who_may_import_whom():
    assert lint_imports(no_cache=True, no_logo=True) == 0


def test_contracts_import_pydantic_and_nothing_else():
    graph = grimp.build_graph("contracts", include_external_packages=True, cache_dir=None)
    modules = {"contracts", *graph.find_descendants("contracts")}

    imported = {
        found.partition(".")[0] for module in modules for found in graph.find_modules_directly_imported_by(module)
    }

    assert imported - sys.stdlib_module_names <= {"contracts", "pydantic"}
