//! Files made to harm: each ends within its bounds.

use std::fs;
use std::io::Write;
use std::time::Duration;

use tokio::time::Instant;

use super::are_present;
use super::of_objects;
use super::pdf;
use super::read_bytes;
use super::samples;

/// How long a hostile file may take: some programs are killed after their bound of processor time.
const HOSTILE: Duration = Duration::from_mins(3);

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A PDF whose one page has this content, compressed as often as asked, and this size.
fn one_page(content: &[u8], times: usize, size: &str) -> Vec<u8> {
    let mut stream = content.to_vec();
    for _ in 0..times {
        stream = packed(&stream);
    }
    let filters = "/FlateDecode ".repeat(times);
    let head = format!("<</Length {}/Filter[{filters}]>>stream\n", stream.len());
    of_objects(&[
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>".to_vec(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 {size}]/Contents 4 0 R>>").into_bytes(),
        [head.as_bytes(), &stream, b"\nendstream"].concat(),
    ])
}

/// A ZIP archive.
fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Each ends within its bounds: with a beginning of its text, or with a reason.
#[tokio::test(flavor = "multi_thread")]
async fn hostile_files_end_within_their_bounds() {
    if !are_present() {
        return;
    }
    let many: Vec<String> = (0..10_000).map(|page| format!("Trang so {page} cua mot van ban rat dai")).collect();
    let endless = of_objects(&[
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Count 9999999/Kids[2 0 R 2 0 R 3 0 R]>>".to_vec(),
        b"<</Type/Pages/Parent 2 0 R/Count 99/Kids[2 0 R 3 0 R]>>".to_vec(),
    ]);
    let shared = format!("<sst><si><t>{}</t></si></sst>", "dài ".repeat(50_000));
    let cells = "<row><c t=\"s\"><v>0</v></c></row>".repeat(100_000);
    let sheet = format!("<worksheet><sheetData>{cells}</sheetData></worksheet>");
    let nested = format!("<w:document>{}<w:t>sâu</w:t>", "<w:p>".repeat(1_000_000));
    let entities = "<!DOCTYPE x [<!ENTITY a \"ha ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><w:document><w:p><w:t>&b;</w:t></w:p></w:document>";
    let wide = format!("<sheetData><row>{}</row></sheetData>", "<c><v>17</v></c>".repeat(1_000_000));
    let names: Vec<String> = (0..5000).map(|part| format!("word/{part}.xml")).collect();
    let parts: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    let form = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>/Length 12>>stream\n/X Do /X Do \nendstream";
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</X 5 0 R>>>>/Contents 4 0 R>>";
    let catalog = b"<</Type/Catalog/Pages 2 0 R>>".to_vec();
    let one = b"<</Type/Pages/Count 1/Kids[3 0 R]>>".to_vec();
    let content = b"<</Length 5>>stream\n/X Do\nendstream".to_vec();
    let in_itself = of_objects(&[catalog, one, page.into(), content, form.to_vec()]);
    let no_size = one_page(b"0 0 m 9 9 l S", 1, "0 0");
    let zeros = vec![b' '; 300 << 20];
    let files: Vec<(&str, Vec<u8>, &str)> = vec![
        ("ten thousand pages", pdf(&many), "only 100 of 10000 pages"),
        ("pages in a circle", endless, ""),
        ("encrypted", fs::read(samples().join("encrypted.pdf")).unwrap(), "encrypted with a password"),
        ("a page of HTML", b"<!DOCTYPE html><title>%PDF-1.4</title>".to_vec(), "a page of HTML"),
        ("half a PDF", fs::read(samples().join("stamped.pdf")).unwrap()[..40_000].to_vec(), ""),
        ("no PDF but its name", b"%PDF-1.4 and nothing else".to_vec(), "damaged"),
        ("a docx that grows", zipped(&[("word/document.xml", &zeros)]), "larger than this program reads"),
        ("a docx that is deep", zipped(&[("word/document.xml", nested.as_bytes())]), "sâu"),
        ("a docx of entities", zipped(&[("word/document.xml", entities.as_bytes())]), ""),
        (
            "an xlsx that says one thing often",
            zipped(&[
                ("xl/workbook.xml", b"<workbook/>"),
                ("xl/sharedStrings.xml", shared.as_bytes()),
                ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
            ]),
            "larger than this program reads",
        ),
        (
            "an xlsx of a million columns",
            zipped(&[("xl/workbook.xml", b"<workbook/>"), ("xl/worksheets/sheet1.xml", wide.as_bytes())]),
            "17",
        ),
        (
            "a docx with paths out of it",
            zipped(&[("../../x.txt", b"x"), ("word/document.xml", b"<w:t>trong</w:t>")]),
            "trong",
        ),
        ("a docx of too many parts", zipped(&parts), "too many entries"),
        ("a picture within a picture", in_itself, ""),
        ("a page without a size", no_size, ""),
        (
            "a PDF with a page of HTML before it",
            [b"<!DOCTYPE html>".to_vec(), pdf(&["x".to_owned()])].concat(),
            "a page of HTML",
        ),
        ("an archive", zipped(&[("a.txt", b"x")]), "neither a text nor a table"),
        ("an old file of zeros", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), vec![0; 4096]].concat(), "OLE2"),
        (
            "an old file of nothing",
            [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0".to_vec(), vec![7; 9000]].concat(),
            "",
        ),
    ];
    end_within_bounds(files).await;
}

/// So do those that take their programs to their bounds of processor time.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/soak/attachments.sh runs it"]
async fn files_that_exhaust_their_bounds_end() {
    let zeros = vec![b' '; 300 << 20];
    let files: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a stream that grows a thousand times, twice", one_page(&zeros, 2, "595 842"), ""),
        ("a page of a square mile", one_page(b"0 0 m 9 9 l S", 1, "14400 14400"), ""),
        ("a million strokes", one_page(&b"1 1 m 590 840 l 3 700 l s ".repeat(1_000_000), 1, "595 842"), ""),
    ];
    end_within_bounds(files).await;
}

async fn end_within_bounds(files: Vec<(&str, Vec<u8>, &str)>) {
    for (name, bytes, expect) in files {
        let begun = Instant::now();
        let found = read_bytes(&bytes).await;
        assert!(begun.elapsed() < HOSTILE, "{name}: {:?}", begun.elapsed());
        let said = match &found {
            Ok(read) => read.to_string(),
            Err((code, said)) => {
                assert_eq!(*code, Some(1), "{name}: {said}");
                said.clone()
            }
        };
        assert!(said.contains(expect), "{name}: {said:.500}");
        assert!(said.len() < 20 << 20, "{name}: {} bytes", said.len());
        eprintln!("{name}: {:.1} s, {}", begun.elapsed().as_secs_f64(), found.is_ok());
    }
}
