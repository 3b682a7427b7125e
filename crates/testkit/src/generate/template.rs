//! Templates: JSON text with `$` and a letter where a value of the record's scene goes.
//!
//! Event shapes are data written as templates, so that a new one is one line and nothing is built but bytes. Values
//! put into templates need no JSON escape, whatever the depth of escaping they stand at.

use super::random::{Random, mix};
use super::text;
use super::world::{ACCOUNTS, Home, NODE_ROLE, NODES_PER_CLUSTER, REGIONS, ROLES, Session, WORKLOADS, World};

/// How long after its beginning a session's own credentials are handed out.
const EARLY_MICROS: i64 = 450 * text::MICROS_PER_SECOND;

const BUCKETS: [&str; 8] =
    ["assets", "orders-archive", "cloudtrail-logs", "tf-state", "exports", "backups", "ml-input", "reports"];
const FOLDERS: [&str; 6] = ["incoming", "2025/q1", "thumbnails/large", "daily", "tenants/blue", "état"];
const WORDS: [&str; 16] = [
    "orders", "invoices", "events", "sessions", "billing", "stock", "mail", "audit", "search", "users", "carts",
    "rates", "images", "returns", "alerts", "jobs",
];

/// What the values of one record's templates are taken from.
#[derive(Debug)]
pub struct Scene<'a> {
    pub world: &'a World,
    pub random: Random,
    pub account: usize,
    pub region: usize,
    pub cluster: usize,
    pub time_micros: i64,
    pub node: u64,
    pub workload: usize,
    pub replica: u64,
    /// The role the record speaks of, which need not be the caller's.
    pub role: usize,
    /// Numbers that stay the same within the record.
    pub small: u64,
    names: u64,
    /// A number of the record's own.
    serial: u64,
}

impl<'a> Scene<'a> {
    pub fn new(
        world: &'a World,
        mut random: Random,
        account: usize,
        region: usize,
        cluster: usize,
        time_micros: i64,
    ) -> Self {
        let node = random.skewed(NODES_PER_CLUSTER);
        let workload = random.skewed(WORKLOADS.len() as u64) as usize;
        let replica = random.skewed(8);
        let role = random.skewed(ROLES.len() as u64) as usize;
        let small = 1 + random.skewed(100);
        let names = random.next();
        Self {
            world,
            random,
            account,
            region,
            cluster,
            time_micros,
            node,
            workload,
            replica,
            role,
            small,
            names,
            serial: 0,
        }
    }

    /// Gives the record its own random numbers, after what it has in common with its neighbours was drawn.
    pub fn set_apart(&mut self, mut random: Random) {
        self.serial = random.next();
        self.random = random;
    }

    /// Pushes the template with its values:
    ///
    /// | letter | value |
    /// |---|---|
    /// | `a` `r` `c` | account, region, cluster name |
    /// | `u` | a UUID |
    /// | `h` `x` `f` | 17, 8 and 64 hexadecimal digits |
    /// | `g` | 17 hexadecimal digits of one of the cluster's few networks |
    /// | `i` | 17 hexadecimal digits of the node's instance id |
    /// | `n` `N` `B` | a number to 100, to 10⁹, and a size in bytes, mostly small |
    /// | `s` | a number to 100, the same in the whole record |
    /// | `t` `T` `y` `m` `M` | the time in seconds, an hour later, a few months before, in milliseconds, in microseconds |
    /// | `d` `p` | an address of the documentation ranges, one of the cluster's network |
    /// | `b` `k` `K` `W` | bucket, object key, KMS key, word, each the same in the whole record |
    /// | `R` `A` `Q` | a role, the access key of its session, that session's name |
    /// | `O` `E` | the role of the cluster's nodes, the access key of the node's session |
    /// | `I` | 32 hexadecimal digits of the cluster's OIDC issuer |
    /// | `6` `4` | 76 and 240 base64 characters |
    /// | `e` `P` `U` `S` `D` `z` `v` | node, pod, pod's uid, namespace, workload, replica set's hash, resource version |
    /// | `$` | a dollar |
    pub fn push(&mut self, out: &mut Vec<u8>, template: &str) {
        let mut parts = template.split('$');
        text::push(out, parts.next().unwrap_or_default());
        while let Some(part) = parts.next() {
            let Some(letter) = part.chars().next() else {
                // Two dollars: the part between them is empty and the next one is text.
                out.push(b'$');
                text::push(out, parts.next().unwrap_or_default());
                continue;
            };
            self.push_value(out, letter);
            text::push(out, &part[letter.len_utf8()..]);
        }
    }

    pub fn home(&self) -> Home {
        Home { account: self.account, region: self.region, cluster: self.cluster }
    }

    /// Days since 1970-01-01 of the scene's time.
    pub fn day(&self) -> i64 {
        self.time_micros.div_euclid(text::SECONDS_PER_DAY * text::MICROS_PER_SECOND)
    }

    pub fn push_new_uuid(&mut self, out: &mut Vec<u8>) {
        let high = self.random.next();
        text::push_uuid(out, high, self.random.next());
    }

    fn push_value(&mut self, out: &mut Vec<u8>, letter: char) {
        match letter {
            'a' => text::push(out, ACCOUNTS[self.account]),
            'r' => text::push(out, REGIONS[self.region]),
            'c' => text::push(out, &self.world.cluster(self.cluster).name),
            'u' => self.push_new_uuid(out),
            'h' => self.push_instance_like(out, None),
            'x' => text::push_hex(out, self.random.next(), 8),
            'f' => (0..4).for_each(|_| text::push_hex(out, self.random.next(), 16)),
            'g' => {
                let home = self.world.home_number(self.home());
                let number = mix(&[self.world.seed, 9, home, self.random.skewed(10)]);
                self.push_instance_like(out, Some(number));
            }
            'i' => self.push_instance_like(out, Some(self.world.node_number(self.home(), self.node))),
            'n' => text::push_number(out, 1 + self.random.skewed(100)),
            's' => text::push_number(out, self.small),
            'N' => text::push_number(out, self.random.below(1_000_000_000)),
            'B' => text::push_number(out, 1 + self.random.skewed(1 << 22)),
            't' => text::push_seconds(out, self.time_micros),
            'T' => text::push_seconds(out, self.time_micros + 3_600 * text::MICROS_PER_SECOND),
            'y' => text::push_seconds(out, self.months_before()),
            'm' => text::push_number(out, (self.time_micros / 1_000) as u64),
            'M' => text::push_micros(out, self.time_micros),
            'd' => text::push_public_address(out, mix(&[self.world.seed, 10, self.random.skewed(300)])),
            'p' => {
                let node = self.random.skewed(NODES_PER_CLUSTER);
                self.world.push_node_address(out, self.cluster, node);
            }
            'v' => text::push_number(out, (self.time_micros / 40_000) as u64 % 1_000_000_000 + self.random.below(9)),
            _ => self.push_name(out, letter),
        }
    }

    fn push_name(&mut self, out: &mut Vec<u8>, letter: char) {
        let day = self.day();
        match letter {
            'b' => {
                text::push(out, "example-");
                text::push(out, BUCKETS[self.name_number(0, 8) as usize]);
                out.push(b'-');
                text::push(out, ACCOUNTS[self.account]);
            }
            'k' => {
                text::push(out, FOLDERS[self.name_number(1, 6) as usize]);
                out.push(b'/');
                text::push_hex(out, self.serial, 10);
                text::push(out, [".json.gz", ".parquet", ".jpg", ""][self.name_number(2, 4) as usize]);
            }
            'K' => {
                let number =
                    mix(&[self.world.seed, 11, self.account as u64, self.region as u64, self.name_number(3, 6)]);
                text::push_uuid(out, number, mix(&[number]));
            }
            'W' => text::push(out, WORDS[self.name_number(4, 16) as usize]),
            'R' => self.world.push_role_name(out, self.home(), self.role),
            'O' => self.world.push_role_name(out, self.home(), NODE_ROLE),
            'I' => self.world.push_issuer_id(out, self.home()),
            'A' => text::push_access_key(out, self.minted_key(&self.role_session())),
            'Q' => self.world.push_session_name(out, &self.role_session()),
            'E' => {
                let session = self.world.session(self.home(), NODE_ROLE, self.node, self.time_micros);
                text::push_access_key(out, self.minted_key(&session));
            }
            '6' => text::push_base64(out, &mut self.random, 76),
            '4' => text::push_base64(out, &mut self.random, 240),
            'e' => self.world.push_node_name(out, self.cluster, self.node),
            'P' => self.world.push_pod_name(out, self.cluster, self.workload, self.replica, day),
            'U' => self.world.push_pod_uid(out, self.cluster, self.workload, self.replica, day),
            'S' => text::push(out, WORKLOADS[self.workload].0),
            'D' => text::push(out, WORKLOADS[self.workload].1),
            'z' => self.world.push_replica_set_hash(out, self.cluster, self.workload, day),
            other => debug_assert!(false, "no value is known for `${other}`"),
        }
    }

    fn role_session(&self) -> Session {
        self.world.session(self.home(), self.role, self.small % 3, self.time_micros)
    }

    /// What a call answers that asks for credentials: early in a session those it is known by, later others that nobody
    /// uses, since no key is handed out all day.
    fn minted_key(&self, session: &Session) -> u64 {
        if self.time_micros - session.created_micros < EARLY_MICROS {
            return session.key;
        }
        mix(&[session.key, self.serial])
    }

    /// A skewed number below `bound` that stays the same in the record for the same purpose.
    fn name_number(&self, purpose: u32, bound: u64) -> u64 {
        let number = self.names.rotate_left(purpose * 13 + 40);
        let once = (number & 0xffff) * bound / 0x1_0000 + 1;
        (number >> 16 & 0xffff) * once / 0x1_0000
    }

    /// 17 digits, as ids of instances and networks have.
    fn push_instance_like(&mut self, out: &mut Vec<u8>, number: Option<u64>) {
        let number = number.unwrap_or_else(|| self.random.next());
        out.push(b'0');
        text::push_hex(out, number, 16);
    }

    fn months_before(&mut self) -> i64 {
        let workload = mix(&[self.world.seed, 12, self.cluster as u64, self.workload as u64]);
        let days = 20 + (workload % 200) as i64;
        (self.day() - days) * text::SECONDS_PER_DAY * text::MICROS_PER_SECOND
            + (workload >> 20) as i64 % text::SECONDS_PER_DAY * text::MICROS_PER_SECOND
    }
}
