//! What network flows and unusual rates of calls say, in words.

use super::{TextFunction, argument, filled};

pub const TARGET: TextFunction = TextFunction {
    name: "flow_target",
    arguments: &["address", "port"],
    about: "where a flow went: `ADDRESS:PORT`",
    call: |arguments| {
        let [address, port] = [0, 1].map(|at| argument(arguments, at));
        filled(address).map(|address| place(address, port))
    },
};

pub const SUMMARY: TextFunction = TextFunction {
    name: "flow_summary",
    arguments: &["source", "destination", "port", "protocol", "packets", "bytes", "action", "log_status"],
    about: "who sent how much to whom, and whether it was let through, in words",
    call: |arguments| {
        let [source, destination, port, protocol, packets, bytes, action, status] =
            [0, 1, 2, 3, 4, 5, 6, 7].map(|at| argument(arguments, at));
        if source.is_empty() && destination.is_empty() {
            return Some(match status {
                "SKIPDATA" => "flow records were left out here".to_owned(),
                _ => "no traffic in this interval".to_owned(),
            });
        }
        let to = place(filled(destination).unwrap_or("?"), port);
        let protocol = PROTOCOLS
            .iter()
            .find(|(number, _)| *number == protocol)
            .map_or_else(|| format!("protocol {protocol}"), |(_, name)| (*name).to_owned());
        let amount = format!("{} bytes in {} packets", filled(bytes).unwrap_or("?"), filled(packets).unwrap_or("?"));
        let source = filled(source).unwrap_or("?");
        Some(match action {
            "REJECT" => format!("{source} tried to reach {to} by {protocol}: DENIED ({amount})"),
            _ => format!("{source} sent {amount} to {to} by {protocol}"),
        })
    },
};

pub const RATE_SUMMARY: TextFunction = TextFunction {
    name: "rate_summary",
    arguments: &["state", "event_source", "event_name", "error_code", "average", "baseline"],
    about: "an unusual rate of calls that CloudTrail Insights found, in words",
    call: |arguments| {
        let [state, source, event, error, average, baseline] = [0, 1, 2, 3, 4, 5].map(|at| argument(arguments, at));
        let service = source.strip_suffix(".amazonaws.com").unwrap_or(source);
        let what = filled(error).map_or_else(|| "calls".to_owned(), |error| format!("{error} errors"));
        let began = if state == "End" { "ended" } else { "began" };
        let usual = filled(baseline).map_or_else(String::new, |usual| format!(", usually {usual}"));
        let rate = filled(average).map_or_else(String::new, |rate| format!(": {rate} a minute{usual}"));
        Some(format!("an unusual number of {what} of {service}:{event} {began}{rate}"))
    },
};

/// IANA protocol numbers that occur every day.
const PROTOCOLS: [(&str, &str); 5] = [("1", "ICMP"), ("6", "TCP"), ("17", "UDP"), ("47", "GRE"), ("58", "ICMPv6")];

fn place(address: &str, port: &str) -> String {
    match filled(port).filter(|port| *port != "0") {
        Some(port) if address.contains(':') => format!("[{address}]:{port}"),
        Some(port) => format!("{address}:{port}"),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_says_who_sent_what_to_whom() {
        let told = |fields: [&str; 8]| (SUMMARY.call)(&fields.map(Some)).unwrap();
        let sent = told(["10.0.11.23", "203.0.113.66", "443", "6", "12", "4321", "ACCEPT", "OK"]);
        assert_eq!(sent, "10.0.11.23 sent 4321 bytes in 12 packets to 203.0.113.66:443 by TCP");
        let refused = told(["203.0.113.66", "2001:db8::1", "22", "6", "1", "40", "REJECT", "OK"]);
        assert_eq!(refused, "203.0.113.66 tried to reach [2001:db8::1]:22 by TCP: DENIED (40 bytes in 1 packets)");
        assert_eq!(told(["", "", "", "", "", "", "", "NODATA"]), "no traffic in this interval");
    }
}
