//! What every fuzz target asserts of a decoding, whatever the bytes were. The targets choose the bytes; this file says
//! what must hold. The tests under `tests/sources/hostile` hold the crate to the same in the normal suite.

pub mod object;
pub mod pieces;

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

/// Keys of objects: those that say nothing, and those that name an account, a log stream or a mapped cluster.
pub const KEYS: [&str; 8] = [
    "x",
    "AWSLogs/111122223333/CloudTrail/us-east-1/2024/05/14/x.json.gz",
    "exports/aws-eks-demo-cluster/0c9ad4b5-5b9f-4a7a-8d0e-3d6f2f0a1b2c/kube-apiserver-audit-00ff/000000.gz",
    "exports/0c9ad4b5-5b9f-4a7a-8d0e-3d6f2f0a1b2c/authenticator-00ff/000000.gz",
    "exports/0c9ad4b5-5b9f-4a7a-8d0e-3d6f2f0a1b2c/kube-scheduler-00ff/000000.gz",
    "mapped/2024/05/14/14/x",
    "var/log/pods/kube-system_kube-apiserver-node-1_00ff/kube-apiserver/0.log",
    "AWSLogs/111122223333/vpcflowlogs/us-east-1/2024/05/14/x.log.parquet",
];

/// Takes back the rule that a panic ends the process at once. The envelope of Parquet catches the panics of a reader
/// that is not ours; a panic that leaves a target ends the process all the same.
pub fn let_panics_unwind() {
    let _ends_the_process = std::panic::take_hook();
    std::panic::set_hook(Box::new(|panic| {
        let is_caught = panic
            .location()
            .is_some_and(|place| ["/parquet-", "/arrow-", "/bytes-"].iter().any(|name| place.file().contains(name)));
        if !is_caught {
            eprintln!("{panic}");
        }
    }));
}

/// Splits off the byte that chooses among the variants of a target.
pub fn choice(data: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = data.split_first()?;
    Some((usize::from(*first), rest))
}

/// One member of gzip.
///
/// # Panics
/// Never: a vector takes all.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}
