//! `eksamine who`: who is behind an access key, a session, a user, a service account, a pod, an event or an address.

mod tree;

use std::process::ExitCode;

use clap::Args;
use eksamine_query::identity::who;

use crate::arguments::{Printing, Reading};
use crate::output::Format;
use crate::printing::print_text;
use crate::{lake, printing};

/// Columns for several identities in a table.
const COLUMNS: [&str; 8] =
    ["credential", "cluster", "actor", "actor_kind", "via", "confidence", "first_seen", "events"];

#[derive(Args)]
pub struct Command {
    /// An access key, a session (ARN or ROLE/SESSION), a user or a role, a Kubernetes user, a service account
    /// (NAMESPACE:NAME), a pod (NAMESPACE/NAME), an event id or an address
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    printing: Printing,
    #[command(flatten)]
    reading: Reading,
}

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    command.printing.check(1)?;
    let opened = lake::open(&command.reading).await?;
    let session = &opened.session;
    let found = who::find(session, &command.id).await?;
    let is_for_people = command.printing.format()? == Format::Table && command.printing.output.is_none();
    if !is_for_people {
        let rows = who::rows(session, &found.identities).await?;
        printing::print(rows, &command.printing, Some(&COLUMNS)).await?;
        return Ok(opened.status());
    }
    let portraits = who::portraits(session, &found.identities).await?;
    match portraits.as_slice() {
        [] => print_text(&tree::nobody(&found))?,
        [portrait] => {
            let down = who::downward(session, &portrait.identity).await?;
            let chances = who::opportunities(session, &portrait.identity).await?;
            let deeds = who::deeds(session, portrait).await?;
            print_text(&tree::whole(&found, portrait, &down, &chances, &deeds))?;
        }
        several => print_text(&tree::several(&found, several))?,
    }
    Ok(opened.status())
}
