//! `aws_summary`: what an AWS call did, in words, for a person who has read hundreds of them.

use super::{TextFunction, argument, aws_severity, cluster_config, filled, phrase};

pub const FUNCTION: TextFunction = TextFunction {
    name: "aws_summary",
    arguments: &["event_source", "event_name", "target", "request_parameters", "outcome", "error_code"],
    about: "what an AWS call did, in words",
    call: |arguments| {
        let [source, event, target, request, outcome, code] = [0, 1, 2, 3, 4, 5].map(|at| argument(arguments, at));
        let service = source.strip_suffix(".amazonaws.com").unwrap_or(source);
        let target = short(target);
        let special = (event == "UpdateClusterConfig").then(|| cluster_config::phrase(request, target)).flatten();
        let did = special.or_else(|| phrase::find(service, event, target)).unwrap_or_else(|| {
            let on = filled(target).map_or_else(String::new, |target| format!(" on {target}"));
            format!("call {service}:{event}{on}")
        });
        let note = aws_severity::judge(service, event, request, outcome).note;
        Some(phrase::noted(phrase::told(&did, outcome, code), note))
    },
};

/// An ARN without what every reader knows: `111122223333:role/ci-deploy`.
fn short(target: &str) -> &str {
    let Some(arn) = target.strip_prefix("arn:") else { return target };
    // Partition, service and region go; account and resource stay.
    arn.splitn(4, ':').nth(3).map_or(target, |rest| rest.trim_start_matches(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_are_shortened_to_account_and_resource() {
        assert_eq!(short("arn:aws:iam::111122223333:role/ci-deploy"), "111122223333:role/ci-deploy");
        assert_eq!(short("arn:aws:s3:::bucket/key"), "bucket/key");
        assert_eq!(short("demo"), "demo");
        assert_eq!(short("arn:odd"), "arn:odd");
    }
}
