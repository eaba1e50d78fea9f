//! Reads `[identity]` of portal and platform files into [`Identity`].

use crate::config::reader::Value;
use crate::url::Identity;
use crate::url::PathRule;

/// Reads the table, which must identify an article by something.
pub(super) fn read(value: &Value<'_>) -> Option<Identity> {
    let mut table = value.table()?;
    if !table.has("query") && !table.has("path") {
        table.missing("`[identity]` names nothing", "add what identifies an article in a URL: query or path");
    }
    let query = table.all("query", |value| value.filled().map(str::to_ascii_lowercase));
    let path = table.all("path", read_rule);
    let ignore_case = table.flag("ignore_case");
    table.finish();
    Some(Identity { query, path, ignore_case })
}

fn read_rule(value: &Value<'_>) -> Option<PathRule> {
    let mut table = value.table()?;
    let (pattern, name) = (table.read("pattern", Value::regex), table.take("name"));
    table.finish();
    let pattern = pattern?;
    name?.parsed(|text| PathRule::new(pattern, text))
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::model::portal::PlatformId;
    use crate::model::portal::PortalId;
    use crate::url::PageUrl;

    /// Returns the identity of a URL according to a shipped platform.
    fn named(platform: &str, path: &str) -> Option<String> {
        let config = Config::shipped();
        let identity = config.platform(&PlatformId::new(platform).unwrap()).unwrap().identity.clone().unwrap();
        let url = PageUrl::parse(&format!("https://a.gov.vn{path}")).unwrap();
        identity.of(&url).map(|url| url.as_str().trim_start_matches("https://a.gov.vn").to_owned())
    }

    fn check(platform: &str, paths: &[&str], expect: Option<&str>) {
        for path in paths {
            assert_eq!(named(platform, path).as_deref(), expect, "{platform} {path}");
        }
    }

    #[test]
    fn one_article_has_one_name_on_each_platform() {
        let share =
            ["/ct/Lists/KinhTe/View_Detail.aspx?ItemID=7", "/ct/lists/kinhte/view_detail.aspx?Source=x&itemid=7"];
        check("sharepoint-2010", &share, Some("/ct/lists/kinhte/view_detail.aspx?itemid=7"));
        check("sharepoint-ministry", &["/tin.aspx?newsid=12&CateID=3"], Some("/tin.aspx?newsid=12"));
        let nuke = [
            "/vi/news/tin-tuc/dong-mau-chinh-trang-via-he-121.html",
            "/vi/news/tin-tuc/dong-mau-sua-via-he-121.html",
            "/news/Tin-khac/dong-mau-121.html",
            "/vi/news/print/tin-tuc/dong-mau-chinh-trang-via-he-121.html",
            "/vi/news/savefile/tin-tuc/dong-mau-chinh-trang-via-he-121.html",
            "/index.php?language=vi&nv=news&op=tin-tuc/dong-mau-chinh-trang-via-he-121",
        ];
        check("nukeviet", &nuke, Some("/vi/news/121"));
        check("nukeviet", &["/en/news/local/the-town-121.html"], Some("/en/news/121"));
        check("nukeviet", &["/vi/news/", "/vi/news/tin-tuc/", "/"], None);
        let liferay = [
            "/-/asset_publisher/kT8wQxLmZ2aB/content/le-hoi",
            "/web/guest/-/asset_publisher/kT8wQxLmZ2aB/content/le-hoi",
            "/web/guest/tin-tuc/-/asset_publisher/b/content/le-hoi?redirect=%2F&p_p_state=maximized",
            "/tin-tuc/-/asset_publisher/c/content/le-hoi?_101_INSTANCE_c_urlTitle=le-hoi",
            "/web/guest/home?p_p_id=101&_101_type=content&_101_urlTitle=le-hoi",
        ];
        for platform in ["liferay-6", "liferay-7"] {
            check(platform, &liferay, Some("/-/content/le-hoi"));
            check(
                platform,
                &["/web/so-y-te/-/asset_publisher/c/content/le-hoi"],
                Some("/web/so-y-te/-/content/le-hoi"),
            );
            check(platform, &["/-/asset_publisher/c/content/id/12?x=1"], Some("/-/content/id/12"));
            check(platform, &["/web/guest/tin-tuc", "/-/asset_publisher/c/rss"], None);
        }
        check("vnpt-portal", &["/tin-moi/le-hoi-347391", "/van-hoa/le-hoi-xuan-347391?x=1"], Some("/-347391"));
        check("dotnetnuke", &["/tabid/255/post/3011/le-hoi.aspx", "/Post/3011/x.aspx"], Some("/id/3011"));
        check("joomla", &["/tin/12-le-hoi", "/index.php/tin/su-kien/12-le-hoi-xuan.html"], Some("/12"));
        check("joomla", &["/index.php?option=com_content&view=article&id=12:le-hoi&Itemid=3"], Some("/12"));
    }

    #[test]
    fn a_portal_may_name_its_articles_itself() {
        let config = Config::shipped();
        let portal = config.portal(&PortalId::new("vinhphuc").unwrap()).unwrap();
        let url = PageUrl::parse("https://vinhphuc.gov.vn/Lists/A/View_Detail.aspx?ItemID=7&Page=2").unwrap();
        let named = config.identity(portal).unwrap().of(&url).unwrap();
        assert_eq!(named.as_str(), "https://vinhphuc.gov.vn/lists/a/view_detail.aspx?itemid=7");
    }
}
