//! Writes a synthetic city as CSV on the standard output:
//! `cargo run --release -p kernel-synth --example city -- residents|firms|events|firm-events [RESIDENTS] [SEED]`.

use std::io::Write;

use base::{Day, Phone};
use kernel_synth::{City, Firm, FirmHappening, Happening, Resident};

/// So many residents there are to a firm.
const A_FIRM: u32 = 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_else(|| "residents".to_owned());
    let residents: u32 = arguments.next().unwrap_or_else(|| "1000".to_owned()).parse()?;
    let seed: u64 = arguments.next().unwrap_or_else(|| "420700".to_owned()).parse()?;
    let city = City::new(seed, residents).map_err(|stop| format!("{stop:?}"))?;
    let firms = || city.firms(residents / A_FIRM).map_err(|stop| format!("{stop:?}"));
    let (from, to) = (city.today(), city.today().plus(2 * 365));
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match what.as_str() {
        "firms" => {
            for firm in firms()?.iter() {
                writeln!(out, "{}", firm_line(&firm))?;
            }
        }
        "events" => {
            for event in city.events(from, to) {
                let kind = match event.happening {
                    Happening::Birth => "出生".to_owned(),
                    Happening::Death => "死亡".to_owned(),
                    Happening::MoveIn => "迁入".to_owned(),
                    Happening::MoveOut(to) => format!("迁往{to}"),
                    Happening::Move => "市内迁移".to_owned(),
                    Happening::Marriage => "结婚".to_owned(),
                    Happening::NameChange(before) => format!("曾用名{before}"),
                };
                for one in &event.people {
                    writeln!(out, "{},{kind},{}", event.day, line(one))?;
                }
                for one in &event.also {
                    writeln!(out, "{},户内关系变更,{}", event.day, line(one))?;
                }
            }
        }
        "firm-events" => {
            for event in firms()?.events(from, to) {
                let kind = match &event.happening {
                    FirmHappening::Representative(person) => format!("变更法定代表人,{person}"),
                    FirmHappening::Moved(address) => format!("变更住所,{address}"),
                    FirmHappening::Revoked => "吊销".to_owned(),
                    FirmHappening::Cancelled => "注销".to_owned(),
                    FirmHappening::Founded(firm) => format!("设立,{}", firm_line(firm)),
                };
                writeln!(out, "{},{},{kind}", event.day, event.firm)?;
            }
        }
        _ => {
            for one in city.residents() {
                writeln!(out, "{}", line(&one))?;
            }
        }
    }
    out.flush()?;
    Ok(())
}

fn line(one: &Resident) -> String {
    let (relation, number) = (one.relation.chinese(), one.number.as_str());
    let phone = one.phone.as_ref().map_or("", Phone::as_str);
    let (name, sex, birth): (_, _, Day) = (&one.name, one.sex().chinese(), one.birth());
    let (ethnicity, address) = (one.ethnicity_name, &one.address);
    format!(
        "{},{},{relation},{number},{name},{sex},{birth},{ethnicity},{address},{phone}",
        one.id, one.household
    )
}

fn firm_line(firm: &Firm) -> String {
    let (code, name, kind) = (firm.code.as_str(), &firm.name, firm.kind);
    let (industry, address, founded) = (firm.industry, &firm.address, firm.founded);
    let (capital, status) = (firm.capital, firm.status.chinese());
    let licences: Vec<&str> = firm.licences.iter().map(|one| one.number.as_str()).collect();
    format!(
        "{},{code},{name},{kind},{industry},{address},{founded},{},{capital},{status},{},{}",
        firm.id,
        firm.representative,
        firm.officers.len(),
        licences.join(" ")
    )
}
