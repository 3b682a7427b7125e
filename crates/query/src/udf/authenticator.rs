//! What lines of the authenticator and the control plane say, in the terms of a timeline.

use super::{TextFunction, argument, filled};

pub const ACTION: TextFunction = TextFunction {
    name: "authenticator_action",
    arguments: &["message"],
    about: "`log in` for a line that lets somebody in or refuses it, otherwise what kind of line it is",
    call: |arguments| {
        let action = match argument(arguments, 0) {
            "access granted" | "access denied" => "log in",
            "STS response" => "identity confirmed by STS",
            _ => "log line",
        };
        Some(action.to_owned())
    },
};

pub const OUTCOME: TextFunction = TextFunction {
    name: "authenticator_outcome",
    arguments: &["message", "level"],
    about: "`done`, `denied` or `failed`",
    call: |arguments| {
        let outcome = match (argument(arguments, 0), argument(arguments, 1)) {
            ("access denied", _) => "denied",
            (_, "error" | "fatal" | "panic") => "failed",
            _ => "done",
        };
        Some(outcome.to_owned())
    },
};

pub const SEVERITY: TextFunction = TextFunction {
    name: "authenticator_severity",
    arguments: &["message", "level", "username", "groups"],
    about: "how much a line of the authenticator should worry",
    call: |arguments| {
        let [message, level, _, groups] = [0, 1, 2, 3].map(|at| argument(arguments, at));
        let severity = match message {
            "access denied" => "medium",
            "access granted" if groups.contains("\"system:masters\"") => "medium",
            _ if matches!(level, "error" | "fatal" | "panic") => "low",
            _ => "informational",
        };
        Some(severity.to_owned())
    },
};

pub const SUMMARY: TextFunction = TextFunction {
    name: "authenticator_summary",
    arguments: &["message", "level", "arn", "username", "groups", "error"],
    about: "what a line of the authenticator says, in words",
    call: |arguments| {
        let [message, level, arn, username, groups, error] = [0, 1, 2, 3, 4, 5].map(|at| argument(arguments, at));
        let who = filled(arn).unwrap_or("an identity that is not named");
        let because = filled(error).map_or_else(String::new, |error| format!(" ({error})"));
        Some(match message {
            "access granted" => {
                let masters = if groups.contains("\"system:masters\"") { ": in the group system:masters" } else { "" };
                format!("let {who} in as {}{masters}", filled(username).unwrap_or("an unnamed user"))
            }
            "access denied" => format!("refused {who}: DENIED{because}"),
            "STS response" => format!("had {who} confirmed by STS"),
            _ if matches!(level, "error" | "fatal" | "panic") => format!("{message}{because}"),
            _ => message.to_owned(),
        })
    },
};

/// Longest message of a component that a summary repeats, in characters; `raw` has all of it.
const LONGEST_MESSAGE: usize = 300;

pub const CONTROL_PLANE_SUMMARY: TextFunction = TextFunction {
    name: "control_plane_summary",
    arguments: &["message", "error"],
    about: "what a component of the control plane says, on one line",
    call: |arguments| {
        let [message, error] = [0, 1].map(|at| argument(arguments, at));
        let first = message.lines().next().unwrap_or_default();
        let because = filled(error).map_or_else(String::new, |error| format!(": {error}"));
        let whole = format!("{first}{because}");
        let cut: String = whole.chars().take(LONGEST_MESSAGE).collect();
        Some(if cut.len() < whole.len() { cut + "…" } else { cut })
    },
};

pub const CONTROL_PLANE_PLACE: TextFunction = TextFunction {
    name: "control_plane_place",
    arguments: &["source_file", "source_line"],
    about: "where in its source a component of the control plane wrote a line",
    call: |arguments| {
        let [file, line] = [0, 1].map(|at| argument(arguments, at));
        filled(file).map(|file| filled(line).map_or_else(|| file.to_owned(), |line| format!("{file}:{line}")))
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_names_who_came_in_as_whom() {
        let told = |message, arn, username, groups, error| {
            (SUMMARY.call)(&[message, "info", arn, username, groups, error].map(Some)).unwrap()
        };
        let role = "arn:aws:iam::111122223333:role/ci-deploy";
        assert_eq!(told("access granted", role, "ci", "[]", ""), format!("let {role} in as ci"));
        let masters = told("access granted", role, "ci", r#"["system:masters"]"#, "");
        assert!(masters.ends_with("in the group system:masters"), "{masters}");
        let refused = told("access denied", role, "", "", "ARN is not mapped");
        assert_eq!(refused, format!("refused {role}: DENIED (ARN is not mapped)"));
    }
}
