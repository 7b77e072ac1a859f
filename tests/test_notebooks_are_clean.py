"""The template's notebooks carry no results and no traces of a run, and run on the kernel `python3`, or `ir` for R."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

TEMPLATE = Path(__file__).resolve().parent.parent / "{{cookiecutter.project_slug}}"
NOTEBOOKS = sorted((TEMPLATE / "notebooks").glob("**/*.ipynb"))
transform: Callable[[str], str] = TransformerManager().transform_cell  # type: ignore[no-untyped-call]
READABLE = re.compile(r"[a-z]+(-[a-z]+)*")

# The kernels of the starters, and their languages as Jupyter spells them.
LANGUAGES = {"python3": "python", "ir": "R"}

Notebook = dict[str, Any]


def traces(notebook: Notebook) -> list[str]:
    """What a run or an editor left in a notebook, each as `cell: what`."""
    cells = notebook["cells"]
    found = [f"{cell.get('id')}: outputs" for cell in cells if cell.get("outputs")]
    found += [f"{cell.get('id')}: execution count" for cell in cells if cell.get("execution_count") is not None]
    found += [f"{cell.get('id')}: metadata" for cell in cells if cell["metadata"]]
    found += [f"{cell.get('id')}: id" for cell in cells if not READABLE.fullmatch(cell.get("id", ""))]
    if set(notebook["metadata"]) - {"kernelspec", "language_info", "database"}:
        found.append("notebook: metadata")
    if notebook["metadata"].get("language_info", {}) != {"name": language(notebook)}:
        found.append("notebook: version of the interpreter")
    return found


def language(notebook: Notebook) -> str:
    """The language of the kernel that the notebook names."""
    return LANGUAGES[notebook["metadata"]["kernelspec"]["name"]]


def read(path: Path) -> Notebook:
    notebook: Notebook = json.loads(path.read_text("utf-8"))
    return notebook


def test_the_template_has_a_notebook_to_start_with_in_each_language() -> None:
    assert {TEMPLATE / "notebooks" / name for name in ("start.ipynb", "start_r.ipynb")} <= set(NOTEBOOKS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
class TestEveryNotebook:
    def test_has_no_outputs_no_execution_counts_and_readable_ids(self, path: Path) -> None:
        assert traces(read(path)) == []

    def test_is_valid_nbformat_4_5_with_distinct_ids(self, path: Path) -> None:
        notebook = read(path)
        assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
        nbformat.validate(notebook)
        ids = [cell["id"] for cell in notebook["cells"]]
        assert len(ids) == len(set(ids))

    def test_names_its_kernel_and_its_language(self, path: Path) -> None:
        kernel = read(path)["metadata"]["kernelspec"]
        assert kernel["language"] == LANGUAGES[kernel["name"]]

    def test_is_written_as_jupyter_writes_it_with_lf_line_ends(self, path: Path) -> None:
        content = path.read_bytes()
        assert b"\r" not in content
        assert content == (json.dumps(read(path), indent=1, ensure_ascii=False) + "\n").encode()

    def test_has_code_that_compiles_and_no_empty_cell(self, path: Path) -> None:
        for cell in read(path)["cells"]:
            source = "".join(cell["source"])
            assert source.strip(), cell["id"]
            if cell["cell_type"] == "code" and language(read(path)) == "python":
                compile(transform(source), f"{path.name}:{cell['id']}", "exec")


def add_an_output(notebook: Notebook) -> None:
    code(notebook)["outputs"] = [{"name": "stdout", "output_type": "stream", "text": ["1\n"]}]


def add_a_count(notebook: Notebook) -> None:
    code(notebook)["execution_count"] = 0


def take_an_id(notebook: Notebook) -> None:
    del code(notebook)["id"]


def give_a_random_id(notebook: Notebook) -> None:
    code(notebook)["id"] = "9d184cb1-5937"


def add_cell_metadata(notebook: Notebook) -> None:
    code(notebook)["metadata"] = {"execution": {"iopub.status.busy": "2026-01-01T00:00:00Z"}}


def add_the_interpreter(notebook: Notebook) -> None:
    notebook["metadata"]["language_info"] = {"name": "python", "version": "3.13.1"}


def code(notebook: Notebook) -> dict[str, Any]:
    cell: dict[str, Any] = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    return cell


@pytest.mark.parametrize(
    "dirty",
    [add_an_output, add_a_count, take_an_id, give_a_random_id, add_cell_metadata, add_the_interpreter],
    ids=lambda function: function.__name__,
)
def test_a_trace_of_a_run_would_be_found(dirty: Callable[[Notebook], None]) -> None:
    notebook = copy.deepcopy(read(TEMPLATE / "notebooks" / "start.ipynb"))
    dirty(notebook)
    assert len(traces(notebook)) == 1
