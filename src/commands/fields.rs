//! `--fields`: selects parts of each record by dotted names.

use serde_json::Map;
use serde_json::Value;

use crate::commands::CommandError;
use crate::commands::common;
use crate::config::record_fields;

/// The fields to print, in the order in which they were asked for.
#[derive(Debug)]
pub struct Fields(Vec<Vec<String>>);

impl Fields {
    /// Reads the names; `None` if there are none, which means all fields.
    ///
    /// # Errors
    /// [`CommandError::Usage`] if the record has no such field. Suggests the intended field if one is close.
    pub fn read(names: &[String]) -> Result<Option<Fields>, CommandError> {
        if names.is_empty() {
            return Ok(None);
        }
        let known = record_fields();
        let paths = names.iter().map(|name| path(name.trim(), &known)).collect::<Result<_, _>>()?;
        Ok(Some(Fields(paths)))
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|path| path.join("."))
    }

    /// The record reduced to these fields. Nested fields stay nested.
    pub fn of(&self, record: &Value) -> Value {
        let paths: Vec<&[String]> = self.0.iter().map(Vec::as_slice).collect();
        part(record, &paths).unwrap_or_else(|| Value::Object(Map::new()))
    }

    /// The fields as cells: texts unchanged, lists and objects as JSON, and an empty cell for a missing value.
    pub fn cells<'a>(&'a self, record: &'a Value) -> impl Iterator<Item = String> + 'a {
        self.0.iter().map(|path| cell(record, path))
    }
}

fn path(name: &str, known: &[String]) -> Result<Vec<String>, CommandError> {
    let is_within = |pattern: &String| {
        pattern.strip_suffix('*').is_some_and(|above| name.len() > above.len() && name.starts_with(above))
    };
    if known.iter().any(|field| field == name && !name.ends_with('*')) {
        return Ok(name.split('.').map(str::to_owned).collect());
    }
    if let Some(above) = known.iter().find(|pattern| is_within(pattern)).and_then(|pattern| pattern.strip_suffix(".*"))
    {
        // The rest is one name, whatever it contains.
        let last = name.get(above.len() + 1..).unwrap_or_default().to_owned();
        return Ok(above.split('.').map(str::to_owned).chain([last]).collect());
    }
    let fields = known.iter().map(String::as_str).filter(|field| !field.ends_with('*'));
    let hint = || "schema/record.json lists them, and a field within another is written `http.status`".to_owned();
    Err(common::unknown(&format!("--fields: a record has no field `{name}`"), name, fields, hint))
}

/// The parts of a value that the paths name; `None` if it has none of them.
fn part(value: &Value, paths: &[&[String]]) -> Option<Value> {
    if paths.iter().any(|path| path.is_empty()) {
        return Some(value.clone());
    }
    match value {
        Value::Array(items) => Some(Value::Array(items.iter().filter_map(|item| part(item, paths)).collect())),
        Value::Object(fields) => {
            let mut kept = Map::new();
            for head in paths.iter().filter_map(|path| path.first()) {
                let below: Vec<&[String]> = paths
                    .iter()
                    .filter_map(|path| path.split_first())
                    .filter(|(first, _)| *first == head)
                    .map(|(_, rest)| rest)
                    .collect();
                if let Some(found) = fields.get(head).and_then(|field| part(field, &below)) {
                    kept.insert(head.clone(), found);
                }
            }
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        _ => None,
    }
}

fn cell(value: &Value, path: &[String]) -> String {
    match (value, path.split_first()) {
        (Value::Object(fields), Some((head, rest))) => {
            fields.get(head).map_or_else(String::new, |field| cell(field, rest))
        }
        (Value::Array(_), Some(_)) => {
            part(value, &[path]).map_or_else(String::new, |found| texts_of(&found, path).to_string())
        }
        (_, Some(_)) => String::new(),
        (Value::String(text), None) => text.clone(),
        (other, None) => other.to_string(),
    }
}

/// The values at a path in each element of a list, as a list.
fn texts_of(value: &Value, path: &[String]) -> Value {
    match (value, path.split_first()) {
        (Value::Array(items), _) => items.iter().map(|item| texts_of(item, path)).collect(),
        (Value::Object(fields), Some((head, rest))) => {
            fields.get(head).map_or(Value::Null, |field| texts_of(field, rest))
        }
        (other, _) => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(names: &str) -> Result<Fields, CommandError> {
        let names: Vec<String> = names.split(',').map(str::to_owned).collect();
        Fields::read(&names).map(Option::unwrap)
    }

    fn record() -> Value {
        json!({
            "id": "a1", "revision": 2, "title": "Tỉnh, huyện", "tags": ["lúa", "ngô"], "http": {"status": 200, "charset": "utf-8"},
            "images": [{"url": "https://a.example/1.jpg", "caption": "Một"}, {"caption": "Hai"}],
            "extraction": {"rules": [], "origins": {"title": "h1", "content_text": "article"}},
        })
    }

    #[test]
    fn fields_keep_their_places() {
        let check = |names: &str, expect: Value| assert_eq!(fields(names).unwrap().of(&record()), expect, "{names}");
        check("title,id", json!({"title": "Tỉnh, huyện", "id": "a1"}));
        check("http.status", json!({"http": {"status": 200}}));
        check("http.status,http", json!({"http": {"status": 200, "charset": "utf-8"}}));
        check("images.url", json!({"images": [{"url": "https://a.example/1.jpg"}]}));
        check("extraction.origins.title", json!({"extraction": {"origins": {"title": "h1"}}}));
        check("withdrawn.at,summary", json!({}));
    }

    #[test]
    fn cells_hold_texts_or_json() {
        let chosen = fields("revision,title,tags,images.caption,withdrawn.reason,http").unwrap();
        let cells: Vec<String> = chosen.cells(&record()).collect();
        let expect =
            ["2", "Tỉnh, huyện", r#"["lúa","ngô"]"#, r#"["Một","Hai"]"#, "", r#"{"status":200,"charset":"utf-8"}"#];
        assert_eq!(cells, expect);
    }

    #[test]
    fn unknown_fields_are_refused_with_what_is_meant() {
        let check = |name: &str, hint: &str| {
            let error = fields(name).unwrap_err().to_string();
            assert!(error.contains(&format!("`{name}`")) && error.contains(hint), "{error}");
        };
        check("titel", "`title`");
        check("http.satus", "`http.status`");
        check("nothing_like_it", "schema/record.json");
        check("title.length", "schema/record.json");
    }
}
