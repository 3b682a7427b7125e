//! `kubernetes_identity`: the key of the identity behind an audit event, as it stands in the table `identities`.

use eksamine_identity::key::{self, KubernetesFields};

use super::{TextFunction, argument};

pub const FUNCTION: TextFunction = TextFunction {
    name: "kubernetes_identity",
    arguments: &["cluster", "user_name", "user_access_key_id", "user_arn", "user_session_name", "user_extra"],
    about: "key of the identity that made a Kubernetes request, in the table `identities`",
    call: |arguments| {
        let [cluster, user_name, access_key_id, arn, session_name, extra] =
            [0, 1, 2, 3, 4, 5].map(|at| argument(arguments, at));
        key::kubernetes(&KubernetesFields { cluster, user_name, access_key_id, arn, session_name, extra })
    },
};
