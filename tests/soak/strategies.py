"""A target's inputs as hypothesis draws them: with these it finds the smallest that shows a defect."""

from hypothesis import strategies as st

from tests.soak.mutation import Edit, Target, edited

_TIMES = st.sampled_from([1, 1, 1, 1, 1, 2, 3, 40])


def inputs(target: Target) -> st.SearchStrategy[bytes]:
    """Seeds with pieces cut out, put in and repeated."""
    put = st.sampled_from(target.tokens) | st.sampled_from(target.seeds) | st.binary(max_size=4)
    edit = st.builds(Edit, st.integers(0, (1 << 16) - 1), st.integers(0, 20), put, _TIMES)
    return st.builds(edited, st.sampled_from(target.seeds), st.lists(edit, max_size=5))
