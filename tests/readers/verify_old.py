"""Sees the reference library of Standard Webhooks refuse a request that is right but old: a replay.

Standard input: {"headers": {...}, "body": "..."}. Argument: the secret.
"""
import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

request = json.load(sys.stdin)
try:
    Webhook(sys.argv[1]).verify(request["body"], request["headers"])
except WebhookVerificationError as error:
    print(f"refused: {error}")
else:
    sys.exit("an old request was taken")
