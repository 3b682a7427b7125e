//! What happens, as scenes. Each plays once a day and needs nothing of the others but what is on the stage.

pub(crate) mod changes;
pub(crate) mod configuration;
pub(crate) mod estate;
pub(crate) mod flows;
pub(crate) mod logins;
pub(crate) mod people;
pub(crate) mod pipelines;
pub(crate) mod workloads;

use super::stage::Stage;

/// All days.
pub(crate) fn play(stage: &mut Stage) {
    estate::play(stage);
    for day in 0..stage.days {
        stage.day = day;
        estate::replacement(stage);
        people::play(stage);
        pipelines::play(stage);
        workloads::play(stage);
        logins::play(stage);
        configuration::play(stage);
        flows::play(stage);
        changes::play(stage);
    }
}
