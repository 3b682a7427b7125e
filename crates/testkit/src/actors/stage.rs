//! Where the scenes play: the ledger they write to, who and what is there, and what day it is.

use std::collections::BTreeMap;

use super::holder::{Holder, iam_user};
use super::ledger::Ledger;
use super::time::{DAY_MICROS, FIRST_DAY_MICROS, HOUR_MICROS};
use super::truth::Holder as FlowHolder;
use super::world::{Cluster, DATA, PLATFORM, Role, clusters};
use crate::generate::Random;

/// The account of people and audit, without a cluster.
pub(crate) const HUB: &str = "777788889999";

/// The roles of an account that people and pipelines take.
#[derive(Debug)]
pub(crate) struct Roles {
    pub(crate) admin: Role,
    pub(crate) network: Role,
    pub(crate) deploy: Role,
    pub(crate) operate: Role,
    pub(crate) break_glass: Role,
    pub(crate) audit: Role,
    pub(crate) payments: Role,
    pub(crate) orders: Role,
}

#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) ledger: Ledger,
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) days: i64,
    pub(crate) day: i64,
    /// Of the accounts with clusters.
    pub(crate) roles: Vec<(&'static str, Roles)>,
    pub(crate) hub_admin: Role,
    /// Service-linked roles by account and service, made when they are first used.
    pub(crate) linked: BTreeMap<(&'static str, &'static str), Role>,
    /// The users of the accounts, with the keys they always have.
    pub(crate) users: Vec<Holder>,
    /// The events that gave each cluster's `orders-api` its role.
    pub(crate) associations: Vec<(&'static str, String)>,
    /// The pod of each cluster that has the address that all pods of the scene of flows have, one after the other.
    pub(crate) tenants: BTreeMap<&'static str, FlowHolder>,
}

impl Stage {
    pub(crate) fn new(seed: u64, days: i64) -> Self {
        let mut random = Random::new(&[seed, 0x6163_746f_7273]);
        let clusters = clusters(&mut random, days);
        let roles = [PLATFORM, DATA].map(|account| (account, Roles::new(&mut random, account))).into();
        let sso = "aws-reserved/sso.amazonaws.com/eu-west-1/";
        let hub_admin = Role::new(&mut random, HUB, sso, "AWSReservedSSO_HubAdmin_00112233445566aa");
        let users = [("alice", PLATFORM), ("backup-job", PLATFORM), ("mallory", DATA), ("bob", DATA)];
        let users = users.map(|(name, account)| iam_user(&mut random, account, name)).into();
        let mut ledger = Ledger::new(random);
        for cluster in &clusters {
            ledger.clusters.entry(cluster.account).or_default().push(cluster.name);
        }
        Self {
            ledger,
            clusters,
            days,
            day: 0,
            roles,
            hub_admin,
            linked: BTreeMap::new(),
            users,
            associations: Vec::new(),
            tenants: BTreeMap::new(),
        }
    }

    /// A time of the working day, with room for an hour after it.
    pub(crate) fn some_time(&mut self) -> i64 {
        let into_day = 7 * HOUR_MICROS + self.ledger.random.below(12 * HOUR_MICROS as u64) as i64;
        FIRST_DAY_MICROS + self.day * DAY_MICROS + into_day
    }

    pub(crate) fn random(&mut self) -> &mut Random {
        &mut self.ledger.random
    }

    pub(crate) fn roles(&self, account: &str) -> &Roles {
        let found = self.roles.iter().find(|(of, _)| *of == account);
        &found.unwrap_or(&self.roles[0]).1
    }

    pub(crate) fn user(&self, name: &str) -> Holder {
        let found = self.users.iter().find(|user| user.who.actor == name);
        found.unwrap_or(&self.users[0]).clone()
    }
}

impl Roles {
    fn new(random: &mut Random, account: &'static str) -> Self {
        let sso = "aws-reserved/sso.amazonaws.com/eu-west-1/";
        let mut role = |path, name| Role::new(random, account, path, name);
        Self {
            admin: role(sso, "AWSReservedSSO_PlatformAdmin_0123456789abcdef"),
            network: role(sso, "AWSReservedSSO_NetworkAdmin_fedcba9876543210"),
            deploy: role("", "ci-deploy"),
            operate: role("", "cluster-operator"),
            break_glass: role("", "break-glass"),
            audit: role("", "audit-reader"),
            payments: role("", "payments-api-irsa"),
            orders: role("", "orders-api-pod"),
        }
    }
}
