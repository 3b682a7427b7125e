//! The page's script and style, as they stand in every report.
//!
//! The files of `assets/` are joined in this order and written into the file; the content security policy names
//! their hash, so that nothing else can run.

macro_rules! asset {
    ($name:literal) => {
        include_str!(concat!("../assets/", $name))
    };
}

/// Everything that runs. One scope, strict mode, no global names.
pub const SCRIPT: &str = concat!(
    "(() => {\n\"use strict\";\n",
    asset!("dom.js"),
    asset!("data.js"),
    asset!("format.js"),
    asset!("state.js"),
    asset!("search.js"),
    asset!("view.js"),
    asset!("overview.js"),
    asset!("plot.js"),
    asset!("lanes.js"),
    asset!("facets.js"),
    asset!("table.js"),
    asset!("chain.js"),
    asset!("json.js"),
    asset!("detail.js"),
    asset!("paper.js"),
    asset!("keys.js"),
    asset!("main.js"),
    "})();\n"
);

/// Everything that styles.
pub const STYLE: &str = concat!(asset!("base.css"), asset!("workbench.css"), asset!("paper.css"));

/// What styles the chain-of-custody page: the same colours, type and paper.
pub const CUSTODY_STYLE: &str = concat!(asset!("base.css"), asset!("paper.css"), asset!("custody.css"));

/// What both act on: the page without its data.
pub const PAGE: &str = asset!("page.html");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_and_style_cannot_end_their_element() {
        for text in [SCRIPT, STYLE, CUSTODY_STYLE] {
            let lower = text.to_ascii_lowercase();
            for end in ["</script", "</style", "<!--", "<script"] {
                assert!(!lower.contains(end), "{end}");
            }
            // A carriage return would be changed by the parser, and the hash would not fit.
            assert!(!text.contains('\r'));
        }
    }

    #[test]
    fn the_script_has_no_way_to_make_code_or_markup_of_text() {
        for way in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "Function(",
            "DOMParser",
            "createContextualFragment",
            "srcdoc",
            "setHTML",
            "javascript:",
            "fetch(",
            "XMLHttpRequest",
            "import(",
            "WebSocket",
            "sendBeacon",
            "href",
            "localStorage",
            "window.open",
        ] {
            assert!(!SCRIPT.contains(way), "{way}");
        }
    }
}
