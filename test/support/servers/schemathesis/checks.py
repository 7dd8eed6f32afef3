"""The one check of the fuzz tests. Schemathesis' own takes every refusal of a mutation for a failure of the server."""

import schemathesis


@schemathesis.check
def no_internal_error(ctx, response, case):
    assert response.status_code < 500, f"HTTP {response.status_code}: {response.text}"
    for error in response.json().get("errors") or []:
        assert error["extensions"]["code"] != "INTERNAL_SERVER_ERROR", response.text
