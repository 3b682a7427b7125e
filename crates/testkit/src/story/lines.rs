//! A line of a program of the control plane: which log stream it stands in, when, and its text.

use super::kubernetes::Server;
use super::moment::{Moment, ids};

/// Who writes. The log group of an EKS cluster has a log stream for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Writer {
    Authenticator(Server),
    ApiServer(Server),
    ControllerManager,
    Scheduler,
    CloudControllerManager,
}

impl Writer {
    pub(crate) const ALL: [Self; 7] = [
        Self::Authenticator(Server::First),
        Self::Authenticator(Server::Second),
        Self::ApiServer(Server::First),
        Self::ApiServer(Server::Second),
        Self::ControllerManager,
        Self::Scheduler,
        Self::CloudControllerManager,
    ];

    /// The name of the log stream.
    pub(crate) fn log_stream(self) -> String {
        let prefix = match self {
            Self::Authenticator(_) => "authenticator",
            Self::ApiServer(_) => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::CloudControllerManager => "cloud-controller-manager",
        };
        format!("{prefix}-{}", ids::hex(&format!("stream/{self:?}")))
    }
}

/// One message of CloudWatch. It may have several lines.
#[derive(Clone, Debug)]
pub(crate) struct LogLine {
    pub(crate) at: Moment,
    pub(crate) writer: Writer,
    pub(crate) text: String,
}

impl LogLine {
    /// The time CloudWatch gives the message.
    pub(crate) fn logged(&self) -> Moment {
        self.at.plus_millis(120 + ids::number(&self.text, 150))
    }
}
