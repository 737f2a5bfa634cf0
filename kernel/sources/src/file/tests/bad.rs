//! Each way in which a file is bad, and what whoever brought it is told.

use super::{people, plain, read, refused};
use crate::BadFile;
use crate::file::{Kind, Limits, Reading};

fn told(bytes: impl AsRef<[u8]>, reading: &Reading) -> String {
    let refusal = refused(bytes, reading).refusal();
    assert!(refusal.remedy.is_some());
    refusal.message
}

#[test]
fn an_empty_file_and_headings_alone_are_no_file() {
    for text in ["", "\n\n", "姓名,住址\n", "姓名,住址\n,\n,,\n", "[]", "\u{FEFF}"] {
        assert_eq!(told(text, &Reading::default()), "文件中没有数据", "{text}");
    }
}

#[test]
fn half_a_file_is_told_by_what_is_missing() {
    let plain = Reading::default();
    assert_eq!(told("a,b\n1,2\n3,\"4", &plain), "文件不完整，第 3 行的引号没有结束，文件到此为止");
    assert_eq!(told("a,b\n1,2\n3", &plain), "文件不完整，第 3 行是最后一行，只有 1 列，应有 2 列");
    assert_eq!(told("[{\"a\":1},\n{\"a\":", &plain), "文件不完整，第 2 行开始的一条没有结束");
    assert_eq!(told("[{\"a\":1}", &plain), "文件不完整，列表没有结束，缺少“]”");
}

#[test]
fn other_kinds_of_file_are_called_by_their_names() {
    let plain = Reading::default();
    assert_eq!(told("%PDF-1.7\n", &plain), "这是 PDF 文件，不是可以读取的表格");
    assert_eq!(told("<html><table>", &plain), "这是网页或者 XML 文件，不是可以读取的表格");
    assert_eq!(told(b"abc\0\0\0", &plain), "这个文件不是文本，不是可以读取的表格");
    assert!(matches!(
        refused(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....", &plain),
        BadFile::OldOrLocked
    ));
    let said = Reading { said: Some(Kind::Xlsx), ..Reading::default() };
    assert_eq!(told("a,b\n1,2\n", &said), "文件名说它是 Excel 工作簿，内容却是 CSV 文本");
}

#[test]
fn headings_twice_or_missing_are_named_and_the_nearest_is_suggested() {
    let plain = Reading::default();
    assert_eq!(told("姓名,姓 名\n1,2\n", &plain), "表头“姓名”出现了不止一次");
    assert_eq!(
        told("身份证号,公民身份号码,姓名\n1,2,3\n", &people()),
        "表头“公民身份号码”出现了不止一次"
    );
    assert_eq!(
        told("公民身份证号码,备注\n1,2\n", &people()),
        "缺少表头：“公民身份号码”（文件中有“公民身份证号码”，是否就是它？），“姓名”"
    );
}

#[test]
fn limits_hold_for_bytes_rows_and_columns() {
    let limits = Limits { rows_max: 2, columns_max: 3, bytes_max: 1 << 20, ..Limits::default() };
    let reading = Reading { limits, ..Reading::default() };
    assert_eq!(told("a\n1\n2\n3\n", &reading), "文件超过 2 行");
    assert_eq!(told("a,b,c,d\n1,2,3,4\n", &reading), "文件超过 3 列");
    assert_eq!(told(vec![b'a'; (1 << 20) + 1], &reading), "文件超过 1 MB");
    assert_eq!(read("a,b\n1,2\n3,4\n", &reading).unwrap().rows.len(), 2);
}

#[test]
fn rows_of_another_width_are_refused_and_the_rest_goes_on() {
    let whole = plain("a,b\n1\n1,2,3\n1,2,,\n5,6\n");
    assert_eq!(whole.rows, [&["1", "2", "", ""][..], &["5", "6"]]);
    let told: Vec<_> = whole.troubles.iter().map(|one| (one.line, one.words.as_str())).collect();
    let expected =
        [(2, "这一行只有 1 列，应有 2 列"), (3, "这一行有 3 列，应有 2 列，请核对是否多了分隔符")];
    assert_eq!(told, expected);
    assert_eq!((whole.seen.rows, whole.seen.refused), (4, 2));
}

#[test]
fn a_row_of_20_mb_is_refused_by_its_line_and_the_rest_goes_on() {
    let large = "x".repeat(20 << 20);
    for quote in ["", "\""] {
        let whole = plain(format!("a,b\n1,2\n{quote}{large}{quote},4\n5,6\n"));
        assert_eq!(whole.rows, [["1", "2"], ["5", "6"]]);
        assert_eq!((whole.troubles[0].line, whole.troubles[0].rule.as_str()), (3, "过长"));
        assert_eq!(whole.lines, [2, 4]);
    }
    let whole = plain(format!("[{{\"a\":1}},\n{{\"a\":\"{large}\"}},\n{{\"a\":2}}]"));
    assert_eq!(whole.rows, [["1"], ["2"]]);
    assert_eq!((whole.troubles[0].line, whole.troubles[0].rule.as_str()), (2, "过长"));
    let separators = ",".repeat(20 << 20);
    let whole = plain(format!("a,b\n{separators}\n\"{separators}\"\n5,6\n"));
    assert_eq!((whole.rows.len(), whole.troubles.len()), (1, 2));
}

#[test]
fn headings_that_are_no_text_are_refused() {
    assert!(matches!(refused(b"\xFF\xFF\xFF,a\n1,2\n", &Reading::default()), BadFile::Encoding));
}
