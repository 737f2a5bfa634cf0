//! Compound files (MS-CFB), the documents of Office before 2007: what they are by the names in
//! their directory.

use super::Flaw;
use super::numbers::{le16, le32};

/// Sectors of a directory that are read: names beyond them decide nothing.
const DIRECTORY_SECTORS_MAX: usize = 1024;
/// Entries of the sector table that stand in the header.
const HEADER_TABLE: u32 = 109;
/// Sectors that tell where the rest of the sector table stands.
const TABLE_SECTORS_MAX: u32 = 1024;

struct Compound<'b> {
    bytes: &'b [u8],
    shift: u32,
}

/// What a compound file is.
pub(crate) fn compound(bytes: &[u8]) -> Result<&'static str, Flaw> {
    let shift = u32::from(le16(bytes, 30).ok_or(Flaw::Damaged)?);
    if !matches!(shift, 9 | 12) {
        return Err(Flaw::Damaged);
    }
    let names = Compound { bytes, shift }.names().ok_or(Flaw::Damaged)?;
    let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(&name.as_str()));
    if has(&["EncryptedPackage", "EncryptionInfo"]) {
        return Err(Flaw::Locked);
    }
    if has(&["Macros", "VBA", "_VBA_PROJECT_CUR"]) {
        return Err(Flaw::Macros);
    }
    if has(&["WordDocument"]) {
        Ok("doc")
    } else if has(&["Workbook", "Book"]) {
        Ok("xls")
    } else if has(&["PowerPoint Document"]) {
        Ok("ppt")
    } else if names.iter().any(|name| name.starts_with('\u{4840}')) {
        // Names of tables are packed like this in installation packages.
        Err(Flaw::Program)
    } else {
        Err(Flaw::Unknown)
    }
}

impl Compound<'_> {
    /// The names in the directory.
    fn names(&self) -> Option<Vec<String>> {
        let mut names = Vec::new();
        let mut sector = le32(self.bytes, 48)?;
        for _ in 0..DIRECTORY_SECTORS_MAX {
            // The last sectors of a chain are numbers that no file can reach.
            if sector >= 0xffff_fffa {
                break;
            }
            let start = self.start(sector)?;
            let entries = self.bytes.get(start..start.checked_add(1 << self.shift)?)?;
            names.extend(entries.chunks_exact(128).filter_map(name));
            sector = self.next(sector)?;
        }
        Some(names)
    }

    fn start(&self, sector: u32) -> Option<usize> {
        (sector as usize).checked_add(1)?.checked_shl(self.shift)
    }

    /// The sector that follows this one in its chain.
    fn next(&self, sector: u32) -> Option<u32> {
        let a_sector = 1u32 << (self.shift - 2);
        let table = self.table(sector / a_sector)?;
        le32(self.bytes, self.start(table)?.checked_add((sector % a_sector) as usize * 4)?)
    }

    /// The sector that holds this part of the table of chains.
    fn table(&self, part: u32) -> Option<u32> {
        if part < HEADER_TABLE {
            return le32(self.bytes, 76 + part as usize * 4);
        }
        // The last number of each of these sectors names the next one.
        let a_sector = (1u32 << (self.shift - 2)) - 1;
        let (steps, place) = ((part - HEADER_TABLE) / a_sector, (part - HEADER_TABLE) % a_sector);
        let mut sector = le32(self.bytes, 68)?;
        if steps > TABLE_SECTORS_MAX {
            return None;
        }
        for _ in 0..steps {
            sector = le32(self.bytes, self.start(sector)?.checked_add(a_sector as usize * 4)?)?;
        }
        le32(self.bytes, self.start(sector)?.checked_add(place as usize * 4)?)
    }
}

/// The name of one entry of the directory, if it is in use.
fn name(entry: &[u8]) -> Option<String> {
    let length = usize::from(le16(entry, 64)?).checked_sub(2)?.min(62);
    let in_use = entry.get(66).is_some_and(|kind| *kind != 0);
    let units = (0..length / 2).filter_map(|n| le16(entry, n * 2));
    let name: String = char::decode_utf16(units).map(|c| c.unwrap_or('\u{FFFD}')).collect();
    (in_use && !name.is_empty()).then_some(name)
}
