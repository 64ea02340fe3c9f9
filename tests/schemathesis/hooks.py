"""What the description cannot say, told to schemathesis."""

import os

import schemathesis

# What the caller itself hangs on: whoever deletes it learns nothing more in this run.
KEEP = set(filter(None, os.environ.get("CLIENTPASS_KEEP", "").split(",")))

# A 400 for what is well-formed: it names nothing that there is, or nothing that the caller may name; or it has few
# characters of many bytes.
SAID_OF_WHAT_IS_WELL_FORMED = {"not_found", "not_allowed", "not_active", "too_long"}
# Every text is a well-formed cursor, and only one that was given is taken. The current password is for oneself.
# Only Unicode's tables say whether there is something to see in a text, and whether a domain is one; only who reads an
# address says whether it is one.
NOT_FOR_A_SCHEMA = {("cursor", "malformed"), ("current_password", "missing")}
NOT_FOR_A_SCHEMA |= {(field, "too_short") for field in ("label", "filter.label", "name", "display_name", "reason")}
NOT_FOR_A_SCHEMA |= {(field, "malformed") for field in ("login", "owner", "name", "domains")}
NOT_FOR_A_SCHEMA |= {(field, "malformed") for field in ("networks", "filter.networks", "allowed_networks")}


@schemathesis.hook
def filter_case(context, case):
    if case.method.upper() != "DELETE":
        return True
    return not KEEP.intersection(map(str, (case.path_parameters or {}).values()))


@schemathesis.check
def well_formed_is_not_malformed(context, response, case):
    """Beyond `positive_data_acceptance`: a 400 says which field names what there is not."""
    positive = case.meta is not None and case.meta.generation.mode.value == "positive"
    if not positive or response.status_code != 400:
        return
    for error in response.json().get("errors", [{}]):
        code, field = error.get("code"), error.get("field")
        known = code in SAID_OF_WHAT_IS_WELL_FORMED or (field, code) in NOT_FOR_A_SCHEMA
        assert known, f"well-formed and refused as malformed: {response.text}"
