//! The columns that tell who made an event, and by which record it is known.

use datafusion::common::Result;
use eksamine_identity::{AwsCredential, Evidence, Plane};

use super::columns::{Columns, Numbers, Texts, Times};

/// The columns that tell of an AWS caller.
pub struct Callers {
    texts: [Texts; 11],
    created: Times,
}

impl Callers {
    pub fn of(columns: &Columns<'_>) -> Result<Self> {
        let texts = [
            columns.texts("identity")?,
            columns.texts("access_key_id")?,
            columns.texts("user_type")?,
            columns.texts("user_arn")?,
            columns.texts("user_principal_id")?,
            columns.texts("user_invoked_by")?,
            columns.texts("user_name")?,
            columns.texts("user_account_id")?,
            columns.texts("session_issuer_arn")?,
            columns.texts("source_identity")?,
            columns.texts("provider")?,
        ];
        Ok(Self { texts, created: columns.times("session_created")? })
    }

    pub fn get(&self, row: usize) -> Option<AwsCredential> {
        let [
            identity,
            access_key_id,
            user_type,
            arn,
            principal_id,
            invoked_by,
            user_name,
            account_id,
            issuer_arn,
            source_identity,
            provider,
        ] = self.texts.each_ref().map(|texts| texts.get(row));
        Some(AwsCredential {
            identity: identity?,
            access_key_id,
            user_type,
            arn,
            principal_id,
            invoked_by,
            user_name,
            account_id,
            session_created: self.created.get(row),
            issuer_arn,
            source_identity,
            provider,
        })
    }
}

/// The columns that name the record of a fact.
pub struct Records {
    plane: Plane,
    time: Times,
    cluster: Option<Texts>,
    event_id: Option<Texts>,
    source_uri: Texts,
    source_record: Numbers,
}

impl Records {
    pub fn of(columns: &Columns<'_>, plane: Plane) -> Result<Self> {
        let of_cluster = plane != Plane::Aws;
        let event_id = match plane {
            Plane::Aws => Some(columns.texts("event_id")?),
            Plane::Kubernetes => Some(columns.texts("audit_id")?),
            Plane::Authenticator => None,
        };
        Ok(Self {
            plane,
            time: columns.times("event_time")?,
            cluster: if of_cluster { Some(columns.texts("cluster")?) } else { None },
            event_id,
            source_uri: columns.texts("source_uri")?,
            source_record: columns.numbers("source_record")?,
        })
    }

    pub fn get(&self, row: usize) -> Evidence {
        Evidence {
            time: self.time.get(row),
            plane: self.plane,
            cluster: self.cluster.as_ref().and_then(|cluster| cluster.get(row)),
            event_id: self.event_id.as_ref().and_then(|id| id.get(row)),
            source_uri: self.source_uri.get(row).unwrap_or_default(),
            source_record: self.source_record.get(row),
        }
    }
}

/// The columns that name who made a request to a cluster.
pub struct Askers {
    records: Records,
    identity: Texts,
    name: Texts,
    cluster: Texts,
    namespace: Texts,
}

/// Who made a request to a cluster.
pub struct Asker {
    pub evidence: Evidence,
    pub identity: String,
    pub name: String,
    pub cluster: String,
    pub namespace: String,
}

impl Askers {
    pub fn of(columns: &Columns<'_>) -> Result<Self> {
        Ok(Self {
            records: Records::of(columns, Plane::Kubernetes)?,
            identity: columns.texts("caller")?,
            name: columns.texts("user_name")?,
            cluster: columns.texts("cluster")?,
            namespace: columns.texts("object_namespace")?,
        })
    }

    pub fn get(&self, row: usize) -> Option<Asker> {
        Some(Asker {
            evidence: self.records.get(row),
            identity: self.identity.get(row)?,
            name: self.name.get(row).unwrap_or_default(),
            cluster: self.cluster.get(row).unwrap_or_default(),
            namespace: self.namespace.get(row)?,
        })
    }
}
