//! `tintinh dedup` as people run it: what goes in, what comes out, what it says of bad lines.

#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;
use serde_json::json;

const STORY: &str = "Sáng 12/3, Ủy ban nhân dân huyện Vườn Xuân tổ chức hội nghị tổng kết công tác trồng rừng của năm trước và bàn kế hoạch \
    của năm nay. Theo báo cáo, toàn huyện trồng được bốn nghìn sáu trăm héc ta rừng, vượt hai phần mười so với kế hoạch; tỷ lệ cây sống \
    trên chín phần mười. Các chủ rừng nêu khó khăn về giống cây, về đường vào rừng và về việc phòng cháy trong mùa khô sắp tới. Phát biểu \
    kết luận, Chủ tịch Ủy ban nhân dân huyện giao Hạt Kiểm lâm chuẩn bị đủ giống trước tháng tư, giao các xã sửa đường lâm nghiệp trước \
    mùa mưa, và nhắc rằng mỗi chủ rừng phải có người trực khi cấp dự báo cháy lên cao.";

/// The story cut after the third sentence.
fn excerpt() -> String {
    STORY.split_inclusive(". ").take(3).collect()
}

fn run(arguments: &[&str], input: &[u8]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    Command::cargo_bin("tintinh")
        .unwrap()
        .current_dir(folder.path())
        .args(arguments)
        .write_stdin(input)
        .output()
        .unwrap()
}

fn verdicts(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn lines(articles: &[Value]) -> String {
    articles.iter().fold(String::new(), |mut text, article| {
        writeln!(text, "{article}").unwrap();
        text
    })
}

fn story() -> [Value; 4] {
    [
        json!({ "id": "a", "url": "https://vuonxuan.example/tin/1", "title": "Tổng kết trồng rừng", "content_text": STORY,
            "date_published": "2025-03-12T16:00:00+07:00" }),
        json!({ "id": 7, "url": "https://songlam.example/8", "title": "Vườn Xuân trồng rừng", "content_text": excerpt(),
            "date_published": "2025-03-13" }),
        json!({ "id": "c", "url": "https://vuonxuan.example/tin/1?utm_source=zalo", "title": "Tổng kết trồng rừng",
            "content_text": STORY.replace("chín phần mười", "tám phần mười"), "attachments": [{ "url": "https://vuonxuan.example/1.pdf" }] }),
        json!({ "id": "d", "title": "Khác", "content_text": "Một tin vắn không liên quan." }),
    ]
}

#[test]
fn each_line_has_its_verdict() {
    let output = run(&["dedup", "-"], lines(&story()).as_bytes());
    assert!(output.status.success(), "{output:?}");
    let verdicts = verdicts(&output);
    assert_eq!(verdicts[0], json!({ "id": "a", "verdict": "new" }));
    assert_eq!(
        verdicts[1],
        json!({ "id": 7, "verdict": "duplicate", "of": "a", "kind": "excerpt", "containment": 1.0 })
    );
    assert_eq!((&verdicts[2]["verdict"], &verdicts[2]["of"]), (&json!("revision"), &json!("a")));
    assert!(verdicts[2]["containment"].as_f64().unwrap() > 0.9);
    assert_eq!(verdicts[3], json!({ "id": "d", "verdict": "new" }));
}

#[test]
fn packed_files_are_unpacked_whatever_they_are_called() {
    let plain = lines(&story());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(plain.as_bytes()).unwrap();
    let packed = [gzip.finish().unwrap(), zstd::encode_all(plain.as_bytes(), 3).unwrap()];
    let expect = run(&["dedup", "-"], plain.as_bytes()).stdout;
    let folder = tempfile::tempdir().unwrap();
    for bytes in packed {
        let path = folder.path().join("articles.jsonl");
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(run(&["dedup", path.to_str().unwrap()], b"").stdout, expect);
        let cut = folder.path().join("cut.jsonl");
        std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
        let output = run(&["dedup", cut.to_str().unwrap()], b"");
        assert_eq!(output.status.code(), Some(2), "a file cut in the middle is no shorter file");
    }
}

#[test]
fn bad_lines_are_told_and_the_others_are_judged() {
    let mut input = lines(&story()[..2]).into_bytes();
    input.extend(b"{\"id\": \"x\", \"title\": \"no text\"}\n\n{\"id\": [1], \"content_text\": \"\"}\nnot JSON\n");
    input.extend(b"{\"id\": \"y\", \"content_text\": \"\xff\"}\n");
    input.extend(lines(&story()[3..]).into_bytes());
    let output = run(&["dedup", "-"], &input);
    assert_eq!(output.status.code(), Some(1));
    let verdicts = verdicts(&output);
    let words: Vec<&str> = verdicts.iter().map(|verdict| verdict["verdict"].as_str().unwrap()).collect();
    assert_eq!(words, ["new", "duplicate", "invalid", "invalid", "invalid", "invalid", "new"]);
    let places: Vec<u64> = verdicts.iter().filter_map(|verdict| verdict["line"].as_u64()).collect();
    assert_eq!(places, [3, 5, 6, 7]);
    assert!(verdicts[2]["error"].as_str().unwrap().contains("content_text"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("4 lines of - are not articles"));
}

#[test]
fn a_line_without_end_is_told_and_the_others_are_judged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("articles.jsonl.zst");
    let mut packed = zstd::stream::Encoder::new(std::fs::File::create(&path).unwrap(), 1).unwrap();
    let [first, second, _, last] = story();
    writeln!(packed, "{first}").unwrap();
    packed.write_all(&vec![b'x'; (64 << 20) + 1]).unwrap();
    write!(packed, "\n{second}\n{last}").unwrap();
    packed.finish().unwrap();
    let output = run(&["dedup", path.to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(1));
    let verdicts = verdicts(&output);
    let words: Vec<&str> = verdicts.iter().map(|verdict| verdict["verdict"].as_str().unwrap()).collect();
    assert_eq!(words, ["new", "invalid", "duplicate", "new"]);
    assert_eq!((&verdicts[1]["line"], &verdicts[1]["error"]), (&json!(2), &json!("a line of more than 64 MiB")));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("articles.jsonl.zst, line 2: a line of more than 64 MiB"), "{told}");
}

#[test]
fn a_missing_file_is_named() {
    let output = run(&["dedup", "nowhere.jsonl"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot read nowhere.jsonl"));
}

/// Syllables that make up articles of their own, for more of them than the memory is to hold.
fn article(number: usize) -> String {
    let syllable = |n: usize| format!("{}{}", ["ba", "cây", "đồi", "gió", "hồ", "làng", "mưa"][n % 7], (n / 7) % 911);
    (0..90).map(|at| syllable(number * 7919 + at * at * 31 + at)).collect::<Vec<_>>().join(" ")
}

#[test]
fn copies_are_found_when_the_index_has_left_memory() {
    let originals = (0..6000).map(|number| json!({ "id": number, "content_text": article(number) }));
    let copies =
        (0..6000).step_by(97).map(|number| json!({ "id": format!("copy {number}"), "content_text": article(number) }));
    let input = lines(&originals.chain(copies).collect::<Vec<_>>());
    let output = run(&["dedup", "-", "--memory", "1"], input.as_bytes());
    assert!(output.status.success());
    let verdicts = verdicts(&output);
    assert!(verdicts[..6000].iter().all(|verdict| verdict["verdict"] == "new"));
    for verdict in &verdicts[6000..] {
        assert_eq!(verdict["id"], format!("copy {}", verdict["of"]), "{verdict}");
    }
}

#[test]
fn nothing_is_left_in_the_folder_of_temporary_files() {
    let folder = tempfile::tempdir().unwrap();
    let path: &Path = folder.path();
    let output = run(&["dedup", "-", "--temp-dir", path.to_str().unwrap()], lines(&story()).as_bytes());
    assert!(output.status.success());
    assert_eq!(std::fs::read_dir(path).unwrap().count(), 0);
    let output = run(&["dedup", "-", "--temp-dir", "/nowhere/at/all"], b"");
    assert!(String::from_utf8_lossy(&output.stderr).contains("--temp-dir"));
}
