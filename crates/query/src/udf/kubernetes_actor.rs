//! `kubernetes_actor`: one short name for whoever made a Kubernetes request. An IAM identity has the name it has in
//! AWS, so that both planes agree; an impersonated user is named beside the real one.

use super::aws_actor::of_arn;
use super::{TextFunction, argument, filled};

pub const FUNCTION: TextFunction = TextFunction {
    name: "kubernetes_actor",
    arguments: &["user_name", "user_arn", "impersonated_user_name"],
    about: "short name of the user who made a Kubernetes request",
    call: |arguments| {
        let [name, arn, impersonated] = [0, 1, 2].map(|at| argument(arguments, at));
        let real = of_arn(arn).or_else(|| of_arn(name)).or_else(|| filled(name).map(str::to_owned));
        match (real, filled(impersonated)) {
            (Some(real), Some(other)) => Some(format!("{real} as {other}")),
            (None, Some(other)) => Some(format!("unnamed as {other}")),
            (real, None) => real,
        }
    },
};
