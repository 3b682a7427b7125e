//! `aws_outcome`: `done`, `denied` or `failed`, from an AWS error code.

use super::{TextFunction, argument};

pub const FUNCTION: TextFunction = TextFunction {
    name: "aws_outcome",
    arguments: &["error_code"],
    about: "`done`, `denied` or `failed`",
    call: |arguments| {
        let code = argument(arguments, 0);
        let denied =
            ["AccessDenied", "Unauthorized", "Forbidden", "NotAuthorized", "AuthFailure", "InvalidClientTokenId"];
        let outcome = match code {
            "" => "done",
            code if denied.iter().any(|mark| code.contains(mark)) => "denied",
            _ => "failed",
        };
        Some(outcome.to_owned())
    },
};
