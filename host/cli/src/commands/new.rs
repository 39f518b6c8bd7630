//! `parlor new NAME`: a room package to start from.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use crate::config::room_file::parse_name;
use crate::terminal::print;

/// Makes a folder with a room in Rust that builds as it is.
#[derive(Debug, clap::Args)]
pub struct NewArguments {
    /// The room type's name, and the folder's
    name: String,
    /// The folder of the crate `parlor-sdk`; found by itself inside a checkout of Parlor
    #[arg(long, value_name = "FOLDER")]
    sdk_path: Option<PathBuf>,
}

/// A file of the new package. `@NAME@` and `@SDK@` are filled in.
struct Template {
    path: &'static str,
    text: &'static str,
}

const TEMPLATES: [Template; 5] = [
    Template {
        path: "room.toml",
        text: include_str!("../../templates/room.toml"),
    },
    Template {
        path: "Cargo.toml",
        text: include_str!("../../templates/Cargo.toml.template"),
    },
    Template {
        path: "src/lib.rs",
        text: include_str!("../../templates/lib.rs"),
    },
    Template {
        path: "README.md",
        text: include_str!("../../templates/README.md"),
    },
    Template {
        path: ".gitignore",
        text: include_str!("../../templates/gitignore"),
    },
];

/// Where the SDK's crate is in a checkout.
const SDK_IN_CHECKOUT: &str = "guest-sdk/rust/parlor-sdk";

/// Runs the command.
pub fn run(arguments: &NewArguments) -> Result<()> {
    let name = parse_name(&arguments.name).map_err(|fault| anyhow!(fault))?;
    let folder = Path::new(name.as_str());
    if folder.exists() {
        bail!("`{name}` exists already; nothing was changed");
    }
    let sdk = match &arguments.sdk_path {
        Some(path) => Some(checked_sdk(path)?),
        None => find_sdk(),
    };
    for template in &TEMPLATES {
        let path = folder.join(template.path);
        let text = template
            .text
            .replace("@NAME@", name.as_str())
            .replace("@SDK@", &dependency(sdk.as_deref()));
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&path, text))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    print(format_args!(
        "made {name}/ with a room in src/lib.rs; `parlor dev {name}` builds and serves it"
    ));
    if sdk.is_none() {
        print("parlor-sdk will come from crates.io; for one in a checkout of Parlor use --sdk-path");
    }
    Ok(())
}

/// What stands behind `parlor-sdk =`.
fn dependency(sdk: Option<&Path>) -> String {
    match sdk {
        Some(path) => {
            let path = toml::Value::String(path.display().to_string());
            format!("{{ path = {path} }}")
        }
        None => format!(
            "\"{}.{}\"",
            env!("CARGO_PKG_VERSION_MAJOR"),
            env!("CARGO_PKG_VERSION_MINOR")
        ),
    }
}

fn checked_sdk(path: &Path) -> Result<PathBuf> {
    if !path.join("Cargo.toml").is_file() {
        bail!(
            "--sdk-path: there is no Cargo.toml in {}; it must be the folder of `parlor-sdk`",
            path.display()
        );
    }
    path.canonicalize()
        .with_context(|| format!("cannot resolve {}", path.display()))
}

/// The SDK of the checkout that we stand in, or that this program was built in.
fn find_sdk() -> Option<PathBuf> {
    let starts = [env::current_dir().ok(), env::current_exe().ok()];
    starts
        .iter()
        .flatten()
        .flat_map(|start| start.ancestors())
        .find_map(|folder| {
            let sdk = folder.join(SDK_IN_CHECKOUT);
            sdk.join("Cargo.toml")
                .is_file()
                .then(|| sdk.canonicalize().ok())
                .flatten()
        })
}
