#!/usr/bin/env python3
"""Keeps one comment for each stack on a pull request, and one issue for each stack with drift.

    forge.py comment STACK FILE     write the review onto GitHub's pull request, over that of the run before, and set
                                    the commit's status by OUTCOME
    forge.py issue STACK FILE       open the issue or update it; close it if `outcome` beside the file says `clean`

On GitHub Actions, GitLab CI and Azure Pipelines, with what they put into the environment and a token: GITHUB_TOKEN,
GITLAB_TOKEN or SYSTEM_ACCESSTOKEN. Only pipelines of the default branch have one: a pull request's runs its own code.
Needs nothing but Python. A comment is known by its first line, which no reader sees, and by its author; an issue by its
label.
"""

from __future__ import annotations

import html
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

env = os.environ


def call(headers, method, url, body=None, kind="application/json"):
    """One request -> the JSON of its answer. The token travels in a header and is never printed."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": kind, **headers}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as problem:
        sys.exit(f"error: {method} {url.partition('?')[0]}: {problem.code} {problem.reason}")
    except urllib.error.URLError as problem:
        sys.exit(f"error: {method} {url.partition('?')[0]}: {problem.reason}")


class GitHub:
    def __init__(self):
        self.root = f"{env.get('GITHUB_API_URL', 'https://api.github.com')}/repos/{env['GITHUB_REPOSITORY']}"
        self.headers = {"Authorization": f"Bearer {env['GITHUB_TOKEN']}", "Accept": "application/vnd.github+json"}

    def call(self, method, path, body=None):
        return call(self.headers, method, self.root + path, body)

    def rows(self, path):
        page, more = 1, True
        while more:
            more = self.call("GET", f"{path}{'&' if '?' in path else '?'}per_page=100&page={page}")
            yield from more
            page += 1

    def status(self, stack):
        """What branch protection can require: the gates' outcome, said by the default branch's workflow."""
        passed = env["OUTCOME"] == "success"
        state = {"state": "success" if passed else "failure", "context": f"access review of {stack}"}
        self.call("POST", f"/statuses/{env['COMMIT']}", {**state, "description": "passed" if passed else "refused"})

    def comment(self, marker, text):
        pull = f"/issues/{env['PULL_REQUEST']}/comments"
        for one in self.rows(pull):
            if one["body"].startswith(marker) and one["user"]["login"] == "github-actions[bot]":
                return self.call("PATCH", f"/issues/comments/{one['id']}", {"body": text})
        return self.call("POST", pull, {"body": text})

    def find(self, label):
        issues = self.rows(f"/issues?state=open&labels={label}")
        return next((one["number"] for one in issues if "pull_request" not in one), None)

    def open(self, label, title, text):
        self.call("POST", "/issues", {"title": title, "body": text, "labels": [label]})

    def update(self, number, text):
        self.call("PATCH", f"/issues/{number}", {"body": text})

    def close(self, number, reason):
        self.call("POST", f"/issues/{number}/comments", {"body": reason})
        self.call("PATCH", f"/issues/{number}", {"state": "closed"})


class GitLab:
    def __init__(self):
        self.root = f"{env['CI_API_V4_URL']}/projects/{env['CI_PROJECT_ID']}"
        self.headers = {"PRIVATE-TOKEN": env["GITLAB_TOKEN"]}

    def call(self, method, path, body=None):
        return call(self.headers, method, self.root + path, body)

    def find(self, label):
        return next((one["iid"] for one in self.call("GET", f"/issues?state=opened&labels={label}")), None)

    def open(self, label, title, text):
        self.call("POST", "/issues", {"title": title, "description": text, "labels": label})

    def update(self, number, text):
        self.call("PUT", f"/issues/{number}", {"description": text})

    def close(self, number, reason):
        self.call("POST", f"/issues/{number}/notes", {"body": reason})
        self.call("PUT", f"/issues/{number}", {"state_event": "close"})


class Azure:
    """Work items have the type and the last state of the Basic process; another one: DRIFT_TYPE, DRIFT_DONE."""

    def __init__(self):
        self.root = env["SYSTEM_COLLECTIONURI"].rstrip("/")
        self.project = urllib.parse.quote(env["SYSTEM_TEAMPROJECT"])
        self.headers = {"Authorization": f"Bearer {env['SYSTEM_ACCESSTOKEN']}"}
        self.done = env.get("DRIFT_DONE", "Done")

    def call(self, method, path, body=None, kind="application/json"):
        return call(self.headers, method, f"{self.root}/{path}?api-version=7.0", body, kind)

    def find(self, label):
        where = f"[System.TeamProject] = @project AND [System.Tags] CONTAINS '{label}'"
        query = f"SELECT [System.Id] FROM WorkItems WHERE {where} AND [System.State] <> '{self.done}'"
        found = self.call("POST", f"{self.project}/_apis/wit/wiql", {"query": query})["workItems"]
        return next((one["id"] for one in found), None)

    def write(self, method, path, **fields):
        patch = [{"op": "add", "path": f"/fields/System.{name}", "value": value} for name, value in fields.items()]
        self.call(method, f"{self.project}/_apis/wit/workitems/{path}", patch, "application/json-patch+json")

    def open(self, label, title, text):
        kind = urllib.parse.quote(env.get("DRIFT_TYPE", "Issue"))
        self.write("POST", f"${kind}", Title=title, Description=self.shown(text), Tags=label)

    def update(self, number, text):
        self.write("PATCH", str(number), Description=self.shown(text))

    def close(self, number, reason):
        self.write("PATCH", str(number), State=self.done, History=reason)

    @staticmethod
    def shown(text):
        """Descriptions are HTML."""
        return f"<pre>{html.escape(text)}</pre>"


def main(action, stack, file):
    hosts = {"GITHUB_ACTIONS": GitHub, "GITLAB_CI": GitLab, "TF_BUILD": Azure}
    host = next((made for name, made in hosts.items() if env.get(name)), None)
    if host is None:
        sys.exit("error: this runs on GitHub Actions, GitLab CI or Azure Pipelines")
    try:
        forge = host()
        if action == "comment":
            if not isinstance(forge, GitHub):
                sys.exit("error: comments are for GitHub; the pipelines of the others show the file themselves")
            marker = f"<!-- access review of stack {stack} -->"
            forge.comment(marker, f"{marker}\n{Path(file).read_text(encoding='utf-8')}")
            forge.status(stack)
            return
        outcome = Path(file).with_name("outcome").read_text(encoding="utf-8").strip()
        label = f"drift-{stack}"
        number = forge.find(label)
        if outcome == "clean":
            if number is not None:
                forge.close(number, f"Stack {stack} has no drift any more.")
            return
        text = Path(file).read_text(encoding="utf-8")
        if number is None:
            forge.open(label, f"Drift in stack {stack}", text)
        else:
            forge.update(number, text)
    except OSError as problem:
        sys.exit(f"error: {problem.filename}: {problem.strerror}")
    except KeyError as missing:
        sys.exit(f"error: the environment has no {missing.args[0]}")


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("comment", "issue"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
