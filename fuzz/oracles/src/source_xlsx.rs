//! Workbooks that departments bring: every row is read or refused with words, and what was read,
//! written out as a workbook, is the same table. The bytes are a workbook, or, after an `s`, the XML of
//! the one sheet of one, since hardly any change of a package leaves its checksums right.

use std::io::{Cursor, Write};

use sources::file::Reading;
use sources::write::Xlsx;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::source_csv::{names, read, reading, same};

/// Reads the bytes; their first says how.
pub fn check(bytes: &[u8]) {
    let Some((way, file)) = bytes.split_first() else { return };
    let packed = if *way == b's' { package(file) } else { file.to_vec() };
    let Some(table) = read(&packed, &reading(*way)) else { return };
    let mut book = Xlsx::begin("表", names(&table)).expect("a sheet");
    for row in table.rows.rows() {
        // A cell of a workbook holds 32,767 signs; the limit of a row is lower here.
        book.row(row).expect("a row");
    }
    let mut written = Cursor::new(Vec::new());
    book.end(&mut written).expect("a workbook");
    same(&table, read(written.get_ref(), &Reading::default()), "XLSX");
}

const PARTS: [(&str, &str); 4] = [
    (
        "_rels/.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
    ),
    (
        "xl/workbook.xml",
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#,
    ),
    (
        "xl/styles.xml",
        r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="000000"/></numFmts><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="10"/></cellXfs></styleSheet>"#,
    ),
];

fn package(sheet: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let sheet = ("xl/worksheets/sheet1.xml", sheet);
    for (name, content) in
        PARTS.map(|(name, text)| (name, text.as_bytes())).into_iter().chain([sheet])
    {
        zip.start_file(name, SimpleFileOptions::default()).expect("a part");
        zip.write_all(content).expect("a part");
    }
    zip.finish().expect("a package").into_inner()
}
