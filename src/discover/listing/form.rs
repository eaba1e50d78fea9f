//! Collects the entries that a form sends (HTML Standard, "constructing the entry list").

use scraper::ElementRef;

/// Maximum number of controls of a form that are read.
const MAX_CONTROLS: usize = 2_000;

/// Returns the form around an element, or else the page's first form.
pub(super) fn around<'a>(root: ElementRef<'a>, element: ElementRef<'a>) -> Option<ElementRef<'a>> {
    let is_form = |element: &ElementRef<'_>| element.value().name() == "form";
    let around = element.ancestors().filter_map(ElementRef::wrap).find(is_form);
    around.or_else(|| root.descendants().filter_map(ElementRef::wrap).find(is_form))
}

/// Returns the names and values that a form sends when a script submits it. Buttons are not included.
pub(super) fn entries(form: ElementRef<'_>) -> Vec<(String, String)> {
    let mut entries = Vec::new();
    for control in form.descendants().filter_map(ElementRef::wrap) {
        if entries.len() >= MAX_CONTROLS {
            break;
        }
        let Some(name) = control.attr("name").filter(|name| !name.is_empty()) else { continue };
        if is_disabled(control) {
            continue;
        }
        match control.value().name() {
            "input" => entries.extend(input(control).map(|value| (name.to_owned(), value))),
            "select" => entries.extend(chosen(control).into_iter().map(|value| (name.to_owned(), value))),
            "textarea" => {
                let text: String = control.text().collect();
                let text = text.strip_prefix('\n').unwrap_or(&text);
                entries.push((name.to_owned(), text.replace("\r\n", "\n").replace('\n', "\r\n")));
            }
            _ => {}
        }
    }
    entries
}

/// Returns the value of an input field by its name or ID, anywhere in the page.
pub(super) fn field(root: ElementRef<'_>, name: &str) -> Option<String> {
    let mut inputs =
        root.descendants().filter_map(ElementRef::wrap).filter(|element| element.value().name() == "input");
    let input = inputs.find(|input| input.attr("name") == Some(name) || input.attr("id") == Some(name))?;
    Some(input.attr("value").unwrap_or_default().to_owned())
}

fn input(control: ElementRef<'_>) -> Option<String> {
    let value = control.attr("value");
    match control.attr("type").unwrap_or("text").to_ascii_lowercase().as_str() {
        "submit" | "button" | "image" | "reset" | "file" => None,
        "checkbox" | "radio" => control.attr("checked").map(|_| value.unwrap_or("on").to_owned()),
        "hidden" if control.attr("name").is_some_and(|name| name.eq_ignore_ascii_case("_charset_")) => {
            Some("UTF-8".to_owned())
        }
        _ => Some(value.unwrap_or_default().to_owned()),
    }
}

/// Returns the values of a select's selected options. A drop-down list has exactly one: the last selected option, or else the first option.
fn chosen(select: ElementRef<'_>) -> Vec<String> {
    let options = || {
        let below = select.descendants().filter_map(ElementRef::wrap);
        below.filter(|element| element.value().name() == "option" && !is_disabled(*element))
    };
    let value = |option: ElementRef<'_>| {
        let text = || option.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
        option.attr("value").map_or_else(text, str::to_owned)
    };
    let marked: Vec<String> = options().filter(|option| option.attr("selected").is_some()).map(value).collect();
    if select.attr("multiple").is_some() {
        return marked;
    }
    marked.into_iter().next_back().or_else(|| options().next().map(value)).into_iter().collect()
}

fn is_disabled(control: ElementRef<'_>) -> bool {
    let in_template = |element: &ElementRef<'_>| matches!(element.value().name(), "datalist" | "template");
    let off = |element: ElementRef<'_>| {
        matches!(element.value().name(), "fieldset" | "optgroup") && element.attr("disabled").is_some()
    };
    control.attr("disabled").is_some()
        || control.ancestors().filter_map(ElementRef::wrap).any(|around| off(around) || in_template(&around))
}
