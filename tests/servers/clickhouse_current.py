#!/usr/bin/env python3
"""Serves today's ClickHouse engine over the ClickHouse HTTP protocol, on loopback, for tests.

The engine is the package chdb of PyPI, which runs within this process. This file adds what a client of a server needs: a
statement in the body or in the parameter `query`, rows to insert after it, a database, settings, the format of the answer, and
errors as a status with a text. Statements run one after another.

    python3 clickhouse_current.py --port PORT --data DIR
"""

import argparse
import os
import re
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from chdb import session

# Parameters of a request that are not settings of the engine.
NOT_SETTINGS = {"query", "database", "default_format", "user", "password", "compress", "decompress", "wait_end_of_query"}

INSERTED = re.compile(rb"\s*INSERT\s+INTO\s+(?P<target>.+?)\s+FORMAT\s+(?P<format>\w+)\s*\Z", re.IGNORECASE | re.DOTALL)


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def identifier(text):
    return "`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`"


class Engine:
    """The engine, for one statement at a time."""

    def __init__(self, path):
        self.session = session.Session(path)
        self.lock = threading.Lock()
        self.database = None
        self.folder = tempfile.mkdtemp(prefix="rows-", dir=path)

    def run(self, statement, rows, parameters):
        database = parameters.get("database") or "default"
        with self.lock:
            if database != self.database:
                self.database = None
                self.session.query(f"USE {identifier(database)}")
                self.database = database
            settings = self.settings(parameters)
            insert = INSERTED.match(statement)
            if insert:
                return self.insert(insert["target"].decode(), insert["format"].decode(), rows, settings)
            text = statement.decode()
            answer = self.session.query(text + (settings if is_select(text) else ""), parameters.get("default_format", "TabSeparated"))
            return answer.bytes() if answer is not None and answer.size() else b""

    def settings(self, parameters):
        pairs = [f"{name} = {quoted(value)}" for name, value in parameters.items() if name not in NOT_SETTINGS]
        return " SETTINGS " + ", ".join(pairs) if pairs else ""

    def insert(self, target, form, rows, settings):
        path = os.path.join(self.folder, "rows")
        with open(path, "wb") as file:
            file.write(rows)
        self.session.query(f"INSERT INTO {target} FROM INFILE {quoted(path)}{settings} FORMAT {form}")
        return b""


def is_select(text):
    return text.lstrip().upper().startswith(("SELECT", "WITH"))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Otherwise the second part of an answer waits 40 ms for the acknowledgment of the first.
    disable_nagle_algorithm = True
    wbufsize = -1
    engine = None

    def do_GET(self):
        self.answer_request()

    def do_POST(self):
        self.answer_request()

    def answer_request(self):
        url = urlsplit(self.path)
        body = self.body()
        if url.path == "/ping":
            return self.send(200, b"Ok.\n")
        parameters = dict(parse_qsl(url.query, keep_blank_values=True))
        statement = parameters.get("query", "").encode()
        statement, rows = (statement, body) if statement else (body, b"")
        try:
            self.send(200, self.engine.run(statement, rows, parameters))
        except Exception as error:  # the text is the engine's own
            self.send(500, str(error).encode("utf-8", "replace"))

    def body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while length := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(length))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def send(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", required=True)
    arguments = parser.parse_args()
    os.makedirs(arguments.data, exist_ok=True)
    Handler.engine = Engine(os.path.abspath(arguments.data))
    server = ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main()
