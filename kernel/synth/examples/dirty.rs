//! Writes what registers say about the people of a synthetic city, as CSV on the standard output:
//! `cargo run --release -p kernel-synth --example dirty -- [RECORDS] [SEED]`.

use std::io::Write;

use kernel_synth::City;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let records: u32 = arguments.next().unwrap_or_else(|| "1000".to_owned()).parse()?;
    let seed: u64 = arguments.next().unwrap_or_else(|| "420700".to_owned()).parse()?;
    let city =
        City::new(seed, (records / 100 * 108).max(1_000)).map_err(|stop| format!("{stop:?}"))?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    writeln!(out, "truth,source,name,sex,birth,number,phone,address,division")?;
    for entry in city.dirty(records).map_err(|stop| format!("{stop:?}"))? {
        let (truth, source, name, sex) = (entry.truth, entry.source, entry.name, entry.sex);
        let (birth, number, phone) = (entry.birth, entry.number, entry.phone);
        let (address, division) = (entry.address, entry.division);
        writeln!(
            out,
            "{truth},{source},{name},{sex},{birth},{number},{phone},{address},{division}"
        )?;
    }
    out.flush()?;
    Ok(())
}
