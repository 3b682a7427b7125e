//! What an `UpdateClusterConfig` call changes, in words: log types switched off or on, and who can reach the API.

use serde_json::Value;

/// The change a call asks for; none if its parameters say nothing known.
pub fn phrase(request_parameters: &str, cluster: &str) -> Option<String> {
    let parameters: Value = serde_json::from_str(request_parameters).ok()?;
    let mut changes = logging(&parameters);
    let network = &parameters["resourcesVpcConfig"];
    match network["endpointPublicAccess"].as_bool() {
        Some(true) => changes.push(format!("open the public endpoint{}", addresses(network))),
        Some(false) => changes.push("close the public endpoint".to_owned()),
        None if network["publicAccessCidrs"].is_array() => {
            changes.push(format!("change the addresses allowed{}", addresses(network)));
        }
        None => {}
    }
    if let Some(mode) = parameters["accessConfig"]["authenticationMode"].as_str() {
        changes.push(format!("set the authentication mode {mode}"));
    }
    (!changes.is_empty()).then(|| format!("{} of cluster {cluster}", changes.join(" and ")))
}

fn logging(parameters: &Value) -> Vec<String> {
    let setups = parameters["logging"]["clusterLogging"].as_array();
    let phrase = |setup: &Value| {
        let types: Vec<&str> = setup["types"].as_array()?.iter().filter_map(Value::as_str).collect();
        let verb = if setup["enabled"].as_bool()? { "turn on" } else { "turn OFF" };
        (!types.is_empty()).then(|| format!("{verb} the {} log", types.join(", ")))
    };
    setups.into_iter().flatten().filter_map(phrase).collect()
}

fn addresses(network: &Value) -> String {
    let list: Vec<&str> =
        network["publicAccessCidrs"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if list.is_empty() { String::new() } else { format!(" to {}", list.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logging_switched_off_is_said_so() {
        let request = r#"{"name":"demo","logging":{"clusterLogging":[{"types":["audit","api"],"enabled":false}]}}"#;
        assert_eq!(phrase(request, "demo").as_deref(), Some("turn OFF the audit, api log of cluster demo"));
        let open = r#"{"resourcesVpcConfig":{"endpointPublicAccess":true,"publicAccessCidrs":["0.0.0.0/0"]}}"#;
        assert_eq!(phrase(open, "demo").as_deref(), Some("open the public endpoint to 0.0.0.0/0 of cluster demo"));
        assert_eq!(phrase("{}", "demo"), None);
        assert_eq!(phrase("not json", "demo"), None);
    }
}
