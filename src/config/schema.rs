//! JSON Schemas of the files, for editors and for checks without this program, generated from the rows of their keys.

use schemars::generate::SchemaSettings;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::config::keys::CANDIDATE;
use crate::config::keys::FILES;
use crate::config::keys::File;
use crate::config::keys::Key;
use crate::config::keys::Kind;
use crate::model::record::Record;

/// Returns the schemas by the stems of their files in `schema/`: those of the config files, which editors read (draft 7, the newest that all of them
/// know), and the record's.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let mut schemas: Vec<(&str, Value)> = FILES.iter().map(|file| (file.name, of_file(file))).collect();
    let record = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Record>();
    schemas.push(("record", finished(record)));
    schemas
}

/// Returns the names of a record's fields, with nested ones after a dot. `*` stands for arbitrary names.
pub fn record_fields() -> Vec<String> {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Record>().to_value();
    let mut names = Vec::new();
    add_fields(&schema, &schema, "", &mut names);
    names
}

/// Adds the fields below a place of the schema. No type of the record contains itself.
fn add_fields(root: &Value, place: &Value, above: &str, names: &mut Vec<String>) {
    if let Some(target) = place.get("$ref").and_then(Value::as_str) {
        if let Some(place) = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer)) {
            add_fields(root, place, above, names);
        }
        return;
    }
    for (name, field) in place.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let full = format!("{above}{name}");
        if !names.contains(&full) {
            names.push(full.clone());
        }
        add_fields(root, field, &format!("{full}."), names);
    }
    if place.get("additionalProperties").is_some_and(Value::is_object) {
        names.push(format!("{above}*"));
    }
    let within = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|key| place.get(key)?.as_array()).flatten();
    for place in within.chain(place.get("items")) {
        add_fields(root, place, above, names);
    }
}

fn of_file(file: &File) -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    schema.insert("title".to_owned(), json!(file.path));
    schema.insert("description".to_owned(), json!(file.doc));
    schema.extend(of_table(file.keys));
    schema.insert("definitions".to_owned(), json!({ "candidate": candidate() }));
    Value::Object(schema)
}

fn of_table(keys: &[Key]) -> Map<String, Value> {
    let properties: Map<String, Value> = keys.iter().map(|row| (row.name.to_owned(), of_key(row))).collect();
    let required: Vec<&str> =
        keys.iter().filter(|row| row.is_required && row.fits.is_empty()).map(|row| row.name).collect();
    let mut table = Map::new();
    table.insert("type".to_owned(), json!("object"));
    table.insert("additionalProperties".to_owned(), json!(false));
    table.insert("properties".to_owned(), Value::Object(properties));
    if !required.is_empty() {
        table.insert("required".to_owned(), json!(required));
    }
    table
}

fn of_key(row: &Key) -> Value {
    let mut schema = Map::new();
    schema.insert("description".to_owned(), json!(row.full_doc()));
    let default =
        row.default_toml().and_then(|value| toml::from_str::<Map<String, Value>>(&format!("default = {value}")).ok());
    schema.extend(default.unwrap_or_default());
    if let Value::Object(kind) = of_kind(&row.kind) {
        schema.extend(kind);
    }
    Value::Object(schema)
}

fn of_kind(kind: &Kind) -> Value {
    let texts = json!({ "type": "string" });
    match *kind {
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Number(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Duration(..) => form(r"^\s*([0-9]+(ms|s|m|h|d))+\s*$"),
        Kind::DurationOr(word, ..) => form(&format!(r"^\s*(([0-9]+(ms|s|m|h|d))+|{word})\s*$")),
        Kind::Size(..) => form(r"^\s*[0-9]+\s*(B|KiB|MiB|GiB)\s*$"),
        Kind::Day => json!({ "type": "string", "format": "date" }),
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
        Kind::Text => texts,
        Kind::Form(pattern) => form(pattern),
        Kind::Address => json!({ "type": "string", "format": "uri" }),
        Kind::Texts => one_or_many(&texts),
        Kind::Candidates => one_or_many(&json!({ "$ref": "#/definitions/candidate" })),
        Kind::List(of, least, most) => {
            let mut list = json!({ "type": "array", "items": of_kind(of) });
            for (name, bound) in [("minItems", least), ("maxItems", most)] {
                if bound != 0 && bound != usize::MAX {
                    list[name] = json!(bound);
                }
            }
            list
        }
        Kind::Map => json!({ "type": "object", "additionalProperties": texts }),
        Kind::Json => json!({ "type": ["object", "array"] }),
        Kind::Table(keys) => Value::Object(of_table(keys)),
        Kind::Tables(keys) => json!({ "type": "array", "items": of_table(keys) }),
        Kind::OneOf(shapes) => json!({ "anyOf": shapes.iter().map(|keys| of_table(keys)).collect::<Vec<_>>() }),
    }
}

fn form(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn one_or_many(value: &Value) -> Value {
    json!({ "anyOf": [value, { "type": "array", "items": value }] })
}

fn candidate() -> Value {
    json!({
        "description": "A CSS selector, optionally followed by ` @attribute`; or a table.",
        "anyOf": [{ "type": "string" }, of_table(CANDIDATE)],
    })
}

fn finished(schema: schemars::Schema) -> Value {
    let mut value = schema.to_value();
    drop_null(&mut value);
    let Value::Object(mut fields) = value else { return value };
    // The description comes first, so that a reader need not look for it after 500 lines.
    let mut ordered = serde_json::Map::new();
    for key in ["$schema", "title", "description"] {
        ordered.extend(fields.shift_remove(key).map(|value| (key.to_owned(), value)));
    }
    ordered.extend(fields);
    Value::Object(ordered)
}

/// Removes null: absent values are left out, in TOML and in records, and never `null`.
fn drop_null(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(drop_null);
            if let Some(Value::Array(types)) = fields.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    fields.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = fields.get_mut("anyOf") {
                choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
                // Draft 7 ignores everything next to a `$ref`, so the remaining one goes into its own `allOf`.
                if choices.len() == 1
                    && let Some(only) = fields.shift_remove("anyOf")
                {
                    fields.insert("allOf".to_owned(), only);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(drop_null),
        _ => {}
    }
}
