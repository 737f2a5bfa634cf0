//! The interface keeps its word: `schemathesis`, which knows nothing of the city but the OpenAPI description,
//! asks every route as each kind of account. No fault, no answer that is not described.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::program::{Program, application};

const READERS: &[&str] =
    &["", "citizen", "clerk", "approver", "supervisor", "registrar", "secadmin", "auditor"];

/// Commands of a Python tool, which the project's own script makes ready.
pub fn python_tool(name: &str, command: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let made =
        Command::new(root.join("scripts/venv")).arg(name).output().expect("scripts/venv runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Path::new(String::from_utf8_lossy(&made.stdout).trim()).join(command)
}

/// `make contract` looks for longer than a test may.
fn seconds_each() -> Option<String> {
    std::env::var("CITYHALL_CONTRACT_SECONDS").ok()
}

fn ask_all(folder: &Path, program: &Program, token: Option<&str>) -> Output {
    let mut command = Command::new(python_tool("schemathesis", "st"));
    command.current_dir(folder).arg("run").arg(format!("{}/api/openapi.json", program.url));
    // Whether a thing that is well formed may be done is for the law to say, so a refusal of it is no defect.
    command.args(["--checks", "all", "--exclude-checks", "positive_data_acceptance"]);
    command.args(["--warnings", "off"]);
    command.args(["--continue-on-failure", "--seed", "1"]);
    match seconds_each() {
        Some(seconds) => command.args(["--phases", "coverage,fuzzing", "--max-time", &seconds]),
        None => command.args(["--phases", "coverage"]),
    };
    if let Some(token) = token {
        command.args(["--header", &format!("Authorization: Bearer {token}")]);
        // These end the session or the account that asks.
        command.args(["--exclude-path-regex", "/session$|/me/close$"]);
    }
    command.output().expect("schemathesis runs")
}

#[test]
fn every_route_answers_programs_as_it_is_described() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program::demo(&folder.path().join("data"), None);
    let citizen = program.sign_in("citizen");
    let (status, case) =
        program.post("/api/v1/applications", Some(&citizen), &application(&program, &citizen));
    assert_eq!(status, 201, "{case}");
    let (no, act) = (&case["no"], &case["receipt"]["act"]["id"]);
    let known = format!(
        "[parameters]\n\"path.no\" = {no}\n\"path.act\" = {act}\n\"path.code\" = \"food-business\"\n\
         \"path.verb\" = [\"accept\", \"correct\", \"examine\", \"decide\", \"nothing\"]\n"
    );
    std::fs::write(folder.path().join("schemathesis.toml"), known).expect("a file");
    for reader in READERS {
        let token = (!reader.is_empty()).then(|| program.sign_in(reader));
        let told = ask_all(folder.path(), &program, token.as_deref());
        let words = String::from_utf8_lossy(&told.stdout);
        assert!(
            told.status.success(),
            "«{reader}»:\n{words}{}",
            String::from_utf8_lossy(&told.stderr)
        );
        assert!(words.contains("Coverage"), "«{reader}» asked nothing:\n{words}");
    }
}
