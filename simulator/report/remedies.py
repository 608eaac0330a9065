"""What a person is to do about an object that was left out, if it was not meant to be.

Source: Microsoft Learn, "How application provisioning works", "Known issues for application provisioning".
"""

from simulator.context import GIVEN_UP
from simulator.departures import HELD
from simulator.manager_pass import OUT_OF_SCOPE as MANAGER_OUT_OF_SCOPE
from simulator.membership_pass import NESTED
from simulator.membership_pass import OUT_OF_SCOPE as MEMBER_OUT_OF_SCOPE
from simulator.scoping.scope import FILTERED, GROUP_NOT_ASSIGNED, INPUT_FILTERED, NOT_ASSIGNED, NOT_SECURITY
from simulator.user_pass import DISABLED

_RESTART = "To have it after all: bring the user into scope, enabled, and restart provisioning."
_REMEDIES = {
    NESTED: "To have these people too: assign the inner group itself, or make them direct members.",
    MEMBER_OUT_OF_SCOPE: _RESTART,
    MANAGER_OUT_OF_SCOPE: _RESTART,
    DISABLED: "They are created once they are enabled in Entra.",
    NOT_ASSIGNED: "To have them: assign them, or a group that they are direct members of.",
    GROUP_NOT_ASSIGNED: "To have them: assign them.",
    NOT_SECURITY: "Only security groups can be assigned: set securityEnabled.",
    FILTERED: "To have them: change the scoping filter, or the attribute that it reads.",
    INPUT_FILTERED: "To have them: change the input filter, or the attribute that it reads.",
    HELD: "If these deprovisionings are meant, let them through (--allow-deletes).",
    GIVEN_UP: "Mend the cause, then restart provisioning (--restart escrows).",
}


def remedy_of(reason: str) -> str:
    """Return what to do about *reason*; empty if there is nothing to be done."""
    return _REMEDIES.get(reason, "")
