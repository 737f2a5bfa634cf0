//! What is read, and how.

use encoding_rs::{GB18030, UTF_16LE};

use super::{people, plain, read};
use crate::file::{Digits, Encoding, Heading, Kind, Reading, Table};
use crate::{Mark, Row};

fn gb(text: &str) -> Vec<u8> {
    GB18030.encode(text).0.into_owned()
}

#[test]
fn a_table_is_read_in_utf8_with_and_without_its_mark_in_gb18030_and_in_utf16() {
    let text = "姓名,住址\r\n张三,古城路 1 号\r\n";
    let mut marked = b"\xEF\xBB\xBF".to_vec();
    marked.extend_from_slice(text.as_bytes());
    let mut wide = b"\xFF\xFE".to_vec();
    wide.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let mut big = b"\xFE\xFF".to_vec();
    big.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    assert_eq!(UTF_16LE.name(), "UTF-16LE");
    for bytes in [text.as_bytes().to_vec(), marked, gb(text), wide, big] {
        let whole = plain(&bytes);
        assert_eq!(whole.headings, ["姓名", "住址"]);
        assert_eq!(whole.rows, [["张三", "古城路 1 号"]]);
        assert_eq!(whole.marks, [[Mark::Plain; 2]]);
        assert_eq!(whole.lines, [2]);
    }
}

#[test]
fn separators_are_found_by_the_headings() {
    for text in
        ["a;b\n1;2,5\n", "a\tb\n1\t2,5\n", "\"a,x\";b\n1;2,5\n", "sep=;\r\na;b\r\n1;2,5\r\n"]
    {
        assert_eq!(plain(text).rows, [["1", "2,5"]], "{text}");
    }
    assert_eq!(plain("a\n1\n2\n").rows, [["1"], ["2"]]);
}

#[test]
fn quotes_hold_separators_quotes_and_line_ends() {
    let whole = plain("a,b\n\"x,1\",\"say \"\"yes\"\"\"\n\"two\nlines\",5\"\n,\n7,8");
    assert_eq!(whole.rows, [["x,1", "say \"yes\""], ["two lines", "5\""], ["7", "8"]]);
    assert_eq!(whole.lines, [2, 3, 6], "lines as an editor counts them, blank rows passed over");
}

#[test]
fn a_column_of_mixed_encodings_is_read_cell_by_cell_and_said() {
    let mut bytes = "姓名,住址\n张三,古城路\n".as_bytes().to_vec();
    bytes.extend("李四,".as_bytes());
    bytes.extend(gb("滨湖路"));
    bytes.extend(b"\n");
    let whole = plain(&bytes);
    assert_eq!(whole.rows, [["张三", "古城路"], ["李四", "滨湖路"]]);
    assert_eq!(whole.marks[1], [Mark::Plain, Mark::Gb18030]);
    assert_eq!(whole.seen.gb18030_cells, 1);
    let mut bytes = gb("姓名,住址\n张三,古城路\n");
    bytes.extend("李四,滨湖路\n".as_bytes());
    let whole = plain(&bytes);
    assert_eq!(whole.rows, [["张三", "古城路"], ["李四", "滨湖路"]]);
    assert_eq!(whole.seen.utf8_cells, 2);
}

#[test]
fn han_characters_that_are_letters_of_utf8_by_chance_stay_han() {
    // 涛 is CC CE in GB 18030 … 隆 is C2 A1, which UTF-8 reads as an inverted exclamation mark.
    assert_eq!(plain(gb("姓名\n隆\n")).rows, [["隆"]]);
    assert_eq!(std::str::from_utf8(&gb("隆")), Ok("\u{A1}"));
}

#[test]
fn a_byte_that_is_neither_is_refused_at_its_row_and_column() {
    let mut bytes = "姓名,住址\n张三,古".as_bytes().to_vec();
    bytes.extend(b"\xFF\xFF\n");
    bytes.extend("李四,滨湖路\n".as_bytes());
    let whole = plain(&bytes);
    assert_eq!(whole.rows, [["李四", "滨湖路"]]);
    let trouble = &whole.troubles[0];
    assert_eq!((trouble.line, trouble.column.as_str(), trouble.rule.as_str()), (2, "住址", "编码"));
    assert!(trouble.words.contains("第 4 个字节"), "{}", trouble.words);
    let lost = plain("姓名\n张\u{FFFD}\n李四\n");
    assert_eq!((lost.rows.len(), lost.troubles.len()), (1, 1), "another program lost a character");
}

#[test]
fn headings_are_forgiven_width_spaces_and_synonyms() {
    let whole = read("备 注,身份证号, 姓　名\nx,420106199001011234,张三\n", &people()).unwrap();
    assert_eq!(whole.unknown, ["备 注"]);
    let bytes = "身份证号,姓名\n1,张三\n";
    let table = Table::open(std::io::Cursor::new(bytes), &people()).unwrap();
    assert_eq!(table.headings().places, [Some(0), Some(1), None]);
    assert_eq!((table.kind(), table.encoding()), (Kind::Csv, Encoding::Utf8));
    let reading = Reading { headings: vec![Heading::must("A1")], ..Reading::default() };
    assert_eq!(read("Ａ １,b\n1,2\n", &reading).unwrap().rows, [["1", "2"]]);
}

#[test]
fn values_lose_spaces_and_what_nobody_sees_and_digits_narrow_if_asked() {
    let text = "a,b\n\u{3000} 张\u{200B}三\u{7} ,４２０Ｘ\n";
    assert_eq!(plain(text).rows, [["张三", "４２０Ｘ"]]);
    let narrowed = Reading { digits: Digits::Narrowed, ..Reading::default() };
    assert_eq!(read(text, &narrowed).unwrap().rows, [["张三", "420X"]]);
}

#[test]
fn numbers_in_scientific_form_are_marked() {
    let whole = plain("a,b\n4.20106E+17,1E5\n4.2E17,abc\n");
    assert_eq!(whole.marks[0], [Mark::Scientific, Mark::Plain]);
    assert_eq!(whole.seen.scientific_cells, 2);
}

#[test]
fn json_is_read_as_a_list_and_as_lines() {
    let list =
        "[{\"姓名\":\"张三\",\"n\":3.5},\n {\"n\":420106199001011234,\"x\":true,\"姓名\":null}]";
    let lines =
        "{\"姓名\":\"张三\",\"n\":3.5}\n{\"n\":420106199001011234,\"x\":true,\"姓名\":null}\n";
    let mut wide = b"\xFF\xFE".to_vec();
    wide.extend(list.encode_utf16().flat_map(u16::to_le_bytes));
    for bytes in [list.as_bytes(), lines.as_bytes(), &wide, &gb(list)] {
        let whole = plain(bytes);
        assert_eq!(whole.headings, ["姓名", "n", "x"]);
        assert_eq!(whole.rows, [["张三", "3.5", ""], ["", "420106199001011234", "true"]]);
        assert_eq!(whole.marks[1], [Mark::Null, Mark::Plain, Mark::Plain]);
        assert_eq!(whole.lines, [1, 2]);
    }
}

#[test]
fn nested_json_is_refused_with_its_path_and_the_rest_goes_on() {
    let text = "[{\"a\":1},\n{\"a\":{\"b\":2}},\n{\"a\":[1,2]},\n5,\n{\"a\":1,\"a\":2},\n{\"a\":\"x},\n{\"a\":9}]";
    let whole = plain(text);
    assert_eq!(whole.rows, [["1"], ["9"]]);
    let told: Vec<_> = whole
        .troubles
        .iter()
        .map(|trouble| (trouble.line, trouble.column.as_str(), trouble.rule.as_str()))
        .collect();
    let expected = [
        (2, "a.b", "嵌套"),
        (3, "a[0]", "嵌套"),
        (4, "整行", "格式"),
        (5, "a", "重复"),
        (6, "整行", "格式"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn columns_are_guessed_from_a_sample() {
    use crate::guess::{Guess, Guesser};
    let mut text = String::from("no,n,d,when,yes,kind,name,empty\n");
    for at in 0..40 {
        text += &format!(
            "0{at},{at},{at}.25,2026-03-0{} 08:30:00,{},{},名{at},\n",
            at % 9 + 1,
            if at % 2 == 0 { "是" } else { "否" },
            ["城镇", "农村", "其他"][at % 3],
        );
    }
    let mut table = Table::open(std::io::Cursor::new(text), &Reading::default()).unwrap();
    let mut guesser = Guesser::default();
    while let Some(crate::file::Next::Row(row)) = table.next_row().unwrap() {
        guesser.see(row);
    }
    let guesses: Vec<Guess> = guesser.guesses().into_iter().map(|column| column.guess).collect();
    let codes = ["其他", "农村", "城镇"].map(String::from).to_vec();
    let expected = [
        Guess::Text { length_max: 3 },
        Guess::Whole,
        Guess::Decimal { scale: 2 },
        Guess::Moment,
        Guess::YesNo,
        Guess::Codes { codes },
        Guess::Text { length_max: 3 },
        Guess::Nothing,
    ];
    assert_eq!(guesses, expected);
}

#[test]
fn a_row_tells_its_cells_by_place() {
    let mut table = Table::open(std::io::Cursor::new("a,b\n1,\n"), &Reading::default()).unwrap();
    let Some(crate::file::Next::Row(row)) = table.next_row().unwrap() else { panic!() };
    let row: Row<'_> = row;
    assert_eq!((row.len(), row.text(0), row.text(1), row.text(2)), (2, "1", "", ""));
    assert_eq!(row.cell(1).unwrap().value(), Some(""));
    assert!(row.cell(2).is_none());
}
