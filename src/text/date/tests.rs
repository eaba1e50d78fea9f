use proptest::prelude::*;

use super::*;

/// Formats a date to its precision, or "none".
fn plain(dated: Option<&Dated>) -> String {
    let Some(dated) = dated else { return "none".to_owned() };
    let length = match dated.precision {
        Precision::Day => 10,
        Precision::Minute => 16,
        Precision::Second => 19,
    };
    rfc3339(dated.at)[..length].to_owned()
}

fn check(text: &str, expect: &str) {
    assert_eq!(plain(read(text, DateOrder::DayFirst).as_ref()), expect, "{text}");
}

fn check_all(texts: &[&str], expect: &str) {
    for text in texts {
        check(text, expect);
    }
}

#[test]
fn days_in_figures() {
    check_all(
        &[
            "05/03/2018",
            "5/3/2018",
            "05-03-2018",
            "05.03.2018",
            "05 03 2018",
            "05 03, 2018",
            "5 - 3 - 2018",
            "05 – 03 – 2018",
            "5/3/18",
        ],
        "2018-03-05",
    );
    check_all(&["2018-03-05", "2018/3/5", "2018.03.05", "20180305", "(2018-03-05)", "05/ 03/2018"], "2018-03-05");
    check_all(&["ngày05/03/2018", "05/03/2018Lượt xem: 5", "đăng:05/03/2018.", "5/3 năm 2018"], "2018-03-05");
}

#[test]
fn days_in_words() {
    check_all(
        &[
            "5 tháng 3 năm 2018",
            "ngày 05 tháng 03, năm 2018",
            "5 thg 3, 2018",
            "5 Tháng Ba 2018",
            "Tháng Ba 5, 2018",
            "Tháng 3 5, 2018",
            "T2, 05 T03 2018",
            "5-Th3-2018",
            "Th3 5, 2018",
            "5 March 2018",
            "March 5th, 2018",
            "05-Mar-2018",
            "Monday, 5. Mar. 2018",
        ],
        "2018-03-05",
    );
    check_all(&["5 Tháng M. hai 2018", "5 tháng mười hai năm 2018", "5 THÁNG 12-2018"], "2018-12-05");
    check("5 tháng Mười năm 2018", "2018-10-05");
    check("5 tháng tư năm 2018", "2018-04-05");
    check("5 tháng Giêng 2018", "2018-01-05");
}

#[test]
fn times_before_and_after() {
    check_all(
        &[
            "05/03/2018 07:45",
            "05/03/2018, lúc 07:45",
            "05/03/2018 | 7:45",
            "05/03/2018 - 7h45'",
            "05/03/2018-7:45 AM",
            "07:45 05/03/2018",
            "07:45, Thứ hai 05/03/2018",
            "7:45: Thứ 2 ngày 05/03/2018",
            "Lúc 7 giờ 45 phút ngày 5 tháng 3 năm 2018",
            "Thứ hai, 05/03/2018 (07:45)",
            "T2, 05/03/2018 • 07:45",
            "2018-03-05 07:45",
            "2018-03-05T07:45",
        ],
        "2018-03-05T07:45",
    );
    check("05/03/2018 lượt xem 07:45", "2018-03-05");
    check("05/03/2018 24:00", "2018-03-06T00:00");
    check("07:45 05/03/2018, 08:15 06/03/2018", "2018-03-05T07:45");
}

#[test]
fn zones_are_converted() {
    check_all(
        &[
            "2018-03-05T07:45:10+07:00",
            "2018-03-05T00:45:10.999Z",
            "2018-03-05 02:45:10 +02:00",
            "Sun, 05 Mar 2018 00:45:10 GMT",
            "Mon, 05 Mar 18 07:45:10 +0700",
            "Mon Mar 05 2018 07:45:10 GMT+0700 (Indochina Time)",
            "Sun Mar 4 19:45:10 EST 2018",
            "20180305T004510Z",
            "20180305074510",
            "1520210710",
            "1520210710123",
            "/Date(1520210710123)/",
            "/Date(1520210710123+0700)/",
        ],
        "2018-03-05T07:45:10",
    );
    check("07:45, 05/03/2018 (GMT+8)", "2018-03-05T06:45");
    check("2018-03-05T00:00:00", "2018-03-05T00:00:00");
}

#[test]
fn a_zone_that_is_not_understood_leaves_the_day() {
    let value = |text: &str| read_value(text, DateOrder::DayFirst);
    for (text, expect) in [
        ("Mon, 05 Mar 2018 16:13 -0500", "2018-03-06T04:13"),
        ("Mon, 05 Mar 2018 16:13 -05:00", "2018-03-06T04:13"),
        ("Mon, 05 Mar 2018 02:15:10+5:30", "2018-03-05T03:45:10"),
        ("2018-03-05 08:45 +8", "2018-03-05T07:45"),
        ("Mon Mar 05 00:45:10 utc 2018", "2018-03-05T07:45:10"),
        ("Mon, 05 Mar 2018 03:45:10 msk", "2018-03-05T07:45:10"),
        ("Mon, 05 Mar 2018 23:45:10 XYZ", "2018-03-05"),
        ("Mon, 05 Mar 2018 23:45 Qzt", "2018-03-05"),
        ("2018-03-05 23:45 Europe/Paris", "2018-03-05"),
        ("Mon Mar 05 23:45:10 XYZ 2018", "2018-03-05"),
        ("05/03/2018 07:45 PM", "2018-03-05T19:45"),
    ] {
        let read = value(text);
        assert_eq!(plain(read.as_ref()), expect, "{text}");
        assert_eq!(read.is_some_and(|dated| has_unknown_zone(&dated)), expect.len() == 10, "{text}");
    }
    check("Mon, 05 Mar 2018 16:13 -0500", "2018-03-06T04:13");
    check("05/03/2018 07:45 BST Xuân", "2018-03-05T07:45");
    check("05/03/2018 07:45 TTXVN", "2018-03-05T07:45");
    check("05/03/2018", "2018-03-05");
    assert!(!has_unknown_zone(&value("05/03/2018").unwrap()));
}

#[test]
fn order_is_a_switch_and_evidence_wins() {
    let month_first = |text: &str| plain(read(text, DateOrder::MonthFirst).as_ref());
    assert_eq!(month_first("3/5/2018 1:05:00 PM"), "2018-03-05T13:05:00");
    assert_eq!(month_first("25/3/2018"), "2018-03-25");
    assert_eq!(month_first("2018-03-05"), "2018-03-05");
    check("3/25/2018 1:05 PM", "2018-03-25T13:05");
}

#[test]
fn what_is_no_date() {
    for text in [
        "",
        "   ",
        "khóa 2016-2021",
        "2016-2021",
        "Điện thoại 0912.05.03.18",
        "0912050318",
        "12.05.03.18",
        "5.3.18",
        "2.400",
        "12/2018/TT-BTC",
        "Số: 05/03/2018",
        "05/03/2018/QĐ-UBND",
        "30/02/2018",
        "31/04/2018",
        "13/13/2018",
        "2018-13-01",
        "05/03/1018",
        "31/12/9999",
        "01/01/1970 08:00",
        "0001-01-01T00:00:00",
        "0",
        "05/03",
        "tháng 3/2018",
        "5 giờ trước",
        "hôm qua lúc 07:45",
        "05/03/2018 - 09/03/2018",
        "từ ngày 05/03/2018 đến ngày 09/03/2018",
        "từ 05/3 đến hết 09/3/2018",
        "05-09/3/2018",
        "05/03/2018 27:10",
        "105/03/2018",
        "10.0.5.18",
    ] {
        check(text, "none");
    }
}

#[test]
fn a_published_date_wins_over_those_before_it() {
    check("Cập nhật: 06/03/2018 | Ngày đăng: 05/03/2018", "2018-03-05");
    check("05/03/2018 | Cập nhật: 06/03/2018", "2018-03-05");
    check("Căn cứ ngày 31/02/2018, 05/03/2018", "2018-03-05");
}

#[test]
fn raw_is_what_was_printed() {
    let raw = |text: &str| read(text, DateOrder::DayFirst).unwrap().raw;
    assert_eq!(raw("\u{A0} (05.03.2018\u{A0}07:45)\n"), "(05.03.2018\u{A0}07:45)");
    assert_eq!(raw(&format!("05/03/2018 {}", "à".repeat(500))).chars().count(), RAW_CHARACTERS);
}

#[test]
fn roles() {
    let roles = |text: &str| -> Vec<(Role, String, String)> {
        let read = read_roles(text, DateOrder::DayFirst);
        read.into_iter().map(|(role, dated)| (role, plain(Some(&dated)), dated.raw)).collect()
    };
    let row = |role, date: &str, raw: &str| (role, date.to_owned(), raw.to_owned());
    assert_eq!(
        roles("Ngày đăng: 05/03/2018 07:45 - Lần cập nhật cuối: thứ ba, 06/03/2018"),
        [
            row(Role::Published, "2018-03-05T07:45", "Ngày đăng: 05/03/2018 07:45"),
            row(Role::Modified, "2018-03-06", "Lần cập nhật cuối: thứ ba, 06/03/2018"),
        ]
    );
    assert_eq!(
        roles("Ngày ban hành: 05/03/2018; có hiệu lực thi hành kể từ ngày 09/03/2018; hết hiệu lực: 09/03/2020"),
        [
            row(Role::Issued, "2018-03-05", "Ngày ban hành: 05/03/2018"),
            row(Role::Effective, "2018-03-09", "hiệu lực thi hành kể từ ngày 09/03/2018"),
        ]
    );
    assert_eq!(roles("Cập nhật bởi tổ biên tập, 05/03/2018"), []);
    assert_eq!(roles("05/03/2018"), []);
}

#[test]
fn labelled_dates_of_unknown_lines() {
    let check = |text: &str, expect: &str| assert_eq!(plain(find_labelled(text).as_ref()), expect, "{text}");
    check("Trang chủ > Tin tức | Ngày đăng: 05/03/2018 | Lượt xem: 12", "2018-03-05");
    check("Cập nhật lúc 07:45 ngày 05/03/2018", "2018-03-05T07:45");
    check("(cập nhật: 05/03/2018)", "2018-03-05");
    check("Đăng bởi Ban biên tập vào T2, 05/03/2018 - 07:45", "2018-03-05T07:45");
    check("Lần cập nhật cuối ngày Thứ hai, 05 Tháng 3 2018 07:45", "2018-03-05T07:45");
    check("Được viết ngày Thứ hai, 05 Tháng 3 2018", "2018-03-05");
    check("Cập nhật lúc 07:45 ngày 05/03/2018 bởi Ban biên tập", "2018-03-05T07:45");
    check("Cập nhật: 06/03/2018 | Đăng: 05/03/2018", "2018-03-05");
    for text in [
        "05/03/2018",
        "Thứ hai, 05/03/2018 07:45",
        "Giấy phép số 12 cấp ngày 05/03/2018",
        "Theo số liệu cập nhật ngày 05/03/2018 của sở, có ba xã đạt chuẩn",
        "Cập nhật ngày 05/03/2018: ba xã đạt chuẩn",
        "Ngày ban hành: 05/03/2018",
        "Thời gian: 7h45 ngày 05/03/2018, tại hội trường",
        "Đang cập nhật",
        "Ngày đăng: 05/03",
    ] {
        check(text, "none");
    }
}

#[test]
fn addresses() {
    let check = |path: &str, expect: &str| {
        let url = PageUrl::parse("https://tinh.example").unwrap().join(path).unwrap();
        assert_eq!(plain(read_url(&url).as_ref()), expect, "{path}");
    };
    check("/tin/2018-03-05/le-hoi.html", "2018-03-05");
    check("/tin/2018-03-05-le-hoi", "2018-03-05");
    check("/2018/3/5/le-hoi", "2018-03-05");
    check("/anh/20180305/a.jpg", "2018-03-05");
    check("/le-hoi-20180305074510.htm", "2018-03-05T07:45:10");
    check("/le-hoi-20180305074510123.htm", "2018-03-05T07:45:10");
    check("/le-hoi-101180305074510123.htm", "2018-03-05T07:45:10");
    for path in ["/2018/03/le-hoi", "/le-hoi-4518217.html", "/2018-03-05-06/", "/2018-31-05/", "/tin?d=2018-03-05", "/"]
    {
        check(path, "none");
    }
}

#[test]
fn rfc3339_is_to_the_second() {
    assert_eq!(rfc3339("2018-03-05T00:45:10.987Z".parse().unwrap()), "2018-03-05T07:45:10+07:00");
    assert_eq!(rfc3339(Timestamp::MAX).len(), 25);
}

/// Prints a moment in one of the shapes that portals use.
fn print(shape: usize, (year, month, day): (i16, i8, i8), (hour, minute): (i8, i8)) -> String {
    match shape {
        0 => format!("{day:02}/{month:02}/{year} {hour:02}:{minute:02}"),
        1 => format!("{hour}:{minute:02} - {day}.{month}.{year}"),
        2 => format!("Thứ hai, ngày {day} tháng {month} năm {year}, {hour} giờ {minute} phút"),
        3 => format!("Ngày đăng: {day}-{month}-{year} | {hour}h{minute:02}"),
        4 => format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}+07:00"),
        5 => format!("({day:02} {month:02} {year} {hour:02}:{minute:02} (GMT+7))"),
        _ => format!("Gửi lúc {hour:02}:{minute:02} ngày {day:02}/{month:02}/{year}"),
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = read(&text, DateOrder::MonthFirst);
        let _ = read_roles(&text, DateOrder::DayFirst);
        let _ = find_labelled(&text);
        let _ = address::read(&text);
    }

    #[test]
    fn no_text_of_parts_of_dates_panics(text in "([0-9]{1,4}|[-/.:,' TZ()+]|tháng |ngày |Cập nhật|giờ|h|SA|GMT|Mar |đến |số |Date|\u{300}|\u{200B}){0,24}") {
        let read = read(&text, DateOrder::DayFirst);
        let years = read.map(|dated| VIETNAM.to_datetime(dated.at).year());
        // A zone may move the last night of the last year into the next one.
        prop_assert!(years.is_none_or(|year| (*YEARS.start() - 1..=YEARS.end() + 1).contains(&year)));
        let _ = read_roles(&text, DateOrder::MonthFirst);
        let _ = find_labelled(&text);
        let _ = address::read(&text);
    }

    #[test]
    fn what_is_printed_is_read(
        shape in 0_usize..7, year in 1990_i16..=2099, month in 1_i8..=12, day in 1_i8..=28, hour in 0_i8..24, minute in 0_i8..60,
    ) {
        let text = print(shape, (year, month, day), (hour, minute));
        let read = read(&text, DateOrder::DayFirst);
        prop_assert_eq!(plain(read.as_ref()), format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}"), "{}", text);
    }
}
