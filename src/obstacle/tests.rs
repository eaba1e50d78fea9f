use bytes::Bytes;
use jiff::Timestamp;

use super::*;
use crate::model::page::HttpFacts;
use crate::url::PageUrl;

fn page(body: &[u8], asked: &str, came_from: &str) -> Page {
    Page {
        url: PageUrl::parse(asked).unwrap(),
        final_url: PageUrl::parse(came_from).unwrap(),
        fetched: Timestamp::UNIX_EPOCH,
        http: HttpFacts {
            status: 200,
            content_type: Some("text/html; charset=utf-8".to_owned()),
            ..HttpFacts::default()
        },
        body: Bytes::copy_from_slice(body),
        exchanges: Vec::new(),
    }
}

fn kind(body: impl AsRef<[u8]>) -> Option<Obstacle> {
    find(&page(body.as_ref(), "http://tinh.example/a", "http://tinh.example/a")).map(|sighting| sighting.kind)
}

/// Returns a portal page: menus around some content.
fn framed(title: &str, content: &str) -> String {
    let menu = "<li><a href='/muc'>Một chuyên mục</a></li>".repeat(200);
    format!(
        "<!DOCTYPE html><html><head><title>{title}</title></head><body><ul>{menu}</ul><div>{content}</div><ul>{menu}</ul></body></html>"
    )
}

const PARAGRAPH: &str = "<p>Sáng 24-11, Ủy ban nhân dân tỉnh họp phiên thường kỳ, nghe báo cáo về thu hoạch lúa mùa, tiến độ các công trình \
                         giao thông và việc chuẩn bị vụ đông; các sở, ngành được giao rà soát từng việc và báo cáo trước ngày 30.</p>";

#[test]
fn challenges() {
    let cookie = r#"<html><body><script>document.cookie="D1N=0123456789abcdef0123456789abcdef"+"; expires=Fri, 31-Dec-2099 23:59:59 GMT; path=/";window.location.reload(true);</script></body></html>"#;
    assert_eq!(kind(cookie), Some(Obstacle::Challenge));
    let aes = "<html><body><script src=\"/aes.js\"></script><script>function toNumbers(d){}var a=toNumbers(\"f6\");\
               document.cookie=\"__test=\"+toHex(slowAES.decrypt(c,2,a,b));location.href=\"http://tinh.example/?i=1\";</script>\
               <noscript>This site requires Javascript to work, please enable Javascript in your browser</noscript></body></html>";
    assert_eq!(kind(aes), Some(Obstacle::Challenge));
    let cloudflare = "<!DOCTYPE html><html><head><title>Just a moment...</title><meta http-equiv=\"refresh\" content=\"390\"></head><body>\
                      <h2>Enable JavaScript and cookies to continue</h2><script>window._cf_chl_opt={cvId:'3'};</script></body></html>";
    assert_eq!(kind(cloudflare), Some(Obstacle::Challenge));
    let captcha = "<script src=\"https://challenges.cloudflare.com/turnstile/v0/api.js\"></script>";
    assert_eq!(kind(framed("Liên hệ", captcha)), None, "it guards a form");
    let turnstile =
        format!("<html><head><title>Cổng thông tin</title>{captcha}</head><body><div id=w></div></body></html>");
    assert_eq!(kind(turnstile), Some(Obstacle::Challenge));
    assert_eq!(
        kind("<html><title>Xác thực</title><p>Vui lòng xác minh bạn là con người.</p></html>"),
        Some(Obstacle::Challenge)
    );
}

#[test]
fn firewalls_and_logins() {
    let rejected = "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Please consult with your \
                    administrator.<br><br>Your support ID is: 1234567890<br></body></html>";
    assert_eq!(kind(rejected), Some(Obstacle::Firewall));
    assert_eq!(
        kind("<html><head><title>Truy cập bị từ chối</title></head><body><h1>Truy cập bị từ chối</h1></body></html>"),
        Some(Obstacle::Firewall)
    );
    let form = "<form><input name=user><input type=\"password\" name=pass><button>Vào</button></form>";
    assert_eq!(kind(framed("Đăng nhập hệ thống", form)), Some(Obstacle::Login));
    let led = page(
        framed("Cổng thông tin", form).as_bytes(),
        "http://tinh.example/a",
        "http://tinh.example/_layouts/15/Authenticate.aspx",
    );
    assert_eq!(find(&led).unwrap().kind, Obstacle::Login);
}

#[test]
fn what_is_not_there_or_not_ready() {
    assert_eq!(
        kind("<html><body><h1>Website đang bảo trì</h1><p>Mong quý vị quay lại sau.</p></body></html>"),
        Some(Obstacle::Construction)
    );
    assert_eq!(
        kind("<html><head><title>Welcome to nginx!</title></head><body><h1>Welcome to nginx!</h1></body></html>"),
        Some(Obstacle::Construction)
    );
    assert_eq!(kind("<html><head></head><body></body></html>\n<!-- -->"), Some(Obstacle::Stub));
    assert_eq!(kind(""), Some(Obstacle::Stub));
    assert_eq!(
        kind(framed("Cổng thông tin", "<h2>Không tìm thấy trang</h2><p>Địa chỉ không đúng.</p>")),
        Some(Obstacle::ErrorPage)
    );
    assert_eq!(kind(framed("Cổng thông tin", "<h2>KHÔNG TÌM THẤY TRANG</h2>")), Some(Obstacle::ErrorPage));
    assert_eq!(kind(framed("404 - Trang lỗi", "<p>Quay về trang chủ.</p>")), Some(Obstacle::ErrorPage));
    assert_eq!(
        kind(framed("Cổng thông tin", "<p>Nội dung không tồn tại hoặc đã bị xóa.</p>")),
        Some(Obstacle::ErrorPage)
    );
}

#[test]
fn files_of_other_types() {
    assert_eq!(kind(b"%PDF-1.7\n%\xe2\xe3"), Some(Obstacle::Binary));
    assert_eq!(kind(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), Some(Obstacle::Binary));
    let noise: Vec<u8> =
        (0..4000_u32).map(|number| u8::try_from(number.wrapping_mul(2_654_435_761) >> 24).unwrap()).collect();
    assert_eq!(kind(&noise), Some(Obstacle::Binary));
    let utf16: Vec<u8> = framed("Tin", PARAGRAPH).encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(kind(&utf16), None);
}

#[test]
fn articles_are_let_pass() {
    let article = PARAGRAPH.repeat(8);
    assert_eq!(kind(framed("Công trình đang được xây dựng tại xã", &article)), None);
    assert_eq!(kind(framed("404 hộ dân được cấp nước", &article)), None);
    assert_eq!(kind(framed("Cảnh báo lỗi 404 và trang giả mạo", &format!("<h1>Cảnh báo</h1>{article}"))), None);
    let with_login = format!("<form>Đăng nhập <input type=\"password\"></form>{article}");
    assert_eq!(kind(framed("Họp phiên thường kỳ", &with_login)), None);
    let left_open = format!("<nav><a href=/1>Một<a href=/2>Hai</a></nav><form><input type=password></form>{article}");
    assert_eq!(kind(framed("Họp phiên thường kỳ - Đăng nhập", &left_open)), None, "a link that nothing closes");
    // A notice that consists only of an attachment.
    assert_eq!(
        kind(framed(
            "Thông báo mời họp",
            "<h1>Thông báo mời họp</h1><p>Xem chi tiết tại đây</p><a href='/a.pdf'>a.pdf</a>"
        )),
        None
    );
    assert_eq!(kind("<h1>Tin ngắn</h1><p>Một dòng.</p>"), None);
    // A script on an ordinary page may set a cookie.
    let counting = format!("<script>document.cookie='seen=1';function go(){{location.href='/'}}</script>{article}");
    assert_eq!(kind(framed("Họp phiên thường kỳ", &counting)), None);
}

proptest::proptest! {
    #[test]
    fn any_bytes_end_in_a_value(body: Vec<u8>) {
        let _ = kind(&body);
    }

    #[test]
    fn any_markup_ends_in_a_value(body in "(<[a-z/]{0,8}|>|\"|'|script|404|[a-zđ ]{0,9}){0,40}") {
        let _ = kind(body.as_bytes());
    }
}

/// Returns where a page of `http://tinh.example/a` redirects, and which obstacle it is if the redirect is not followed.
fn onward(body: &str) -> (Option<String>, Option<Obstacle>) {
    let page = page(body.as_bytes(), "http://tinh.example/a", "http://tinh.example/a");
    (sends_on_to(&page).map(String::from), find(&page).map(|sighting| sighting.kind))
}

#[test]
fn pages_that_send_their_reader_on() {
    let check = |body: &str, expect: &str| {
        assert_eq!(onward(body), (Some(expect.to_owned()), Some(Obstacle::Moved)), "{body}");
    };
    check("<meta http-equiv=\"refresh\" content=\"0; url=/b?x=1&amp;y=2\">", "http://tinh.example/b?x=1&y=2");
    let moved = "<h1>Bài viết đã chuyển</h1><p>Tự chuyển sau 5 giây.</p><a href='/b'>Nhấn vào đây</a>";
    check(&format!("<META content='5;URL=b' HTTP-EQUIV=Refresh>{moved}"), "http://tinh.example/b");
    check(
        &framed("Chuyển trang", &format!("<meta http-equiv='refresh' content='3;url=/b'>{moved}")),
        "http://tinh.example/b",
    );
    for script in [
        "location='/b'",
        "window.location.href = \"/b\";",
        "top.location.replace('/b')",
        "document.location.assign(\"http:\\/\\/tinh.example\\/b\");",
        "setTimeout(function(){ self.location = '/b'; }, 2000)",
        "window.onload = function go() { location.href='/b' }",
    ] {
        check(&format!("<html><body>{moved}<script>{script}</script></body></html>"), "http://tinh.example/b");
    }
}

#[test]
fn tests_of_the_visitor_send_nobody_on() {
    for body in [
        "<script>document.cookie='a=1';location='/b'</script>",
        "<script>Cookies.set('a', 1); location.replace('/b');</script>",
        "<meta http-equiv=refresh content='1;url=/b'><script>document.cookie='a=1'</script>",
        "<script>location.reload()</script>",
        "<script>location.href='/a'</script>",
        "<script>window.location.href = window.location.href</script>",
        "<p>Xin chờ</p><meta http-equiv=refresh content=5>",
        "<p>Xin chờ</p><meta http-equiv=refresh content='0;url=/a#x'>",
    ] {
        let (target, kind) = onward(body);
        assert_eq!((target, kind), (None, Some(Obstacle::Challenge)), "{body}");
    }
}

#[test]
fn pages_to_be_read_send_nobody_on() {
    let article = PARAGRAPH.repeat(8);
    let link = "<a href='/a.pdf'>a.pdf</a>";
    for body in [
        framed("Tin", &format!("<meta http-equiv=refresh content='300;url=/'>{article}")),
        framed("Tin", &format!("<script>location='/b'</script>{article}")),
        framed("Tin", "<meta http-equiv=refresh content='300'><p>Một dòng.</p>"),
        format!("<h1>Thông báo</h1><p>Xem tại đây</p>{link}<script>function tim() {{ location.href='/tim' }}</script>"),
        format!(
            "<h1>Thông báo</h1><p>Xem tại đây</p>{link}<script>$('#a').on('click', () => {{ location='/b' }})</script>"
        ),
        format!("<h1>Thông báo</h1><p>Xem tại đây</p>{link}<script>location = '/tim?q=' + q</script>"),
        format!("<h1>Thông báo</h1><p>Xem</p>{link}<script>a ? location='/b' : location='/c'</script>"),
        format!(
            "<h1>Thông báo</h1><p>Xem</p>{link}<noscript><meta http-equiv=refresh content='0;url=/khong'></noscript>"
        ),
    ] {
        assert_eq!(onward(&body), (None, None), "{body}");
    }
}

#[test]
fn pages_that_ask_for_consent() {
    let consent = |titles: &str, text: &str, controls: &str| kind(framed(titles, &format!("{text}{controls}")));
    let asks = "<h2>Chúng tôi tôn trọng bạn</h2><p>Website cùng các đối tác lưu cookie trên thiết bị để cá nhân hóa nội dung và đo hiệu quả quảng \
                cáo.</p><p>Bấm Chấp nhận tất cả để xem bài, hoặc vào Thiết lập để chọn từng mục đích.</p>";
    for button in
        ["<button>Chấp nhận tất cả</button>", "<a href='#'>Tôi đồng ý</a>", "<input type=submit value=\"Đồng ý\">"]
    {
        assert_eq!(consent("Cổng thông tin", asks, button), Some(Obstacle::Consent), "{button}");
    }
    let english = "<p>We and our 120 partners store and access information such as cookies on your device.</p>\
                   <p>You can accept, reject or change your choices at any time in our privacy settings.</p>";
    assert_eq!(consent("Before you continue", english, "<button>I agree</button>"), Some(Obstacle::Consent));
    let terms = "<p>To continue to the site you must accept our terms of use and privacy policy.</p>";
    assert_eq!(consent("Welcome", terms, "<input type=button value='I accept'>"), Some(Obstacle::Consent));
    let labels =
        "<p>Để đọc tiếp, xin cho biết có nhận cookie hay không.</p><label>Quảng cáo</label><label>Đo lường</label>";
    assert_eq!(consent("Quyền riêng tư", labels, "<input type=submit value=\"Đồng ý\">"), Some(Obstacle::Consent));
    let banner = format!("<div class=cookie>{asks}<button>Đồng ý</button></div>");
    assert_eq!(kind(framed("Họp phiên thường kỳ", &format!("{}{banner}", PARAGRAPH.repeat(3)))), None);
    assert_eq!(kind(framed("Họp phiên thường kỳ", &format!("{banner}<p>24/11/2026</p>{PARAGRAPH}"))), None);
    let about = "<p>Cục An toàn thông tin khuyến cáo người dân đọc kỹ trước khi chấp nhận cookie, từ chối chia sẻ dữ liệu cá nhân cho bên thứ ba.</p>";
    assert_eq!(kind(framed("Khuyến cáo về cookie", about)), None, "an article about it has no button");
}
