"""AWS's errors in AWS's words: code, message, HTTP status. The texts of Step Functions are recorded ones."""

from __future__ import annotations

from bunsui.errors import ApiError

_NOT_THIS_TYPE = "This operation is not supported by this type of state machine"


def validation(problems: list[str]) -> ApiError:
    """What a parameter's own constraints forbid; all of it at once."""
    many = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
    return ApiError("ValidationException", many + "; ".join(problems))


def invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)


def serialization(message: str) -> ApiError:
    return ApiError("SerializationException", message)


def unknown_operation(operation: str) -> ApiError:
    return ApiError("UnknownOperationException", f"there is no operation {operation} here")


# Step Functions


def invalid_arn(why: str) -> ApiError:
    return ApiError("InvalidArn", f"Invalid Arn: '{why}'")


def invalid_name(name: str) -> ApiError:
    return ApiError("InvalidName", f"Invalid Name: '{name}'")


def invalid_definition(text: str) -> ApiError:
    return ApiError("InvalidDefinition", text)


def invalid_input(why: str) -> ApiError:
    return ApiError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{why}'")


def invalid_output(why: str) -> ApiError:
    return ApiError("InvalidOutput", f"Invalid Output: '{why}'")


def invalid_page() -> ApiError:
    return ApiError("InvalidToken", "Invalid Token: 'Invalid token'")


def no_machine(arn: str) -> ApiError:
    return ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


def machine_exists(arn: str) -> ApiError:
    return ApiError("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")


def machine_goes(arn: str) -> ApiError:
    return ApiError("StateMachineDeleting", f"State Machine Deleting: '{arn}'")


def wrong_type() -> ApiError:
    return ApiError("StateMachineTypeNotSupported", _NOT_THIS_TYPE)


def no_execution(arn: str) -> ApiError:
    return ApiError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")


def execution_exists(arn: str) -> ApiError:
    return ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")


def not_redrivable(reason: str) -> ApiError:
    return ApiError("ExecutionNotRedrivable", reason)


def token_gone() -> ApiError:
    return ApiError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")


def conflict(what: str) -> ApiError:
    return ApiError("ConflictException", what)


def no_resource(arn: str) -> ApiError:
    return ApiError("ResourceNotFound", f"Resource not found: '{arn}'")


# Lambda


def no_function(arn: str) -> ApiError:
    return ApiError("ResourceNotFoundException", f"Function not found: {arn}", 404)


def function_exists(name: str) -> ApiError:
    return ApiError("ResourceConflictException", f"Function already exist: {name}", 409)


def bad_value(message: str) -> ApiError:
    return ApiError("InvalidParameterValueException", message)


def too_large(size: int, most: int) -> ApiError:
    message = f"{size} byte payload is too large for the RequestResponse invocation type (limit {most} bytes)"
    return ApiError("RequestTooLargeException", message, 413)
