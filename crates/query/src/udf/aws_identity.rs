//! `aws_identity`: the key of the identity behind a CloudTrail event, as it stands in the table `identities`.

use eksamine_identity::key::{self, AwsFields};

use super::{TextFunction, argument};

pub const FUNCTION: TextFunction = TextFunction {
    name: "aws_identity",
    arguments: &[
        "access_key_id",
        "user_type",
        "user_arn",
        "user_principal_id",
        "user_invoked_by",
        "user_name",
        "user_account_id",
        "session_created",
    ],
    about: "key of the identity that made an AWS call, in the table `identities`",
    call: |arguments| {
        let [access_key_id, user_type, arn, principal_id, invoked_by, user_name, account_id, session_created] =
            [0, 1, 2, 3, 4, 5, 6, 7].map(|at| argument(arguments, at));
        key::aws(&AwsFields {
            access_key_id,
            user_type,
            arn,
            principal_id,
            invoked_by,
            user_name,
            account_id,
            session_created,
        })
    },
};
