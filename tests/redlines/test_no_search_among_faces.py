"""The product never searches a face among many: the only comparison takes one portrait and one capture."""

import ast
import inspect
import re

import numpy as np
import pytest

from lineproof.face import compare as module
from lineproof.face.compare import Calibration, Capture, Embedding, Portrait, compare
from lineproof.face.quality import FaceMeasures
from tests.redlines.source import SOURCE, functions, names_in, parameters, trees

FACES = {"Embedding", "Portrait", "Capture"}
PLURALS = {
    *("list", "tuple", "set", "frozenset", "dict", "deque", "Sequence", "Iterable", "Iterator", "Collection"),
    *("Mapping", "MutableMapping", "MutableSequence", "Generator", "Set", "NDArray", "ndarray", "Queue"),
}
PRODUCTS = {
    "dot",
    "vdot",
    "inner",
    "matmul",
    "einsum",
    "tensordot",
    "cdist",
    "knnMatch",
    "BFMatcher",
    "multi_dot",
}
VECTOR_INDEXES = {
    *("faiss", "hnswlib", "annoy", "pgvector", "scann", "nmslib", "usearch", "milvus", "pymilvus", "qdrant"),
    *(
        "chromadb",
        "weaviate",
        "lancedb",
        "pinecone",
        "sqlite-vec",
        "sqlite-vss",
        "voyager",
        "pynndescent",
        "ngt",
    ),
    *(
        "redisvl",
        "vald",
        "scikit-learn",
        "elasticsearch",
        "opensearch",
        "vespa",
        "deeplake",
        "marqo",
        "autofaiss",
    ),
}
COMPARE = SOURCE / "face" / "compare.py"


def annotations(tree: ast.Module) -> list[tuple[str, ast.expr]]:
    """List every annotation of a module: parameters, results, fields and variables."""
    found = []
    for function in functions(tree):
        found += [(f"{function.name}({p.arg})", p.annotation) for p in parameters(function) if p.annotation]
        if function.returns is not None:
            found.append((f"{function.name} ->", function.returns))
    found += [
        (ast.unparse(node.target), node.annotation)
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign)
    ]
    return found


def many_faces(tree: ast.Module) -> list[str]:
    """Find what could hold many faces: a collection of them as annotation, or a starred parameter."""
    found = []
    for where, annotation in annotations(tree):
        for node in [annotation, *ast.walk(annotation)]:
            text = ast.parse(node.value, mode="eval").body if _is_text(node) else node
            if isinstance(text, ast.Subscript):
                inside, outside = names_in(text.slice), names_in(text.value)
                if FACES & inside and PLURALS & outside:
                    found.append(f"{where}: {ast.unparse(text)}")
    for function in functions(tree):
        starred = [arg for arg in (function.args.vararg, function.args.kwarg) if arg is not None]
        found += [f"{function.name}(*{arg.arg})" for arg in starred if FACES & names_in(arg.annotation)]
    return sorted(set(found))


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier() is False
    )


def products(tree: ast.Module) -> list[str]:
    """Find products of matrices or vectors in a module."""
    found = [
        ast.unparse(n)
        for n in ast.walk(tree)
        if isinstance(n, ast.BinOp | ast.AugAssign) and isinstance(n.op, ast.MatMult)
    ]
    found += [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and names_in(node.func) & PRODUCTS
    ]
    return found


def knows_faces(tree: ast.Module) -> bool:
    """Tell whether a module imports an embedding or what carries one."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module is not None
        and node.module.endswith("face.compare")
        and FACES & {alias.name for alias in node.names}
        for node in ast.walk(tree)
    )


def vector_indexes(requirements: str) -> set[str]:
    """Find the packages that search among vectors in a file of requirements."""
    names = {
        match.lower().replace("_", "-") for match in re.findall(r"(?m)^([A-Za-z0-9][\w.\-]*)", requirements)
    }
    return {
        name for name in names for index in VECTOR_INDEXES if name == index or name.startswith(f"{index}-")
    }


def test_one_function_compares_and_it_takes_one_portrait_and_one_capture():
    taking = {
        function.name: [ast.unparse(p.annotation) for p in parameters(function) if p.annotation is not None]
        for function in functions(trees()[COMPARE])
        if any(FACES & names_in(p.annotation) for p in parameters(function))
    }
    assert taking == {"compare": ["Portrait", "Capture", "Calibration"]}
    given = inspect.signature(compare).parameters.values()
    assert {p.kind for p in given} == {inspect.Parameter.KEYWORD_ONLY}
    assert not [name for name in dir(module) if re.search("search|match_many|nearest|rank|cluster", name)]


def test_portrait_and_capture_each_carry_one_embedding():
    for face in (Portrait, Capture):
        kinds = [field.type for field in face.__dataclass_fields__.values()]
        assert kinds.count(Embedding) == 1
    assert np.ndim(an_embedding().values) == 1


def test_no_module_takes_keeps_or_gives_many_faces():
    assert len(trees()) > 100
    assert {path: found for path, tree in trees().items() if (found := many_faces(tree))} == {}


def test_no_module_but_compare_multiplies_embeddings():
    handling = {path: tree for path, tree in trees().items() if knows_faces(tree) and path != COMPARE}
    assert SOURCE / "imaging" / "embed.py" in handling
    assert {path: found for path, tree in handling.items() if (found := products(tree))} == {}


def test_compare_multiplies_once():
    assert len(products(trees()[COMPARE])) == 1


def test_many_embeddings_in_one_array_are_not_an_embedding():
    from lineproof.errors import Malformed

    rows = np.eye(4, dtype=np.float32)
    for stacked in (rows, rows[:1], rows.reshape(-1)[:0]):
        with pytest.raises(Malformed, match="one row"):
            Embedding("pack", stacked)


def test_many_portraits_cannot_be_compared_at_once():
    capture = Capture(an_embedding(), measures(), rival=0.0)
    portrait = Portrait(an_embedding(), measures())
    calibration = Calibration("pack", "1", "none", ())
    assert compare(portrait=portrait, capture=capture, calibration=calibration).similarity == 1.0
    for many in ([portrait, portrait], (portrait,), {"alice": portrait}):
        with pytest.raises(AttributeError):
            compare(portrait=many, capture=capture, calibration=calibration)  # type: ignore[arg-type]


def test_embedding_cannot_be_stored_sent_or_looked_up():
    import copy
    import pickle

    one = an_embedding()
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="does not leave"):
            leave(one)
    assert one != an_embedding()
    assert "0.5" not in repr(one)


def test_no_dependency_searches_among_vectors():
    files = sorted((SOURCE.parents[1] / "requirements").glob("*.*"))
    assert {path.name for path in files} >= {"runtime.txt", "runtime.in", "development.txt"}
    # PassportEye, which reads documents and is measured against, asks for a library that can also search; it
    # is installed in an environment of its own and never beside what runs.
    apart = {"document-peers.in": {"scikit-learn"}, "document-peers.txt": {"scikit-learn"}}
    assert {path.name: vector_indexes(path.read_text()) for path in files} == {
        path.name: apart.get(path.name, set()) for path in files
    }


BAD_MODULES = {
    "a list of portraits": "def find(capture: Capture, among: list[Portrait]): ...",
    "any number of captures": "def find(*captures: Capture): ...",
    "a gallery by name": "gallery: dict[str, Embedding] = {}",
    "a field of many": "class Gallery:\n    faces: tuple[Portrait, ...]",
    "in quotes": "def find(among: 'Sequence[compare.Embedding]'): ...",
    "several given back": "def nearest(one: Capture) -> Iterator[Portrait]: ...",
    "nested": "def find(among: Mapping[str, list[Portrait | None]]): ...",
}


@pytest.mark.parametrize("case", BAD_MODULES)
def test_looking_finds_many_faces(case: str):
    """The control: the lint sees what it is there to see."""
    assert many_faces(ast.parse(BAD_MODULES[case]))


@pytest.mark.parametrize(
    "text", ["gallery @ probe", "np.dot(a, b)", "a.values.dot(b)", "np.einsum('ij,j', a, b)", "a @= b"]
)
def test_looking_finds_a_product(text: str):
    assert products(ast.parse(text))


def test_looking_knows_who_handles_faces_and_who_searches_vectors():
    assert knows_faces(trees()[SOURCE / "imaging" / "embed.py"])
    assert not knows_faces(trees()[SOURCE / "document" / "mrz.py"])
    assert vector_indexes("numpy==2.1 \\\nfaiss-cpu==1.9 \\\nHNSWLIB==0.8\npgvector\n") == {
        *("faiss-cpu", "hnswlib", "pgvector"),
    }


def an_embedding() -> Embedding:
    return Embedding("pack", np.full(4, 0.5, dtype=np.float32))


def measures() -> FaceMeasures:
    """Build the measures of a good face; none of them matters here."""
    return FaceMeasures(**dict.fromkeys(FaceMeasures.__dataclass_fields__, 1.0))
