//! Workbooks: what a clerk sees is what is read.

use std::io::{Cursor, Read, Write};

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

use super::{people, plain, read, refused};
use crate::file::{Kind, Limits, Reading};
use crate::{BadFile, Mark};

fn book(fill: impl FnOnce(&mut Workbook) -> Result<(), rust_xlsxwriter::XlsxError>) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(&mut book).unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn a_workbook_says_how_many_rows_it_has_before_they_are_read() {
    let bytes = book(|book| {
        let page = book.add_worksheet();
        page.write_string(0, 0, "名称")?;
        for line in 1..=40 {
            page.write_string(line, 0, "某")?;
        }
        Ok(())
    });
    let table = crate::file::Table::open(Cursor::new(bytes), &Reading::default()).unwrap();
    assert_eq!(table.rows_known(), Some(40));
    let table = crate::file::Table::open(Cursor::new("名称\n某\n"), &Reading::default()).unwrap();
    assert_eq!(table.rows_known(), None);
}

/// The parts of a package, packed again with other content.
fn repacked(bytes: &[u8], mut change: impl FnMut(&str, Vec<u8>) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..zip.len() {
        let mut part = zip.by_index(at).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut content = Vec::new();
        part.read_to_end(&mut content).unwrap();
        if let Some(content) = change(&name, content) {
            to.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            to.write_all(&content).unwrap();
        }
    }
    to.finish().unwrap().into_inner()
}

#[test]
fn days_codes_shares_and_formulas_are_read_as_the_clerk_sees_them() {
    let bytes = book(|book| {
        let page = book.add_worksheet();
        let heads = ["日", "时", "码", "率", "数", "号", "算", "否"];
        for (at, head) in (0..).zip(heads) {
            page.write_string(0, at, head)?;
        }
        let day = Format::new().set_num_format("yyyy-mm-dd");
        let moment = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
        page.write_datetime_with_format(1, 0, ExcelDateTime::from_ymd(2026, 3, 1)?, &day)?;
        let when = ExcelDateTime::from_ymd(2026, 3, 1)?.and_hms(9, 30, 5)?;
        page.write_datetime_with_format(1, 1, when, &moment)?;
        page.write_number_with_format(1, 2, 420.0, &Format::new().set_num_format("000000"))?;
        page.write_number_with_format(1, 3, 0.125, &Format::new().set_num_format("0.0%"))?;
        page.write_number(1, 4, 0.1 + 0.2)?;
        page.write_number(1, 5, 420_106_199_001_011_234.0)?;
        page.write_formula(1, 6, Formula::new("=1+1").set_result("2"))?;
        page.write_boolean(1, 7, false)?;
        page.write_string(3, 0, " 张三 ")?;
        Ok(())
    });
    let whole = plain(&bytes);
    let first = [
        "2026-03-01",
        "2026-03-01 09:30:05",
        "000420",
        "12.5%",
        "0.3",
        "420106199001011000",
        "2",
        "FALSE",
    ];
    assert_eq!(whole.rows[0], first);
    assert_eq!(whole.marks[0][5], Mark::Scientific);
    assert_eq!(whole.rows[1], ["张三", "", "", "", "", "", "", ""]);
    assert_eq!(whole.marks[1][1], Mark::Null);
    assert_eq!(whole.lines, [2, 4]);
}

#[test]
fn the_first_sheet_is_read_or_the_named_one_and_hidden_rows_are_said() {
    let bytes = book(|book| {
        let page = book.add_worksheet().set_name("甲")?;
        page.write_string(0, 0, "a")?.write_string(1, 0, "1")?.write_string(2, 0, "2")?;
        page.set_row_hidden(2)?;
        let page = book.add_worksheet().set_name("乙")?;
        page.write_string(0, 0, "b")?.write_string(1, 0, "3")?;
        Ok(())
    });
    let whole = plain(&bytes);
    assert_eq!(whole.rows, [["1"], ["2"]]);
    assert_eq!(whole.seen.hidden_rows, 1);
    let named = |name: &str| Reading { sheet: Some(name.into()), ..Reading::default() };
    let whole = read(&bytes, &named("乙")).unwrap();
    assert_eq!((whole.rows, whole.seen.hidden_rows), (vec![vec!["3".to_owned()]], 0));
    let words = refused(&bytes, &named("丙")).to_string();
    assert_eq!(words, "工作簿中没有名为“丙”的工作表，有：甲，乙");
}

#[test]
fn a_formula_without_a_result_is_refused_at_its_cell() {
    let bytes = book(|book| {
        let page = book.add_worksheet();
        page.write_string(0, 0, "a")?.write_string(0, 1, "和")?;
        page.write_string(1, 0, "1")?.write_formula(
            1,
            1,
            Formula::new("=1/0").set_result("#DIV/0!"),
        )?;
        page.write_string(2, 0, "2")?.write_string(2, 2, "多")?;
        page.write_string(3, 0, "3")?;
        Ok(())
    });
    let whole = plain(&bytes);
    assert_eq!(whole.rows, [["3", ""]]);
    let told: Vec<_> = whole
        .troubles
        .iter()
        .map(|one| (one.line, one.column.as_str(), one.rule.as_str()))
        .collect();
    assert_eq!(told, [(2, "和", "公式"), (3, "整行", "列数")]);
}

fn small() -> Vec<u8> {
    book(|book| {
        let page = book.add_worksheet();
        page.write_string(0, 0, "姓名")?.write_string(1, 0, "张三")?;
        Ok(())
    })
}

#[test]
fn a_workbook_that_was_cut_renamed_or_is_none_is_refused() {
    let bytes = small();
    let cut = &bytes[..bytes.len() / 2];
    assert!(matches!(refused(cut, &Reading::default()), BadFile::Half(_)));
    let said = Reading { said: Some(Kind::Csv), ..Reading::default() };
    assert_eq!(refused(&bytes, &said).to_string(), "文件名说它是 CSV 文本，内容却是 Excel 工作簿");
    let document =
        repacked(&bytes, |name, content| (!name.contains("workbook")).then_some(content));
    let words = refused(&document, &Reading::default()).to_string();
    assert_eq!(words, "这是压缩包，不是可以读取的表格");
    let broken = repacked(&bytes, |name, content| {
        let cut = name.contains("sheet1").then(|| content[..content.len() / 2].to_vec());
        Some(cut.unwrap_or(content))
    });
    assert!(matches!(
        refused(&broken, &Reading::default()),
        BadFile::Half(_) | BadFile::Damaged(_)
    ));
    assert!(matches!(refused(&bytes, &people()), BadFile::Missing(_)));
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    let bytes = repacked(&small(), |name, content| {
        Some(if name.contains("sheet1") { vec![b' '; 8 << 20] } else { content })
    });
    assert!(bytes.len() < 100_000);
    let limits = Limits { unpacked_bytes_max: 4 << 20, ..Limits::default() };
    let reading = Reading { limits, ..Reading::default() };
    assert!(matches!(refused(&bytes, &reading), BadFile::Bomb(4)));
    // One long word that every cell points to.
    let word = "字".repeat(30_000);
    let bytes = book(|book| {
        let page = book.add_worksheet();
        page.write_string(0, 0, "a")?;
        for row in 1..200 {
            page.write_string(row, 0, &word)?;
        }
        Ok(())
    });
    assert!(matches!(refused(&bytes, &reading), BadFile::Bomb(4)));
}

#[test]
fn a_sheet_of_few_words_and_a_great_many_cells_is_too_large() {
    let bytes = book(|book| {
        let page = book.add_worksheet();
        for column in 0..100 {
            page.write_string(0, column, format!("列{column}"))?;
        }
        for row in 1..1_000 {
            page.write_string(row, 0, "1")?;
        }
        Ok(())
    });
    let limits = Limits { unpacked_bytes_max: 1 << 20, ..Limits::default() };
    let reading = Reading { limits, ..Reading::default() };
    assert!(matches!(read(&bytes, &reading), Err(BadFile::Bomb(1))));
    let limits = Limits { unpacked_bytes_max: 2 << 20, ..Limits::default() };
    let reading = Reading { limits, ..Reading::default() };
    assert_eq!(read(&bytes, &reading).map(|whole| whole.rows.len()).ok(), Some(999));
}
