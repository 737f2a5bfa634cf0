//! What registrars see: looking one person up for a stated purpose, bringing a file in, and the
//! reports on what was brought in. There is no list of everybody.

mod coming;
mod import;
mod look;

pub(crate) use import::{import, load, loads};
pub(crate) use look::{desk, look};

use frame::parts::Tab;

/// The two parts of the register's desk.
fn tabs(here: &str) -> [Tab; 2] {
    [
        Tab::new("查询一个人", "/desk/population", here == "look"),
        Tab::new("导入和报告", "/desk/population/loads", here == "loads"),
    ]
}
