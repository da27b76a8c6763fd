"""Every operator that minigrad has gives PyTorch's results on PyTorch's own samples, or refuses; and the page says so."""
import pytest
from conformance import PAGE, check, exposed, missing_lines, name_of, page

ROWS = {}
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("op", exposed(), ids=name_of)
def test_no_sample_differs_without_an_error(op):
    row = ROWS[name_of(op)] = check(op)
    assert row.different == []


def test_there_are_many_operators():
    assert len({op.name for op in exposed()}) >= 200


def test_no_name_refuses_everything():
    if len(ROWS) < len(exposed()):
        pytest.skip("only some operators were run")
    works = {name.partition(" (")[0] for name, row in ROWS.items() if row.forward}
    assert {op.name for op in exposed()} - works == set()


def test_the_page_is_what_was_just_measured():
    if len(ROWS) < len(exposed()):
        pytest.skip("only some operators were run")
    assert PAGE.read_text(encoding="utf-8") == page(list(ROWS.values())), "write it again: make conformance"


def test_the_page_lists_what_programs_ask_for_and_minigrad_has_not():
    assert PAGE.read_text(encoding="utf-8").endswith("\n".join(missing_lines())), "write it again: make conformance"
