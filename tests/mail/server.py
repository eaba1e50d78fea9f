"""A mail server on loopback for the tests. Prints its port, then a JSON object for each mail that it takes, as Python's `email` reads it.

Usage: server.py MODE [CERTIFICATE KEY]. MODE is `ok`, `later` (451 for each mail), `refuse` (550 for each recipient), `refuse-one` (550 for
those whose name begins with "gone") or `hang`. With a certificate,
STARTTLS is required.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP


class Handler:
    def __init__(self, mode):
        self.mode = mode

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mode == "refuse" or (self.mode == "refuse-one" and address.startswith("gone")):
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.mode == "later":
            return "451 come back later"
        if self.mode == "hang":
            await asyncio.sleep(3600)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        print(json.dumps({
            "recipients": envelope.rcpt_tos,
            "encrypted": session.ssl is not None,
            "ascii_head": envelope.content.split(b"\r\n\r\n")[0].isascii(),
            "longest_line": max(len(line) for line in envelope.content.split(b"\r\n")),
            "subject": message["subject"],
            "from": message["from"],
            "to": message["to"],
            "id": message["message-id"],
            "date": message["date"],
            "automatic": message["auto-submitted"],
            "type": message.get_content_type(),
            "plain": message.get_body(("plain",)).get_content(),
            "html": message.get_body(("html",)).get_content(),
            "defects": [str(defect) for part in message.walk() for defect in part.defects],
        }), flush=True)
        return "250 OK"


async def main():
    context = None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
    handler = Handler(sys.argv[1])
    loop = asyncio.get_running_loop()
    make = lambda: SMTP(handler, tls_context=context, require_starttls=context is not None, loop=loop, hostname="mail.example")
    server = await loop.create_server(make, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
