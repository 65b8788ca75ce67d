"""What a program talks to in the SDK: a plain Python ResourceMonitor, called on the SDK's threads and free to block."""

from collections.abc import Callable
from typing import Any, cast

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from google.protobuf.message_factory import GetMessageClass
from pulumi.runtime.proto import resource_pb2

from .steps import Steps, Stopped
from .values import EngineError, from_struct, to_struct, unsupported

# secrets, aliasSpecs, deletedWith, replaceWith. Without output values and resource references, properties hold plain
# values, secrets and unknowns only; without transforms, hooks and packages the SDK refuses those itself.
_FEATURES = [0, 3, 5, 6]
# The answer to an invoke has another name in older SDKs.
_INVOKED = GetMessageClass(
    resource_pb2.DESCRIPTOR.services_by_name["ResourceMonitor"].methods_by_name["Invoke"].output_type
)


class Unavailable(grpc.RpcError):  # type: ignore[misc]
    """What the SDK takes for a monitor that has shut down: the program ends without a message of its own."""

    code = staticmethod(lambda: grpc.StatusCode.UNAVAILABLE)
    details = staticmethod(lambda: "the run has stopped")


class Monitor:
    """Pulumi's ResourceMonitor, with the names of its protocol. What is not here is refused by name."""

    def __init__(self, steps: Steps):
        self._steps = steps

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        def answer(request: Any) -> Any:
            try:
                if (method := getattr(type(self), f"_{name}", None)) is None:
                    raise unsupported(f"{name} (invokes, calls, transforms, hooks, packages)")
                return method(self, request)
            except EngineError as error:
                self._steps.fail(str(error), error.urn)
            except Stopped:
                pass
            except Exception as error:
                self._steps.fail(f"{name}: {type(error).__name__}: {error}")
            raise Unavailable

        return answer

    def _GetDeploymentInfo(self, request: Any) -> Any:
        return resource_pb2.DeploymentInfo(supportedFeatures=cast(Any, _FEATURES))

    def _RegisterResource(self, request: Any) -> Any:
        answer = self._steps.do(self._steps.register, MessageToDict(request))
        state = answer.state
        result = resource_pb2.Result.FAIL if answer.absent else resource_pb2.Result.SUCCESS
        outputs = to_struct((state.get("outputs") or state.get("inputs") or {}) if request.custom else {})
        return resource_pb2.RegisterResourceResponse(
            urn=answer.urn, id=state.get("id", ""), object=outputs, unknown=answer.unknown, result=result
        )

    def _ReadResource(self, request: Any) -> Any:
        answer = self._steps.do(self._steps.read, MessageToDict(request))
        return resource_pb2.ReadResourceResponse(urn=answer.urn, properties=to_struct(answer.state.get("outputs", {})))

    def _RegisterResourceOutputs(self, request: Any) -> Any:
        self._steps.register_outputs(request.urn, from_struct(request.outputs))
        return Empty()

    def _Invoke(self, request: Any) -> Any:
        """The one function that there is: the outputs of all resources of a stack, as they are saved."""
        if request.tok != "pulumi:pulumi:readStackResourceOutputs":
            raise unsupported(f"Invoke of {request.tok} (invokes, calls, transforms, hooks, packages)")
        name = str(request.args["stackName"])
        found = [one for one in self._steps.read_stack(name) if not one.get("delete")]
        outputs = {one["urn"]: {"type": one["type"], "outputs": one.get("outputs", {})} for one in found}
        return _INVOKED(**{"return": to_struct({"name": name, "outputs": outputs})})

    def _SignalAndWaitForShutdown(self, request: Any) -> Any:
        return Empty()
