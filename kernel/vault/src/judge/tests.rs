//! Files as people send them, and as they should not.

use std::io::Write;

use data_encoding::BASE64;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use proptest::prelude::*;

use super::judge;
use crate::limits::Limits;
use crate::refusal::FileRefusal;

/// A document packed by another program, into a stream that could not be turned back.
const STREAMED_DOCX: &str = "UEsDBBQACAAIAHsaeF0AAAAAAAAAAAAAAAATAAAAW0NvbnRlbnRfVHlwZXNdLnhtbLMJqSxILda3AwBQSwcI\
xxwXPAoAAAAIAAAAUEsDBBQACAAIAHsaeF0AAAAAAAAAAAAAAAARAAAAd29yZC9kb2N1bWVudC54bWyzKbdKyU8u\
zU3NK7GzKbcqsHs+ZfOL9duf7Fxmow/ijoqNio2KQcX0kTILAFBLBwjtAtbQLAAAADkDAABQSwECFAMUAAgACAB7\
GnhdxxwXPAoAAAAIAAAAEwAAAAAAAAAAAAAAgAEAAAAAW0NvbnRlbnRfVHlwZXNdLnhtbFBLAQIUAxQACAAIAHsa\
eF3tAtbQLAAAADkDAAARAAAAAAAAAAAAAACAAUsAAAB3b3JkL2RvY3VtZW50LnhtbFBLBQYAAAAAAgACAIAAAAC2\
AAAAAwDms6g=";

struct Part {
    name: &'static str,
    packed: Vec<u8>,
    unpacked: u32,
    method: u16,
    flags: u16,
}

fn deflated(name: &'static str, content: &[u8]) -> Part {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    let packed = encoder.finish().unwrap();
    Part { name, packed, unpacked: content.len() as u32, method: 8, flags: 0 }
}

fn zip(parts: &[Part]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for part in parts {
        let at = bytes.len() as u32;
        let (packed, name) = (part.packed.len() as u32, part.name.as_bytes());
        let mut common = vec![20, 0];
        common.extend(part.flags.to_le_bytes());
        common.extend(part.method.to_le_bytes());
        common.extend([0; 8]);
        common.extend(packed.to_le_bytes());
        common.extend(part.unpacked.to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0; 2]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(name);
        bytes.extend(&part.packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name);
    }
    let start = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend((parts.len() as u16).to_le_bytes());
    bytes.extend((parts.len() as u16).to_le_bytes());
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

fn docx(more: Vec<Part>) -> Vec<u8> {
    let mut parts =
        vec![deflated("[Content_Types].xml", b"<Types/>"), deflated("word/document.xml", b"<w/>")];
    parts.extend(more);
    zip(&parts)
}

/// A compound file with these names in its directory.
fn compound(names: &[&str]) -> Vec<u8> {
    let mut bytes = vec![0u8; 512 * 3];
    bytes[..8].copy_from_slice(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    bytes[30] = 9;
    bytes[48] = 1;
    bytes[76..80].copy_from_slice(&0u32.to_le_bytes());
    // Sector 0 is the table: itself, then the directory, which ends at once.
    bytes[512..516].copy_from_slice(&0xffff_fffdu32.to_le_bytes());
    bytes[516..520].copy_from_slice(&0xffff_fffeu32.to_le_bytes());
    for (n, name) in names.iter().enumerate() {
        let entry = &mut bytes[1024 + n * 128..1024 + (n + 1) * 128];
        for (m, unit) in name.encode_utf16().enumerate() {
            entry[m * 2..m * 2 + 2].copy_from_slice(&unit.to_le_bytes());
        }
        entry[64] = (name.encode_utf16().count() * 2 + 2) as u8;
        entry[66] = 2;
    }
    bytes
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend(b"\x08\x02\0\0\0....\0\0\0\0IEND\xaeB`\x82");
    bytes
}

fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes =
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x11\x08".to_vec();
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend(b"\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xda\0\x02abc\xff\xd9");
    bytes
}

fn pdf() -> Vec<u8> {
    b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\nstartxref\n9\n%%EOF\n".to_vec()
}

/// The name and the media type that a file gets.
fn taken(name: &str, bytes: &[u8]) -> (String, String) {
    let judged = judge(name, bytes, &Limits::default());
    let judged = judged.unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
    (judged.name, judged.media_type)
}

/// The code with which a file is refused.
fn refused(name: &str, bytes: &[u8]) -> &'static str {
    match judge(name, bytes, &Limits::default()) {
        Err(refusal) => base::Refusal::from(refusal).code,
        Ok(judged) => panic!("{name} was taken as {judged:?}"),
    }
}

fn check(name: &str, bytes: &[u8], media_type: &str) {
    assert_eq!(taken(name, bytes), (name.to_owned(), media_type.to_owned()));
}

#[test]
fn what_people_hand_in_is_taken_under_its_own_name() {
    check("申请书.pdf", &pdf(), "application/pdf");
    check("身份证.png", &png(1200, 800), "image/png");
    check("照片.jpeg", &jpeg(4000, 3000), "image/jpeg");
    check("合同.doc", &compound(&["Root Entry", "1Table", "WordDocument"]), "application/msword");
    check("合同.wps", &compound(&["WordDocument"]), "application/msword");
    check("名单.xls", &compound(&["Workbook"]), "application/vnd.ms-excel");
    let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    check("申请书.docx", &docx(vec![]), word);
    check("申请书.docx", &BASE64.decode(STREAMED_DOCX.as_bytes()).unwrap(), word);
    let sheet = zip(&[deflated("[Content_Types].xml", b"."), deflated("xl/workbook.xml", b".")]);
    check("名单.xlsx", &sheet, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    check("批复.ofd", &zip(&[deflated("OFD.xml", b"<ofd/>")]), "application/ofd");
    check("说明.txt", "BC类企业名单\r\n一、说明".as_bytes(), "text/plain");
    check("名单.csv", b"\xd0\xd5\xc3\xfb,\xba\xc5\xc2\xeb\r\n", "text/csv");
    check("说明.txt", b"\xff\xfe\x1a\x4e\x0d\x00\x0a\x00", "text/plain");
}

#[test]
fn the_content_decides_and_the_name_follows_it() {
    assert_eq!(taken("照片.jpg", &png(10, 10)), ("照片.png".into(), "image/png".into()));
    assert_eq!(taken("扫描件", &pdf()).0, "扫描件.pdf");
    assert_eq!(taken("申请书.doc", &docx(vec![])).0, "申请书.docx");
    assert_eq!(taken("说明", "文字".as_bytes()).0, "说明.txt");
    assert_eq!(refused("合同.pdf", "文字".as_bytes()), "vault.disguised");
}

#[test]
fn a_program_or_script_is_refused_whatever_it_is_called() {
    let elf = [b"\x7fELF\x02\x01\x01".as_slice(), &[0; 200]].concat();
    let exe = [b"MZ\x90\0".as_slice(), &[0; 200]].concat();
    let shortcut = [b"L\0\0\0\x01\x14\x02\0".as_slice(), &[0; 100]].concat();
    for bytes in [&elf, &exe, &shortcut] {
        assert_eq!(refused("营业执照.pdf", bytes), "vault.program");
    }
    for script in
        ["#!/bin/sh\nrm", "\u{feff}<?php x", "@echo off\r\n", " <html><b>", "a\n<script>alert(1)"]
    {
        assert_eq!(refused("说明.txt", script.as_bytes()), "vault.program", "{script}");
    }
    let jar = [deflated("META-INF/MANIFEST.MF", b"."), deflated("A.class", b".")];
    assert_eq!(refused("材料.docx", &zip(&jar)), "vault.program");
    assert_eq!(refused("发票.pdf.exe", &pdf()), "vault.program");
    assert_eq!(refused("图标.svg", b"<svg/>"), "vault.program");
    assert_eq!(refused("安装.doc", &compound(&["\u{4840}\u{3f3f}"])), "vault.program");
}

#[test]
fn macros_archives_and_passwords_are_refused_each_with_its_own_words() {
    let macros = docx(vec![deflated("word/vbaProject.bin", b"x")]);
    assert_eq!(refused("申请书.docx", &macros), "vault.macros");
    assert_eq!(refused("申请书.doc", &compound(&["WordDocument", "Macros"])), "vault.macros");
    assert_eq!(refused("材料.zip", &zip(&[deflated("a.jpg", b"x")])), "vault.archive");
    assert_eq!(refused("材料.rar", b"Rar!\x1a\x07\x01\0\0\0\0"), "vault.archive");
    assert_eq!(refused("申请书.docx", &compound(&["EncryptedPackage"])), "vault.locked");
    let locked = zip(&[Part { flags: 1, ..deflated("OFD.xml", b"x") }]);
    assert_eq!(refused("批复.ofd", &locked), "vault.locked");
}

#[test]
fn a_zip_bomb_is_refused_before_it_is_unpacked_anywhere() {
    let zeros = vec![0u8; 30 << 20];
    let declared = docx(vec![deflated("word/a.xml", &zeros)]);
    assert_eq!(refused("申请书.docx", &declared), "vault.bomb");
    let lying = docx(vec![Part { unpacked: 100, ..deflated("word/a.xml", &zeros) }]);
    assert_eq!(refused("申请书.docx", &lying), "vault.bomb");
    let large = docx(vec![Part { unpacked: 300 << 20, ..deflated("word/a.xml", b"x") }]);
    assert_eq!(refused("申请书.docx", &large), "vault.bomb");
    // Two parts of the directory that share one content.
    let mut shared = docx(vec![deflated("word/a.xml", b"x")]);
    let last = shared.windows(4).rposition(|mark| mark == b"PK\x01\x02").unwrap();
    shared[last + 42..last + 46].copy_from_slice(&[0; 4]);
    assert!(matches!(refused("申请书.docx", &shared), "vault.bomb" | "vault.damaged"));
}

#[test]
fn what_is_broken_off_or_empty_is_refused() {
    assert_eq!(refused("a.pdf", b""), "vault.empty");
    assert_eq!(refused("a.pdf", b"%PDF-1.7 and then nothing"), "vault.damaged");
    assert_eq!(refused("a.png", &png(1, 1)[..30]), "vault.damaged");
    assert_eq!(refused("a.jpg", &jpeg(1, 1)[..30]), "vault.damaged");
    let whole = docx(vec![]);
    assert_eq!(refused("a.docx", &whole[..whole.len() - 30]), "vault.damaged");
    assert_eq!(refused("a.doc", &compound(&["WordDocument"])[..600]), "vault.damaged");
    assert_eq!(refused("a.docx", &docx(vec![deflated("../../x", b"x")])), "vault.damaged");
}

#[test]
fn a_picture_with_absurd_dimensions_is_refused() {
    assert_eq!(refused("a.png", &png(100_000, 10)), "vault.picture");
    assert_eq!(refused("a.png", &png(20_000, 20_000)), "vault.picture");
    assert_eq!(refused("a.jpg", &jpeg(65_000, 65_000)), "vault.picture");
    assert_eq!(refused("a.png", &png(0, 10)), "vault.damaged");
}

#[test]
fn what_the_city_does_not_take_is_refused_with_the_list_of_what_it_does() {
    let refusal = judge("动画.gif", b"GIF89a\x01\0\x01\0", &Limits::default()).unwrap_err();
    let refusal = base::Refusal::from(refusal);
    assert_eq!(refusal.code, "vault.type");
    assert!(refusal.remedy.unwrap().contains("PDF、OFD、JPG"));
    let slides =
        zip(&[deflated("[Content_Types].xml", b"."), deflated("ppt/presentation.xml", b".")]);
    assert_eq!(refused("汇报.pptx", &slides), "vault.type");
    assert_eq!(refused("数据.json", b"{}"), "vault.type");
    assert_eq!(refused("说明.rtf", b"{\\rtf1 x}"), "vault.type");
}

#[test]
fn a_file_that_is_too_large_is_told_by_how_much() {
    let limits = Limits { file_bytes_max: 1 << 20, ..Limits::default() };
    let refusal = judge("a.pdf", &vec![b' '; 3 << 20], &limits).unwrap_err();
    assert!(matches!(refusal, FileRefusal::TooLarge { .. }));
    let refusal = base::Refusal::from(refusal);
    assert_eq!(refusal.message, "“a.pdf”有 3 MB，超过每个文件 1 MB 的上限");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_bytes_whatever_bring_the_judge_down(
        which in 0usize..6,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        name in "\\PC{0,20}",
    ) {
        let mut bytes = vec![
            docx(vec![]), compound(&["WordDocument"]), png(9, 9), jpeg(9, 9), pdf(), b"MZ\0".to_vec(),
        ].swap_remove(which);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(1 + cut.index(bytes.len()));
        let _ = judge(&name, &bytes, &Limits::default());
    }
}
