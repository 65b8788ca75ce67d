"""Tasks of Enterprise Manager: what a write leaves behind while the server works on it.

* State goes Running -> OperationFinished (done, but not collected yet; Result is there already) -> Finished.
* Tasks belong to the logon session that made them. A session that died takes them along; a new one answers 404, and
  only a look at the servers tells what came of it.
* Result has Success, and sometimes Message, CredentialsNeeded, ConfirmationNeeded; it may be missing. No document
  shows a failed one.
"""

from __future__ import annotations

from typing import Any

from ...errors import AnswerLost, InvalidInput, ServerRefused, ServerUnreachable, UnexpectedAnswer
from ...resource.identity import path_part
from ...server.answer import Answer
from ...server.body import words
from .session import EmSession

LOOKS_AFTER_OPERATION = 20
"""How often a task that says OperationFinished is asked again; its collecting may take as long as it likes."""


def finish(session: EmSession, answer: Answer) -> Any:
    """Waits for the task in an answer, if it has one -> the finished task, else the answer's data.

    None when the task was lost. Raises ServerRefused when it failed, AnswerLost when its end is not known.
    """
    data = session.gave(answer)
    if not isinstance(data, dict) or not data.get("taskid"):
        return data
    id, looks, seconds = words(data["taskid"]), 0, 0.5
    while True:
        state = str(data.get("state")).lower()
        looks += state == "operationfinished"
        if state == "finished" or looks > LOOKS_AFTER_OPERATION or _failed(data):
            break
        if not session.transport.wait(seconds):
            raise AnswerLost(f"the task {id} of {answer.what} did not finish within the connection's deadline")
        seconds = min(5.0, seconds * 1.5)
        try:
            data = session.get(f"/api/tasks/{path_part(id)}")
        except (InvalidInput, ServerRefused, UnexpectedAnswer):  # an id that cannot be asked for is lost too
            return None
        except ServerUnreachable as error:
            raise AnswerLost(f"the task {id} of {answer.what} cannot be followed any more ({error.cause})") from None
    if _failed(data):
        result = data["result"]
        said = words(result.get("message")) or "no reason given"
        fix = "fix the reported problem, then run again"
        if _says(result, "credentialsneeded"):
            fix = "check username and password, which are those of an administrator of the backup server"
        elif _says(result, "confirmationneeded"):
            fix = "compare the backup server's certificate with vbr_certificate_thumbprint, and correct that"
        raise ServerRefused(
            f'the task {id} ({words(data.get("operation"))}) failed: "{said}"', fix, status=200, words=said
        )
    return data


def _failed(task: dict[str, Any]) -> bool:
    result = task.get("result")
    return isinstance(result, dict) and str(result.get("success")).lower() == "false"


def _says(result: dict[str, Any], key: str) -> bool:
    return str(result.get(key)).lower() == "true"
