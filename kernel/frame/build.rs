//! Stops with clear words when the scripts and style sheets have not been built.

use std::path::Path;

fn main() {
    let dist = Path::new("../../web/dist");
    println!("cargo:rerun-if-changed=build.rs");
    for name in ["app.css", "app.js", "icons.svg", "favicon.svg"] {
        let file = dist.join(name);
        println!("cargo:rerun-if-changed={}", file.display());
        assert!(
            file.is_file(),
            "web/dist/{name} is missing: the scripts and style sheets are not built; run make web"
        );
    }
}
