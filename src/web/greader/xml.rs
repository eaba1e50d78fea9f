//! Lists as XML in Google Reader's format, for apps that ask for it.

use serde_json::Value;

/// A value as an XML document.
pub(super) fn of(value: &Value) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>");
    write(&mut text, None, value);
    text
}

fn write(text: &mut String, name: Option<&str>, value: &Value) {
    let (kind, plain) = match value {
        Value::Object(_) => ("object", None),
        Value::Array(_) => ("list", None),
        Value::Number(number) => ("number", Some(number.to_string())),
        Value::Bool(is_so) => ("boolean", Some(is_so.to_string())),
        Value::String(plain) => ("string", Some(plain.clone())),
        Value::Null => return,
    };
    let name = name.map(|name| format!(" name=\"{}\"", quick_xml::escape::escape(name))).unwrap_or_default();
    text.extend(["<", kind, &name, ">"]);
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| write(text, Some(name), value)),
        Value::Array(values) => values.iter().for_each(|value| write(text, None, value)),
        _ => *text += &quick_xml::escape::escape(plain.unwrap_or_default()),
    }
    text.extend(["</", kind, ">"]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_what_apps_of_google_reader_read() {
        let value = serde_json::json!({ "tags": [{ "id": "user/-/label/A & B", "n": 2, "x": true }] });
        assert_eq!(
            of(&value),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><object><list name=\"tags\"><object><string name=\"id\">user/-/label/A &amp; B</string>\
             <number name=\"n\">2</number><boolean name=\"x\">true</boolean></object></list></object>"
        );
    }
}
