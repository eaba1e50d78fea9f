//! An app's request: the parameters of its address and its form, including repeated ones.

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::Method;
use axum::http::Uri;
use axum::http::header;
use axum::response::Response;
use serde_json::Value;
use url::form_urlencoded;

use crate::marks::ItemId;
use crate::web::greader;
use crate::web::greader::MOST_FORM;
use crate::web::greader::Refusal;

/// Maximum articles per call.
const MOST_ITEMS: usize = 10_000;

/// A request.
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pairs: Vec<(String, String)>,
}

impl Asked {
    /// Reads a request with its form.
    ///
    /// # Errors
    /// [`Refusal::Bad`] if the form is too long.
    pub(super) async fn read(request: Request) -> Result<Asked, Refusal> {
        let (parts, body) = request.into_parts();
        let form = axum::body::to_bytes(body, MOST_FORM).await;
        let form = form.map_err(|_| Refusal::Bad(format!("a form of more than {MOST_FORM} bytes")))?;
        let query = parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(&form));
        let pairs = pairs.map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
        Ok(Asked { method: parts.method, uri: parts.uri, headers: parts.headers, pairs })
    }

    /// The first value of a parameter.
    pub(super) fn first(&self, key: &str) -> Option<&str> {
        let own = self.pairs.iter().find(|(known, value)| known == key && !value.is_empty())?;
        Some(own.1.as_str())
    }

    /// All values of a parameter, except empty ones.
    pub(super) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        let own = self.pairs.iter().filter(move |(known, value)| known == key && !value.is_empty());
        own.map(|(_, value)| value.as_str())
    }

    /// A parameter as a number; `None` if it was not sent.
    ///
    /// # Errors
    /// [`Refusal::Bad`] if it is not a number.
    pub(super) fn number(&self, key: &str) -> Result<Option<i64>, Refusal> {
        let read = |text: &str| text.parse().map_err(|_| Refusal::Bad(format!("{key}={text}")));
        self.first(key).map(read).transpose()
    }

    /// The articles that a call names.
    ///
    /// # Errors
    /// [`Refusal::Bad`] if an id is invalid or there are too many.
    pub(super) fn items(&self) -> Result<Vec<ItemId>, Refusal> {
        let read = |text: &str| ItemId::parse(text).ok_or_else(|| Refusal::Bad(format!("i={text}")));
        let items: Vec<ItemId> = self.all("i").take(MOST_ITEMS + 1).map(read).collect::<Result<_, _>>()?;
        if items.len() > MOST_ITEMS {
            return Err(Refusal::Bad(format!("more than {MOST_ITEMS} articles")));
        }
        Ok(items)
    }

    /// The key in the header that identifies an app: `GoogleLogin auth=…`.
    pub(super) fn key(&self) -> Option<&str> {
        let value = self.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, rest) = value.split_once(' ')?;
        let key = rest.trim().strip_prefix("auth=").filter(|_| scheme.eq_ignore_ascii_case("GoogleLogin"))?;
        Some(key.trim_matches('"')).filter(|key| !key.is_empty())
    }

    /// A value in the requested format.
    pub(super) fn answer(&self, value: &Value) -> Response {
        greader::formatted(value, self.first("output") == Some("xml"))
    }
}

/// Decodes the escapes of a path.
pub(super) fn decoded(path: &str) -> String {
    // These two characters have a meaning in a form but not in a path.
    let path = path.replace('+', "%2B").replace('&', "%26");
    form_urlencoded::parse(format!("={path}").as_bytes()).map(|(_, value)| value.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn parameters_come_in_the_address_and_in_the_form() {
        let request = Request::builder()
            .uri("/x?i=1&i=2&n=3&e=")
            .header("Authorization", "GoogleLogin auth=key")
            .body("i=tag%3Agoogle.com%2C2005%3Areader%2Fitem%2F0f&a=user/-/state".into())
            .unwrap();
        let asked = Asked::read(request).await.unwrap();
        assert_eq!(asked.all("i").collect::<Vec<_>>(), ["1", "2", "tag:google.com,2005:reader/item/0f"]);
        assert_eq!((asked.number("n").unwrap(), asked.first("e")), (Some(3), None));
        assert!(asked.number("a").is_err());
        assert_eq!(asked.key(), Some("key"));
    }

    #[test]
    fn a_path_loses_its_escapes() {
        assert_eq!(decoded("/a/user%2F-%2Flabel/Gia%20Lai+&x"), "/a/user/-/label/Gia Lai+&x");
        assert_eq!(decoded("/a=b/c"), "/a=b/c");
    }
}
