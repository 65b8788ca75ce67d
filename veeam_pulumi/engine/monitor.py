"""What a program talks to in the SDK: a plain Python ResourceMonitor, called on the SDK's threads and free to block."""

from collections.abc import Callable
from typing import Any, cast

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import resource_pb2

from veeam_pulumi.engine.steps import Steps, Stopped
from veeam_pulumi.engine.values import EngineError, from_struct, to_struct, unsupported

# Without output values and resource references, properties hold plain values, secrets and unknowns only; without
# transforms, hooks and packages the SDK refuses those itself.
_FEATURES = {0: "secrets", 3: "aliasSpecs", 5: "deletedWith", 6: "replaceWith"}


class Unavailable(grpc.RpcError):  # type: ignore[misc]
    """What the SDK takes for a monitor that has shut down: the program ends without a message of its own."""

    code = staticmethod(lambda: grpc.StatusCode.UNAVAILABLE)
    details = staticmethod(lambda: "the run has stopped")


class Monitor:
    """Pulumi's ResourceMonitor, with the names of its protocol. What is not here is refused by name."""

    def __init__(self, steps: Steps):
        self._steps = steps

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        answers: dict[str, Callable[[Any], Any]] = {
            "GetDeploymentInfo": lambda _: resource_pb2.DeploymentInfo(supportedFeatures=cast(Any, list(_FEATURES))),
            "SupportsFeature": lambda asked: resource_pb2.SupportsFeatureResponse(
                hasSupport=asked.id in _FEATURES.values()
            ),
            "RegisterResource": self._register,
            "ReadResource": self._read,
            "RegisterResourceOutputs": self._outputs,
            "SignalAndWaitForShutdown": lambda _: empty_pb2.Empty(),
        }

        def answer(request: Any) -> Any:
            try:
                if name not in answers:
                    raise unsupported(f"{name} (invokes, calls, transforms, hooks, packages)")
                return answers[name](request)
            except EngineError as problem:
                self._steps.fail(str(problem), problem.urn)
            except Stopped:
                pass
            except Exception as problem:
                self._steps.fail(f"{name}: {type(problem).__name__}: {problem}")
            raise Unavailable

        return answer

    def _register(self, request: Any) -> Any:
        urn, state, unknown = self._steps.do(self._steps.register, request)
        outputs = (state.get("outputs") or state.get("inputs") or {}) if request.custom else {}
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id=state.get("id", ""), object=to_struct(outputs), unknown=unknown
        )

    def _read(self, request: Any) -> Any:
        urn, state, _ = self._steps.do(self._steps.read, request)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=to_struct(state.get("outputs", {})))

    def _outputs(self, request: Any) -> Any:
        self._steps.register_outputs(request.urn, from_struct(request.outputs))
        return empty_pb2.Empty()
