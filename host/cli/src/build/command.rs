//! Packages with `kind = "command"`: any language, any tool.

use crate::config::Package;
use crate::config::room_file::{BuildKind, CommandLine};

use super::{BuildError, Built, artifact, environment, process};
use crate::terminal::{Progress, human_size};

/// Runs the package's command in its folder and takes the component that it leaves.
pub fn build(package: &Package, progress: Progress) -> Result<Built, BuildError> {
    let BuildKind::Command { command, output } = &package.build else {
        return Err(BuildError::NoOutput(package.component()));
    };
    let (program, arguments, shown) = match command {
        CommandLine::Shell(line) => ("sh", vec!["-c", line], line.clone()),
        CommandLine::Arguments(words) => {
            let mut words = words.iter().map(String::as_str);
            let program = words.next().unwrap_or_default();
            let rest: Vec<&str> = words.collect();
            (
                program,
                rest.clone(),
                [&[program], rest.as_slice()].concat().join(" "),
            )
        }
    };
    let step = progress.step(format!("{}: {shown}", package.name));
    let mut printed = Vec::new();
    let mut tool = environment::clean_command(program, &package.folder);
    let ended = process::run(tool.args(arguments), None, |line| {
        let (process::Line::Out(line) | process::Line::Err(line)) = line;
        step.note(line.clone());
        printed.push(line);
    });
    let result = ended.and_then(|ended| {
        if !ended.well() {
            let what = format!("`{shown}` in {}", package.folder.display());
            return Err(BuildError::Failed {
                what,
                output: printed.join("\n"),
            });
        }
        artifact::put_in_place(package, &package.folder.join(output))
    });
    match &result {
        Ok(built) => step.done(format_args!(
            "{} ({})",
            built.component.display(),
            human_size(built.size)
        )),
        Err(_) => step.failed(),
    }
    result
}
