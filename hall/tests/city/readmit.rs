//! An administrator who lost the password is let in again on the machine itself.

use std::path::Path;

use testkit::database::{Home, Kind};

use crate::founded::{entered, founded};
use crate::program::{Program, badly, cityhall, well};

/// The one-time code that `readmit` prints.
fn code_for(login: &str, data: &Path) -> String {
    let said = well(&cityhall(&["readmit", login], data));
    let (_, code) = said.split_once("一次性代码 ").expect("a code");
    code.lines().next().expect("a code").trim().to_owned()
}

fn is_let_in(kind: Kind) {
    let home = Home::fresh(kind);
    let data = home.folder().join("data");
    let codes = founded(&home, &data);
    let program = Program::serve(&data);
    let code_of = |role: &str| &codes.iter().find(|(login, _)| login == role).expect(role).1;
    let security = entered(&program, "secadmin", code_of("secadmin"));

    // Beside the running server: the code of the founding is replaced.
    let code = code_for("sysadmin", &data);
    let system = entered(&program, "sysadmin", &code);
    for administrator in [&security, &system] {
        let (status, page) = administrator.get("/desk");
        assert_eq!(status, 200);
        assert!(page.contains("有人在服务器上为管理员签发了一次性代码"), "{page}");
    }
    let said = badly(&cityhall(&["readmit", "nobody"], &data));
    assert!(said.contains("没有 nobody 这个账户"), "{said}");

    // With a stopped city.
    program.strike();
    drop(program);
    let code = code_for("auditor", &data);
    let program = Program::serve(&data);
    let auditor = entered(&program, "auditor", &code);
    let (_, page) = auditor.get("/desk/audit");
    assert!(page.contains("在服务器上为管理员签发一次性代码"), "{page}");
    assert!(well(&cityhall(&["check"], &data)).contains("登记簿"));
}

#[test]
fn an_administrator_is_let_in_again_on_the_machine_on_sqlite() {
    is_let_in(Kind::Sqlite);
}

#[test]
fn an_administrator_is_let_in_again_on_the_machine_on_postgres() {
    is_let_in(Kind::Postgres);
}
