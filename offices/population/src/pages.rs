//! What registrars see: looking one person up for a stated purpose, as they stand or as they stood, and bringing files
//! in. There is no list of everybody.

mod look;
pub(crate) mod same;

use ask::Question;
use catalogue_contract::ProviderOf;
use exchange_contract::PublicationPart;
use frame::loads::{self, LoadDesk};
use frame::parts::Tab;

use crate::rules::{COLUMNS, DEATH, HEADINGS};
use crate::terms::{FED, RESIDENTS};
use crate::{TITLE, jobs};

pub(crate) use look::{desk, look, prove};

/// The desk where files come in.
pub(crate) static LOADS: LoadDesk = LoadDesk {
    register: &RESIDENTS,
    title: TITLE,
    home: "/desk/population",
    path: "/desk/population/loads",
    job: jobs::IMPORT,
    tabs: loads_tabs,
    hint,
    columns: &COLUMNS,
    feeds: "/desk/population/feeds",
    fed: FED,
};

/// The same for the rooms that all registers have.
pub(crate) struct Keeper;

impl loads::Keeper for Keeper {
    const DESK: &'static LoadDesk = &LOADS;
    const PART: &'static str = PublicationPart::KIND;
    const PROVIDER: &'static str = ProviderOf::KIND;
}

fn hint() -> String {
    format!(
        "第一行写标题：{}；可以再加一列“{DEATH}”，健在的不填。CSV（UTF-8 或者 GB 18030）、Excel 工作簿（.xlsx）、JSON 都可以。",
        HEADINGS.join(",")
    )
}

fn loads_tabs() -> Vec<Tab> {
    tabs("loads").into()
}

/// The parts of the register's desk.
fn tabs(here: &str) -> [Tab; 3] {
    [
        Tab::new("查询一个人", "/desk/population", here == "look"),
        Tab::new("导入和报告", "/desk/population/loads", here == "loads"),
        Tab::new("同一人核对", "/desk/population/same", here == "same"),
    ]
}
