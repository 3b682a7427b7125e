"""`eksamine verify` beside `aws cloudtrail validate-logs`: the same tampered archives, the verdict of each tool on each
object, and what each takes for many log files.

    python3 validate.py --data /tmp/validate --bin /tmp/peers-venv/bin > ../../docs/concepts/custody-beside-aws.md

Both read one S3 on loopback, which this script serves from memory, together with the one answer of CloudTrail that the
AWS CLI asks for (`ListPublicKeys`). The archives are made by `sign-trail` of the testkit. Prints Markdown; ends with 1 if
the tools disagree where they should not.
"""

import argparse
import bisect
import copy
import gzip
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.sax.saxutils import escape

import measure
import s3

BUCKET = "example-trail"
TRAIL = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"
SIDECAR = ".head-object.json"
PAGE = 1000


class Store:
    """A bucket: key -> (bytes, metadata); and the public keys."""

    def __init__(self):
        self.objects = {}
        self.keys = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    #: Head and body leave together, at once: otherwise each answer waits 40 ms for the other side's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    store = Store()

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.headers.get("X-Amz-Target", "").endswith(".ListPublicKeys"):
            return self.answer(400, b'{"__type":"UnknownOperation"}')
        body = json.dumps({"PublicKeyList": self.store.keys}).encode()
        return self.answer(200, body, [("Content-Type", "application/x-amz-json-1.1")])

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        _, bucket, *rest = urllib.parse.unquote(url.path).split("/", 2)
        key = rest[0] if rest else ""
        xml = [("Content-Type", "application/xml")]
        if bucket != BUCKET:
            return self.answer(404, b"<Error><Code>NoSuchBucket</Code></Error>", xml)
        if "location" in query:
            return self.answer(200, b"<LocationConstraint>eu-west-1</LocationConstraint>", xml)
        if not key:
            return self.answer(200, self.listing(query), xml)
        if key not in self.store.objects:
            return self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>", xml)
        content, metadata = self.store.objects[key]
        headers = [("ETag", f'"{len(content):032x}"'), ("Last-Modified", "Tue, 14 May 2024 12:00:00 GMT")]
        return self.answer(200, content, headers + [(f"x-amz-meta-{name}", value) for name, value in metadata.items()])

    def listing(self, query):
        """Both versions of ListObjects: the AWS CLI asks for the first, eksamine for the second."""
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        after = query.get("continuation-token") or query.get("marker") or query.get("start-after") or ""
        contents, prefixes, more, last = [], [], False, ""
        ordered = self.store.ordered
        for at in range(bisect.bisect_left(ordered, max(prefix, after)), len(ordered)):
            key = ordered[at]
            if not key.startswith(prefix):
                if key > prefix:
                    break
                continue
            rest = key[len(prefix) :]
            folder = prefix + rest[: rest.index(delimiter) + 1] if delimiter and delimiter in rest else None
            entry = folder or key
            if entry <= after or (folder and prefixes and prefixes[-1] == folder):
                continue
            if len(contents) + len(prefixes) == PAGE:
                more = True
                break
            last = entry
            (prefixes if folder else contents).append(entry)
        quote = (lambda text: urllib.parse.quote(text, safe="/")) if query.get("encoding-type") == "url" else escape
        parts = [f"<Name>{BUCKET}</Name><Prefix>{quote(prefix)}</Prefix><MaxKeys>{PAGE}</MaxKeys>"]
        parts.append(f"<IsTruncated>{str(more).lower()}</IsTruncated>")
        if "encoding-type" in query:
            parts.append("<EncodingType>url</EncodingType>")
        if more:
            parts.append(f"<NextMarker>{quote(last)}</NextMarker>")
            parts.append(f"<NextContinuationToken>{escape(last)}</NextContinuationToken>")
        for key in contents:
            size = len(self.store.objects[key][0])
            parts.append(
                f"<Contents><Key>{quote(key)}</Key><LastModified>2024-05-14T12:00:00.000Z</LastModified>"
                f"<ETag>&quot;{size:032x}&quot;</ETag><Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            )
        parts += [f"<CommonPrefixes><Prefix>{quote(folder)}</Prefix></CommonPrefixes>" for folder in prefixes]
        return ("<ListBucketResult>" + "".join(parts) + "</ListBucketResult>").encode()


def read(folder):
    """The archive that sign-trail wrote."""
    objects = {}
    bucket = folder / "bucket"
    for path in sorted(bucket.rglob("*")):
        name = str(path.relative_to(bucket))
        if path.is_dir() or name.endswith(SIDECAR):
            continue
        beside = Path(f"{path}{SIDECAR}")
        metadata = json.loads(beside.read_text())["Metadata"] if beside.exists() else {}
        objects[name] = (path.read_bytes(), metadata)
    return objects


# Tampering. Each takes the objects and changes them; digests and logs are the keys in order of time.


def in_digest(objects, key, field, value):
    content, metadata = objects[key]
    document = json.loads(gzip.decompress(content))
    document[field] = value
    objects[key] = (gzip.compress(json.dumps(document).encode()), metadata)


def in_bytes(objects, key, change):
    content, metadata = objects[key]
    objects[key] = (change(content), metadata)


def moved(objects, key, to):
    objects[to] = objects.pop(key)


def exchanged(objects, one, other):
    objects[one], objects[other] = objects[other], objects[one]


def without_signature(objects, key):
    objects[key] = (objects[key][0], {})


def other_signature(objects, key):
    content, metadata = objects[key]
    signature = metadata["signature"]
    objects[key] = (content, {**metadata, "signature": signature[:-1] + ("0" if signature[-1] != "0" else "1")})


TAMPERINGS = {
    "nothing": lambda o, d, l: None,
    "a byte of a log file's content": lambda o, d, l: in_bytes(
        o, l[5], lambda b: gzip.compress(gzip.decompress(b).replace(b"Describe", b"Destroys", 1))
    ),
    "a log file that is no gzip": lambda o, d, l: in_bytes(o, l[5], lambda b: b"{}"),
    "bytes after a log file's gzip": lambda o, d, l: in_bytes(o, l[5], lambda b: b + b"more"),
    "zero bytes after a log file's gzip": lambda o, d, l: in_bytes(o, l[5], lambda b: b + b"\0\0"),
    "a second gzip member in a log file": lambda o, d, l: in_bytes(o, l[5], lambda b: b + gzip.compress(b"x")),
    "a checksum in a log file's gzip": lambda o, d, l: in_bytes(o, l[5], lambda b: b[:-8] + bytes([b[-8] ^ 1]) + b[-7:]),
    "a time in the head of a log file's gzip": lambda o, d, l: in_bytes(o, l[5], lambda b: b[:4] + b"\1\2\3\4" + b[8:]),
    "a log file cut in the middle": lambda o, d, l: in_bytes(o, l[5], lambda b: b[: len(b) // 2]),
    "a log file cut before its checksum": lambda o, d, l: in_bytes(o, l[5], lambda b: b[:-8]),
    "a log file removed": lambda o, d, l: o.pop(l[5]),
    "a log file added": lambda o, d, l: o.update({l[5].replace("000006.", "planted."): o[l[5]]}),
    "two log files exchanged": lambda o, d, l: exchanged(o, l[2], l[9]),
    "the files that a digest names": lambda o, d, l: in_digest(o, d[2], "logFiles", []),
    "the end of a digest": lambda o, d, l: in_digest(o, d[2], "digestEndTime", "2024-05-14T03:01:32Z"),
    "the bucket in a digest": lambda o, d, l: in_digest(o, d[2], "digestS3Bucket", "another"),
    "the key of a digest's signature": lambda o, d, l: in_digest(o, d[2], "digestPublicKeyFingerprint", "00" * 16),
    "the key of the newest digest's signature": lambda o, d, l: in_digest(
        o, d[-1], "digestPublicKeyFingerprint", "00" * 16
    ),
    "a digest's signature": lambda o, d, l: other_signature(o, d[2]),
    "a digest without metadata": lambda o, d, l: without_signature(o, d[2]),
    "the newest digest without metadata": lambda o, d, l: without_signature(o, d[-1]),
    "a digest that is no gzip": lambda o, d, l: in_bytes(o, d[2], lambda b: b"{}"),
    "a digest removed": lambda o, d, l: o.pop(d[2]),
    "the newest digest removed": lambda o, d, l: o.pop(d[-1]),
    "two digests exchanged": lambda o, d, l: exchanged(o, d[1], d[3]),
    "a digest under another name": lambda o, d, l: moved(o, d[2], d[2].replace("0131Z", "3131Z")),
}

# What is meant by the words of one tool, in those of the other.
SAME = {
    "valid": {"valid"},
    "INVALID: has been moved from its original location": {"relocated", "altered"},
    "INVALID: invalid format": {"altered"},
    "INVALID: not found": {"missing"},
    "INVALID: signature verification failed": {"altered", "unattested"},
    "INVALID: hash value doesn't match": {"altered"},
    "INVALID: unexpected data after end of compressed stream": {"altered"},
    # A fingerprint is a part of what is signed: of one that was changed both can be said.
    "INVALID: public key not found": {"unknown_key", "altered"},
}

# Where the tools differ on purpose, and why.
ON_PURPOSE = {
    "a digest without metadata": "the next digest has a copy of the signature, and it is right",
    "a log file cut before its checksum": "the AWS CLI does not ask whether the gzip came to its end",
}


def aws_verdicts(program, endpoint, scratch):
    home = scratch / "aws"
    home.mkdir(exist_ok=True)
    command = [program, "cloudtrail", "validate-logs", "--verbose", "--trail-arn", TRAIL, "--s3-bucket", BUCKET]
    command += ["--s3-prefix", "", "--start-time", "2024-05-13T00:00:00Z", "--end-time", END]
    environment = {**s3.environment(), "AWS_ENDPOINT_URL": endpoint, "HOME": str(home), "AWS_REGION": "eu-west-1"}
    environment["AWS_DEFAULT_REGION"] = "eu-west-1"
    begun = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    seconds = time.monotonic() - begun
    verdicts = {}
    for line in (done.stdout + "\n" + done.stderr).splitlines():
        fields = line.split("\t")
        if len(fields) == 3 and fields[1].startswith("s3://"):
            verdicts[fields[1]] = fields[2]
    if not verdicts:
        sys.exit(f"the AWS CLI said nothing of any object:\n{done.stdout}\n{done.stderr}")
    return verdicts, done.returncode, seconds


def our_verdicts(endpoint, keys, extra=()):
    command = [measure.program("eksamine"), "verify", f"s3://{BUCKET}", "--keys", keys, "--all", "--format", "json"]
    command += ["--endpoint-url", endpoint, *extra]
    begun = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, env=s3.environment())
    seconds = time.monotonic() - begun
    if done.returncode not in (0, 3):
        sys.exit(f"eksamine failed: {done.stderr}")
    rows = json.loads(done.stdout)
    return {row["object"]: row for row in rows if row["object"]}, done.returncode, seconds


def name(uri):
    return uri.rsplit("/", 1)[-1].removesuffix(".json.gz").removeprefix("111122223333_")


END = "2024-05-20T00:00:00Z"


def compare(what, theirs, ours):
    """Lines about objects on which the tools do not say the same; and whether that is as it should be."""
    lines, agrees = [], True
    for uri in sorted(set(theirs) | set(ours)):
        said, row = theirs.get(uri), ours.get(uri)
        verdict = row["verdict"] if row else None
        key = "INVALID: public key not found" if said and said.startswith("INVALID: public key") else said
        if said is not None and verdict in SAME.get(key, set()):
            continue
        if said is None and verdict == "valid":
            # A log file that only an invalid digest names, or that the tool did not come to.
            continue
        is_wanted = said is None or what in ON_PURPOSE
        agrees &= is_wanted
        lines.append((name(uri), said or "not looked at", verdict or "not looked at", row["detail"] if row else ""))
    return lines, agrees


def serve():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def fill(objects, keys):
    Handler.store.objects = objects
    Handler.store.ordered = sorted(objects)
    Handler.store.keys = keys


def sign(folder, hours, logs, size):
    if not (folder / "keys.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([measure.program("sign-trail"), folder, str(hours), str(logs), str(size)], check=True)


def public_keys(folder):
    keys = json.loads((folder / "keys.json").read_text())["PublicKeyList"]
    # The wire has seconds where the saved answer has text.
    return [{**key, "ValidityStartTime": 1704067200, "ValidityEndTime": 1735689600} for key in keys]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--bin", type=Path, required=True, help="the folder with `aws`")
    parser.add_argument("--logs", type=int, default=0, help="log files to measure with; none are measured without")
    parser.add_argument("--note", default="", help="a sentence on how the programs were built and what else ran")
    arguments = parser.parse_args()
    arguments.data.mkdir(parents=True, exist_ok=True)
    aws, endpoint = arguments.bin / "aws", serve()
    small = arguments.data / "small"
    sign(small, 6, 3, 2000)
    sound, keys = read(small), public_keys(small)
    digests = [key for key in sorted(sound) if "CloudTrail-Digest" in key]
    logs = [key for key in sorted(sound) if "/CloudTrail/" in key]
    version = subprocess.run([aws, "--version"], check=True, capture_output=True, text=True).stdout.split()[0]
    ours = subprocess.run([measure.program("eksamine"), "--version"], check=True, capture_output=True, text=True)
    print("# verify beside the AWS CLI\n")
    print(
        f"Written by `benches/peers/validate.py`, with {ours.stdout.strip()} and {version}: six digests and eighteen log"
        " files on an S3 on loopback, tampered with in one way at a time. Objects on which both say the same are left"
        " out; of the others it is said what each says. *Not looked at* is what the AWS CLI never comes to: log files"
        " of digests that it holds for invalid, and whatever no digest names.\n"
    )
    failed = False
    for what, tamper in TAMPERINGS.items():
        objects = copy.copy(sound)
        tamper(objects, digests, logs)
        fill(objects, keys)
        theirs, their_code, _ = aws_verdicts(aws, endpoint, arguments.data)
        own, our_code, _ = our_verdicts(endpoint, small / "keys.json")
        lines, agrees = compare(what, theirs, own)
        failed |= not agrees
        said = sum(1 for uri in theirs if uri in own and (theirs[uri] == "valid") == (own[uri]["verdict"] == "valid"))
        print(f"## {what[0].upper()}{what[1:]}\n")
        print(f"The AWS CLI ends with {their_code}, eksamine with {our_code}; they agree on {said} of {len(theirs)} objects.")
        if what in ON_PURPOSE:
            print(f"On purpose: {ON_PURPOSE[what]}.")
        if not agrees:
            print("**They disagree.**")
        if lines:
            print("\n| object | AWS CLI | eksamine | why |\n| --- | --- | --- | --- |")
            for line in lines:
                print("| " + " | ".join(cell.replace("|", "\\|").replace("s3://example-trail/", "") for cell in map(str, line)) + " |")
        print()
    if arguments.logs:
        large = arguments.data / f"large-{arguments.logs}"
        sign(large, 100, arguments.logs // 100, 4000)
        fill(read(large), public_keys(large))
        load = os.getloadavg()[0]
        theirs, _, their_seconds = aws_verdicts(aws, endpoint, arguments.data)
        own, _, our_seconds = our_verdicts(endpoint, large / "keys.json", ["--account", "111122223333"])
        begun = time.monotonic()
        command = [measure.program("eksamine"), "verify", large / "bucket", "--keys", large / "keys.json"]
        subprocess.run(command, check=True, capture_output=True)
        folder_seconds = time.monotonic() - begun
        print(f"## {len(own):,} objects\n")
        print(
            f"Of about 4 KB each; the server is this script, which is slow and takes a part of the machine ({os.cpu_count()}"
            f" processors, load {load:.1f} before). The AWS CLI: {their_seconds:.0f} s, {len(theirs):,} objects. eksamine from"
            f" the same server: {our_seconds:.1f} s, {len(own):,} objects; from the folder: {folder_seconds:.1f} s. {arguments.note}\n"
        )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
