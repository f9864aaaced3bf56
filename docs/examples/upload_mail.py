"""Uploads one raw mail from standard input to Balcão, signed. Needs nothing but Python.

    upload_mail.py https://intake.example/v1/raw-mails suporte@example.com < mail.eml

The secret is one of BALCAO_UPLOAD_SECRETS, in the environment variable UPLOAD_SECRET. Exit codes: 0 it is stored,
75 send it again later (as pipes of mail servers understand it), 1 it was refused.
"""

import base64
import hashlib
import hmac
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

TRY_AGAIN = 75


def main() -> int:
    """Sign, send, print what the server answered."""
    url, *recipients = sys.argv[1:]
    raw = sys.stdin.buffer.read()
    query = urllib.parse.urlencode([("to", one) for one in recipients])
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(raw).digest()).decode()}:"
    timestamp = str(int(time.time()))
    signed = "\n".join(("v1", timestamp, query, digest))
    signature = hmac.new(os.environ["UPLOAD_SECRET"].encode(), signed.encode(), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "message/rfc822",
        "Content-Digest": digest,
        "Balcao-Timestamp": timestamp,
        "Balcao-Signature": f"v1={signature}",
    }
    request = urllib.request.Request(f"{url}?{query}", data=raw, headers=headers, method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            sys.stdout.write(answer.read().decode() + "\n")
            return 0
    except urllib.error.HTTPError as error:
        sys.stderr.write(error.read().decode("utf-8", "replace") + "\n")
        return TRY_AGAIN if error.code in {429, 500, 502, 503, 504} else 1
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return TRY_AGAIN


if __name__ == "__main__":
    sys.exit(main())
