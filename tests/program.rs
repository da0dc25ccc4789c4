//! The example programs, built by cargo.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// Builds an example and returns the path of its program.
pub(crate) fn build(example: &str, profile: &str) -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--all-features",
            "--profile",
            profile,
            "--example",
            example,
            "--message-format",
            "json",
        ])
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let messages = String::from_utf8_lossy(&built.stdout).into_owned();
    let artifacts = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let program = artifacts.filter(|message| message["target"]["name"] == example);
    let program = program.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).next_back();
    program.expect("cargo prints the path of the program")
}
