"""The binding of the Kaplan-Meier curve: arguments that are missing."""

import pytest
from immunoreset import survival
from immunoreset.errors import InputError


@pytest.mark.parametrize("given", [(None, [1, 0]), ([3.0, 5.0], None), (None, None)])
def test_time_and_event_cannot_be_none(given):
    with pytest.raises(InputError, match="time and event are needed"):
        survival.kaplan_meier(*given)
