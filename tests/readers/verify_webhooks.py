"""Verifies requests with the reference library of Standard Webhooks, and sees it refuse what it must.

Standard input: one JSON object a line, {"headers": {...}, "body": "..."}. Arguments: the secrets, each of which signed every request.
"""
import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError


def refused(secret, body, headers):
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return True
    return False


secrets = sys.argv[1:]
requests = [json.loads(line) for line in sys.stdin]
for request in requests:
    headers, body = request["headers"], request["body"]
    for secret in secrets:
        data = Webhook(secret).verify(body, headers)
        assert data["type"] == "records.written", data
    assert refused("whsec_" + "QUJD" * 8, body, headers), "another secret"
    assert refused(secrets[0], body.replace("records", "Records", 1), headers), "another body"
    for name in ("webhook-timestamp", "webhook-id"):
        assert refused(secrets[0], body, {**headers, name: "1614265330"}), "another " + name
print(f"verified {len(requests)}")
