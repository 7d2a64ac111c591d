"""Strategies with which hypothesis draws the inputs of a target and shrinks those with a defect."""

from hypothesis import strategies as st

from tests.soak.mutation import Edit, Target, edited

_TIMES = st.sampled_from([1, 1, 1, 1, 1, 2, 3, 40])


def inputs(target: Target) -> st.SearchStrategy[bytes]:
    """Return a strategy of seeds with bytes cut out, put in and repeated."""
    put = st.sampled_from(target.tokens) | st.sampled_from(target.seeds) | st.binary(max_size=4)
    edit = st.builds(Edit, st.integers(0, (1 << 16) - 1), st.integers(0, 20), put, _TIMES)
    return st.builds(edited, st.sampled_from(target.seeds), st.lists(edit, max_size=5))
