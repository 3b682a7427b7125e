//! The `eksamine` program: what the user types, and what is printed. The only crate that knows the terminal, the
//! environment and the clock.

mod arguments;
mod commands;
mod failure;
mod interrupt;
mod lake;
mod memory;
mod numbers;
mod output;
mod places;
mod printing;
mod progress;
mod prose;
mod shell;
mod summary;
mod terminal;
mod times;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Planning a deeply nested query recurses deeply, and more so in a build without optimisation.
const STACK_BYTES: usize = 16 << 20;

/// Threads that read files, at most. Each has memory of its own that it keeps, so hundreds of them cost more than they
/// bring.
const BLOCKING_THREADS: usize = 8;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match &arguments.command {
        Command::Ingest(command) => memory::arrange_for_ingest(command.memory_bytes()),
        Command::Tables(_) | Command::Verify(_) => {}
        _ => memory::arrange_for_questions(),
    }
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().thread_stack_size(STACK_BYTES).max_blocking_threads(BLOCKING_THREADS);
    let runtime = match builder.build() {
        Ok(runtime) => runtime,
        Err(error) => return failure::report(&anyhow::Error::new(error).context("can't start the runtime")),
    };
    // The main thread's stack is small, so the command runs on one of the runtime's.
    let task = runtime.spawn(run(arguments));
    #[expect(clippy::disallowed_methods, reason = "the program's own runtime")]
    let result = runtime.block_on(task);
    // The program ends now. Shutting the runtime down would wait for, or pull the ground from under, a thread that an
    // interrupted command left behind.
    std::mem::forget(runtime);
    match result {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => failure::report(&error),
        Err(_panic) => {
            printing::tell("\nhint: this is a defect of eksamine; please report it, with the lines above");
            ExitCode::from(failure::DEFECT)
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.command {
        Command::Ingest(command) => commands::ingest::run(command).await,
        Command::Status(command) => interrupt::unless_interrupted(commands::status::run(command)).await,
        Command::Sql(command) => commands::sql::run(command).await,
        Command::Insights(command) => interrupt::unless_interrupted(commands::insights::run(command)).await,
        Command::Query(command) => interrupt::unless_interrupted(commands::query::run(command)).await,
        Command::Coverage(command) => interrupt::unless_interrupted(commands::coverage::run(command)).await,
        Command::Timeline(command) => interrupt::unless_interrupted(commands::timeline::run(command)).await,
        Command::Who(command) => interrupt::unless_interrupted(commands::who::run(command)).await,
        Command::Verify(command) => interrupt::unless_interrupted(commands::verify::run(command)).await,
        Command::Export(command) => interrupt::unless_interrupted(Box::pin(commands::export::run(command))).await,
        Command::Check(command) => interrupt::unless_interrupted(commands::check::run(command)).await,
        Command::Tables(command) => commands::tables::run(&command),
    }
}
